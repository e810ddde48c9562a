"""The words there are, and what happens when another is asked for."""

import inspect
import json
from pathlib import Path

import pytest

from counterpoise.errors import InputError
from counterpoise.recipes.decorators import effective_arguments
from counterpoise.recipes.words import all_words, find

MODIFIERS = [word.name for word in all_words().values() if word.role == "modifier"]
WITHOUT_PUBLISHED_NUMBERS = {
    "binary_cross_entropy",
    "balanced_mse_bmc",
    "balanced_mse_bni",
    "class_balanced_sigmoid",
    "detection_federated",
    "detection_group_softmax",
    "detection_logit_adjustment",
    "detection_seesaw",
    "focal_regression",
    "hca",
    "generalized_cross_entropy",
    "seesaw",
    "sigmoid_class_balanced",
    "sigmoid_equalization",
    "sigmoid_focal",
    "softmax_equalization",
    "light_fine_tuning",
}
"""Recipes for which our sources have no number under a set-up that stands beside the others."""


def test_recipes_come_first_in_alphabetical_order() -> None:
    words = list(all_words().values())
    assert words == sorted(words, key=lambda word: (word.role == "modifier", word.name))


def test_every_other_recipe_names_its_published_numbers() -> None:
    without = {word.name for word in all_words().values() if word.role == "recipe" and not word.claim}
    assert without == WITHOUT_PUBLISHED_NUMBERS
    assert not any(word.claim for word in all_words().values() if word.role == "modifier")


def test_a_claim_is_the_number_of_its_table() -> None:
    own = [
        claim for claim in all_words()["deconfound_tde"].claim if claim.table.startswith("De-confound-TDE")
    ]
    claims = {claim.data: claim.value for claim in own}
    assert claims["ImageNet-LT"] == 51.8
    assert claims["CIFAR-10-LT, ratio 100"] == 80.6
    assert len(claims) == 7
    errors = {claim.data: claim.value for claim in all_words()["ce_drw"].claim}
    assert errors["CIFAR-10-LT, ratio 100"] == 75.06  # published as an error of 24.94


def test_every_option_is_documented_and_can_be_written_down() -> None:
    for word in all_words().values():
        text = inspect.getdoc(word.function) or ""
        arguments = effective_arguments(word.function, {})
        arguments.pop("training", None)
        assert json.loads(json.dumps(arguments)) == arguments
        for option in arguments:
            assert f"\n    {option}: " in text, f"{word.name} does not explain {option}"


@pytest.mark.parametrize(
    ("name", "role", "reason"),
    [
        (
            "deconfund",
            "recipe",
            "unknown recipe 'deconfund'; did you mean deconfound or deconfound_tde or detection_deconfound?",
        ),
        ("zzz", "modifier", f"unknown modifier 'zzz'; there are {', '.join(MODIFIERS)}"),
        ("tde", "recipe", "'tde' is a modifier, not a recipe; recipes come first, modifiers after --with"),
        (
            "cosine",
            "modifier",
            "'cosine' is a recipe, not a modifier; recipes come first, modifiers after --with",
        ),
    ],
)
def test_a_word_that_is_not_there_is_refused(name: str, role: str, reason: str) -> None:
    with pytest.raises(InputError) as refusal:
        find(name, role)
    assert str(refusal.value) == reason


def test_a_file_of_ones_own_adds_words(monkeypatch: pytest.MonkeyPatch) -> None:
    example = Path(__file__).parents[2] / "examples" / "own_modifier.py"
    before = all_words()
    monkeypatch.setenv("COUNTERPOISE_WORDS", str(example))
    assert all_words().keys() - before.keys() == {"smoothed_labels"}
    assert find("smoothed_labels", "modifier").summary == "Label smoothing, in place of the recipe's loss."


def test_a_file_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERPOISE_WORDS", "nowhere.py")
    with pytest.raises(InputError, match=r"COUNTERPOISE_WORDS names nowhere.py, but there is no such file"):
        all_words()

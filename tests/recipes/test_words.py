"""The words there are, and what happens when another is asked for."""

import inspect
import json

import pytest

from counterpoise.errors import InputError
from counterpoise.recipes.decorators import effective_arguments
from counterpoise.recipes.words import all_words, find

RECIPES = [
    "capsule",
    "capsule_tde",
    "cosine",
    "cosine_tde",
    "cross_entropy",
    "deconfound",
    "deconfound_tde",
]
MODIFIERS = ["tde"]


def test_every_word_is_found_recipes_first() -> None:
    words = all_words()
    assert list(words) == [*RECIPES, *MODIFIERS]
    assert [word.role for word in words.values()] == ["recipe"] * 7 + ["modifier"]


def test_every_recipe_names_its_published_numbers() -> None:
    for word in all_words().values():
        assert bool(word.claim) == (word.role == "recipe"), word.name
    claims = {claim.data: claim.value for claim in all_words()["deconfound_tde"].claim}
    assert claims["ImageNet-LT"] == 51.8
    assert claims["CIFAR-10-LT, ratio 100"] == 80.6
    assert len(claims) == 7


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
        ("deconfund", "recipe", "unknown recipe 'deconfund'; did you mean deconfound or deconfound_tde?"),
        ("zzz", "modifier", "unknown modifier 'zzz'; there are tde"),
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

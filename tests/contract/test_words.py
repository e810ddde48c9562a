"""What every recipe and modifier owes its user."""

import inspect
import json
import re
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from safetensors.torch import save_file

from counterpoise.data import Data
from counterpoise.data.data import DETECTION, REGRESSION
from counterpoise.data.sources import Source, load
from counterpoise.recipes import deconfound, ride
from counterpoise.recipes.compose import compose
from counterpoise.recipes.decorators import Word, effective_arguments
from counterpoise.recipes.words import all_words
from counterpoise.training import Call, Experiment, Hardware, Training, run

RECIPES, MODIFIERS = 61, 49
BASES = {"classification": "deconfound", DETECTION: "detection_deconfound", REGRESSION: "hca"}
"""By task, the recipe that a modifier is tried over."""
OTHER_BASES = {
    "background_exemption": [Call("detection_deconfound", {}), Call("tde", {"alpha": 1.5})],
    "distilled_experts": [Call("ride", {})],
    "routing": [Call("ride", {})],
    "tau_normalization": [Call("cross_entropy", {})],
}
NEEDED = {"class_name_init": "class_rows", "distilled_experts": "teacher", "init": "weights"}
"""By word, the fixture with the options without which it is refused."""
NEED_PEFT = {"light_fine_tuning", "low_rank_adapters"}
TRAINING = Training(epochs=3, lr=0.05)

every_word = pytest.mark.parametrize("word", all_words().values(), ids=lambda word: word.name)


def built(word: Word, data: Data, needed: dict[str, Any]) -> Experiment:
    if word.name in NEED_PEFT:
        pytest.importorskip("peft", reason="low-rank adapters need peft, which is not installed")
    if word.role == "recipe":
        return word.function(data, training=TRAINING)
    base = OTHER_BASES.get(word.name, [Call(BASES[data.facts.task], {})])
    return word.function(compose(data, TRAINING, base), **needed)


@pytest.fixture(scope="session")
def teacher(digits: Data, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A finished run to learn from."""
    folder = tmp_path_factory.mktemp("teacher")
    run(ride(digits, training=Training(epochs=1)), folder, hardware=Hardware("cpu", "32"))
    return {"teacher": str(folder)}


@pytest.fixture(scope="session")
def weights(pool: Data, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A backbone to start from."""
    file = tmp_path_factory.mktemp("weights") / "weights.safetensors"
    save_file(dict(deconfound(pool).net().backbone.state_dict()), file)
    return {"file": str(file)}


@pytest.fixture(scope="session")
def class_rows(pool: Data, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A vector for each digit."""
    file = tmp_path_factory.mktemp("rows") / "rows.npy"
    np.save(file, np.eye(pool.num_classes, deconfound(pool).net().classifier.dim))
    return {"file": str(file)}


@pytest.fixture
def needed(word: Word, request: pytest.FixtureRequest) -> dict[str, Any]:
    """The options without which a word is refused."""
    return request.getfixturevalue(NEEDED[word.name]) if word.name in NEEDED else {}


@pytest.fixture(scope="session")
def pool() -> Data:
    """Long-tailed digits, and unlabeled ones beside them."""
    return load(Source("digits", imbalance="exponential", ratio=20, unlabeled="rest", unlabeled_amount=0.5))


@pytest.fixture
def data(word: Word, pool: Data, tiny_of: dict[str, Data]) -> Data:
    """Digits, or where a word is for another task, tiny pictures of its first one."""
    return pool if pool.facts.task in word.tasks else tiny_of[word.tasks[0]]


def documented(word: Word) -> set[str]:
    """The arguments that stand under Args in the docstring."""
    _, _, after = (inspect.getdoc(word.function) or "").partition("Args:\n")
    section, _, _ = after.partition("\n\n")
    return set(re.findall(r"^    (\w+): \S", section, flags=re.MULTILINE))


def test_all_words_are_found() -> None:
    roles = [word.role for word in all_words().values()]
    assert (roles.count("recipe"), roles.count("modifier")) == (RECIPES, MODIFIERS)


@every_word
def test_it_builds(word: Word, data: Data, needed: dict[str, Any]) -> None:
    experiment = built(word, data, needed)
    assert experiment.calls[-1].word == word.name
    assert experiment.training == TRAINING
    lengths = [stage.epochs for stage in experiment.stages if stage.role == "main"]
    assert lengths
    assert all(1 <= length <= 3 for length in lengths)


@every_word
def test_its_docstring_begins_with_a_sentence_and_describes_every_argument(word: Word) -> None:
    assert re.match(r"[A-Z].*[.:)]", word.summary)
    assert documented(word) == set(inspect.signature(word.function).parameters)


@every_word
def test_every_argument_has_a_type_and_every_option_a_keyword_and_a_default(word: Word) -> None:
    signature = inspect.signature(word.function)
    _, *options = signature.parameters.values()
    assert signature.return_annotation is Experiment
    assert all(parameter.annotation is not parameter.empty for parameter in signature.parameters.values())
    assert all(option.kind is option.KEYWORD_ONLY for option in options)
    assert all(option.default is not option.empty for option in options)


@every_word
def test_its_call_comes_back_from_json(word: Word, data: Data, needed: dict[str, Any]) -> None:
    experiment = built(word, data, needed)
    stored = json.loads(json.dumps([asdict(call) for call in experiment.calls], allow_nan=False))
    again = compose(data, TRAINING, [Call(**call) for call in stored])
    assert again.calls == experiment.calls


@every_word
def test_its_call_holds_every_option(word: Word, data: Data, needed: dict[str, Any]) -> None:
    options = effective_arguments(word.function, {}).keys() - {"training"}
    assert built(word, data, needed).calls[-1].arguments.keys() == options


@every_word
def test_published_numbers_are_complete(word: Word) -> None:
    for claim in word.claim:
        assert claim.table and claim.row and claim.data and claim.metric
        assert 0 < claim.value < 100

"""What every recipe and modifier owes its user."""

import inspect
import json
import re
from dataclasses import asdict

import pytest

from counterpoise.data import Data
from counterpoise.data.data import REGRESSION
from counterpoise.recipes.compose import compose
from counterpoise.recipes.decorators import Word, effective_arguments
from counterpoise.recipes.words import all_words
from counterpoise.training.options import Training
from counterpoise.training.stage import Call, Experiment

RECIPES, MODIFIERS = 44, 27
BASES = {"classification": "deconfound", REGRESSION: "hca"}
"""By task, the recipe that a modifier is tried over."""
OTHER_BASES = {"tau_normalization": "cross_entropy"}
TRAINING = Training(epochs=3, lr=0.05)

every_word = pytest.mark.parametrize("word", all_words().values(), ids=lambda word: word.name)


def built(word: Word, data: Data) -> Experiment:
    if word.role == "recipe":
        return word.function(data, training=TRAINING)
    base = OTHER_BASES.get(word.name, BASES[data.facts.task])
    return word.function(all_words()[base].function(data, training=TRAINING))


@pytest.fixture
def data(word: Word, digits: Data, tiny_of: dict[str, Data]) -> Data:
    """Digits, or where a word is for another task, tiny pictures of its first one."""
    return digits if digits.facts.task in word.tasks else tiny_of[word.tasks[0]]


def documented(word: Word) -> set[str]:
    """The arguments that stand under Args in the docstring."""
    _, _, after = (inspect.getdoc(word.function) or "").partition("Args:\n")
    return set(re.findall(r"^    (\w+): \S", after, flags=re.MULTILINE))


def test_all_words_are_found() -> None:
    roles = [word.role for word in all_words().values()]
    assert (roles.count("recipe"), roles.count("modifier")) == (RECIPES, MODIFIERS)


@every_word
def test_it_builds(word: Word, data: Data) -> None:
    experiment = built(word, data)
    assert experiment.calls[-1].word == word.name
    assert experiment.training == TRAINING
    assert 1 <= sum(stage.epochs for stage in experiment.stages if stage.role == "main") <= 3


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
def test_its_call_comes_back_from_json(word: Word, data: Data) -> None:
    experiment = built(word, data)
    stored = json.loads(json.dumps([asdict(call) for call in experiment.calls], allow_nan=False))
    again = compose(data, TRAINING, [Call(**call) for call in stored])
    assert again.calls == experiment.calls


@every_word
def test_its_call_holds_every_option(word: Word, data: Data) -> None:
    options = effective_arguments(word.function, {}).keys() - {"training"}
    assert built(word, data).calls[-1].arguments.keys() == options


@every_word
def test_published_numbers_are_complete(word: Word) -> None:
    for claim in word.claim:
        assert claim.table and claim.row and claim.data and claim.metric
        assert 0 < claim.value < 100

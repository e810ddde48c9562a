"""Runs put together by composition and unlabeled images."""

from collections.abc import Callable
from typing import Any

import pytest

from counterpoise.errors import InputError
from counterpoise.report.run_folder import RunFolder
from counterpoise.report.unlabeled_runs import Pool, composition_names, conditions_of, pool_of

CE = {"word": "cross_entropy", "arguments": {"bias": True}}
SOURCE = {"data": "digits", "ratio": 20.0, "unlabeled": None}
REST = {**SOURCE, "unlabeled": "rest", "unlabeled_ratio": None, "relevance": 0.6, "unlabeled_amount": 5.0}


def trained(word: str = "self_training", **arguments: Any) -> list[dict[str, Any]]:
    return [CE, {"word": word, "arguments": arguments}]


@pytest.fixture
def folder(make_evaluation: Callable[..., Any]) -> Callable[..., RunFolder]:
    def make(
        calls: Any = (CE,), source: Any = SOURCE, seed: int = 0, task: str = "classification", **changed: Any
    ) -> Any:
        run = {"calls": list(calls), "source": source, "seed": seed, "training": {"epochs": 3}}
        facts = {"task": task, "unlabeled": [30, 20, 10] if source and source["unlabeled"] == "rest" else []}
        return RunFolder({**run, "facts": facts}, {**make_evaluation(swept=False), **changed}, [])

    return make


def test_a_pool_is_what_was_asked_for() -> None:
    assert pool_of(SOURCE) == Pool()
    assert pool_of({**SOURCE, "unlabeled": "photos"}) == Pool("photos")
    assert pool_of(REST) == Pool("rest", 0.6, 20.0, 5.0)
    assert pool_of({**REST, "unlabeled_ratio": -50.0}).ratio == -50.0


def test_runs_of_several_seeds_are_one_condition(folder: Callable[..., RunFolder]) -> None:
    runs = {
        "a": folder(overall=0.5),
        "b": folder(trained(), REST, overall=0.7),
        "c": folder(trained(), {**REST, "relevance": 1.0}),
        "d": folder(seed=1, overall=0.75),
    }
    supervised, *with_pool = conditions_of(runs)
    assert (supervised.run.name, supervised.seeds, supervised.drawn) == ("cross_entropy", [0, 1], None)
    assert supervised.error.mean == pytest.approx(0.375)
    assert supervised.error.deviation == pytest.approx(0.125 * 2**0.5)
    assert [one.pool.relevance for one in with_pool] == [0.6, 1.0]
    assert [one.drawn for one in with_pool] == [60, 60]
    assert with_pool[0].run.name == "cross_entropy with self_training"


def test_equal_words_are_told_apart_by_their_settings() -> None:
    some = [[CE], trained(threshold=0.0, rounds=1), trained(threshold=0.95, rounds=1), trained("rotation")]
    assert composition_names(some) == [
        "cross_entropy",
        "cross_entropy with self_training (self_training.threshold 0)",
        "cross_entropy with self_training (self_training.threshold 0.95)",
        "cross_entropy with rotation",
    ]


def test_runs_that_cannot_be_compared_are_refused(folder: Callable[..., RunFolder]) -> None:
    first = folder()
    for other, reason in (
        (folder(task="regression"), "b has another task"),
        (folder(source=None), "b does not say where its data came from"),
        (folder(class_counts=[1] * 10), "those of b differ from those of a"),
        (folder(test_counts=[1] * 10), "those of b differ from those of a"),
        (folder(), "a and b are the same run with the same seed"),
    ):
        with pytest.raises(InputError, match=reason):
            conditions_of({"a": first, "b": other})


def test_seeds_with_other_settings_of_training_are_refused(folder: Callable[..., RunFolder]) -> None:
    other = folder(seed=1)
    other.run["training"] = {"epochs": 4}
    with pytest.raises(
        InputError, match="b and a have the same recipe and data but other settings of training"
    ):
        conditions_of({"a": folder(), "b": other})

"""Runs with and without unlabeled data, put together by what they learned from."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from counterpoise.errors import InputError
from counterpoise.report.compared import ComparedRun
from counterpoise.report.run_folder import RunFolder
from counterpoise.report.spread import Spread, spread
from counterpoise.report.words import recipe_in_words, setting_rows

Calls = Sequence[Mapping[str, Any]]
"""A recipe and its modifiers, innermost first, as in ``run.json``."""

REST = "rest"
"""The pool that is drawn from what the imbalance of the labeled images leaves over."""


class Pool(NamedTuple):
    """The unlabeled images of a run, as they were asked for.

    Attributes:
        source: where they come from; None where there are none.
        relevance: share of those that show the classes; this and what follows is known of `REST` alone.
        ratio: largest over smallest class count, negative where the order of the classes is reversed.
        amount: how many times as many as there are labeled ones.
    """

    source: str | None = None
    relevance: float | None = None
    ratio: float | None = None
    amount: float | None = None


class Condition(NamedTuple):
    """Runs that differ in nothing but their seeds.

    Attributes:
        run: their composition in words, and their evaluations, one per seed.
        pool: the unlabeled images that were asked for.
        drawn: how many unlabeled images there were, or None where that is not known.
        seeds: one per evaluation.
    """

    run: ComparedRun
    pool: Pool
    drawn: int | None
    seeds: Sequence[int]

    @property
    def error(self) -> Spread:
        """One less the accuracy of all test samples, mean and deviation over the seeds."""
        return spread(1 - evaluation["overall"] for evaluation in self.run.evaluations)


def conditions_of(runs: Mapping[str, RunFolder]) -> list[Condition]:
    """The conditions of runs, by name, in the order in which they first come.

    Raises:
        InputError: a run has not one label per sample or does not know its data, the labeled training data or the
            test data differ, or runs of one condition have the same seed or different settings of training.
    """
    first = next(iter(runs))
    together: dict[tuple[str, Pool], list[str]] = {}
    for name, run in runs.items():
        _check(name, run, first, runs[first])
        together.setdefault((_digest(run.run["calls"]), pool_of(run.run["source"])), []).append(name)
    calls = {key: runs[names[0]].run["calls"] for (key, _), names in together.items()}
    words = dict(zip(calls, composition_names(list(calls.values())), strict=True))
    return [
        _condition(words[key], pool, {name: runs[name] for name in names})
        for (key, pool), names in together.items()
    ]


def pool_of(source: Mapping[str, Any]) -> Pool:
    """The unlabeled images that the options of a run's data ask for."""
    if source.get("unlabeled") != REST:
        return Pool(source.get("unlabeled"))
    ratio = source["unlabeled_ratio"]
    return Pool(
        REST, source["relevance"], source["ratio"] if ratio is None else ratio, source["unlabeled_amount"]
    )


def composition_names(compositions: Sequence[Calls]) -> list[str]:
    """Recipes and modifiers in words, with those settings that tell apart what has the same words."""
    words = [recipe_in_words(calls) for calls in compositions]
    settings = [
        set(setting_rows({call["word"]: call["arguments"] for call in calls})) for calls in compositions
    ]
    return [
        _distinct(name, own, [other for word, other in zip(words, settings, strict=True) if word == name])
        for name, own in zip(words, settings, strict=True)
    ]


def _distinct(name: str, own: set[tuple[str, str]], alike: Sequence[set[tuple[str, str]]]) -> str:
    told = ", ".join(f"{setting} {value}" for setting, value in sorted(own - set.intersection(*alike)))
    return f"{name} ({told})" if told else name


def _digest(calls: Calls) -> str:
    return json.dumps(calls, sort_keys=True)


def _condition(name: str, pool: Pool, runs: Mapping[str, RunFolder]) -> Condition:
    _check_alike(runs)
    some = next(iter(runs.values()))
    counts = some.run["facts"].get("unlabeled")
    compared = ComparedRun(name, [run.evaluation for run in runs.values()], calls=some.run["calls"])
    return Condition(
        compared, pool, sum(counts) if counts else None, [run.run["seed"] for run in runs.values()]
    )


def _check(name: str, run: RunFolder, first: str, other: RunFolder) -> None:
    if run.run["facts"].get("task") != "classification":
        raise InputError(f"errors are shown of runs with one label per sample, but {name} has another task")
    if not run.run.get("source"):
        raise InputError(f"{name} does not say where its data came from; train it with counterpoise train")
    if any(
        run.evaluation[key] != other.evaluation[key] for key in ("class_names", "class_counts", "test_counts")
    ):
        raise InputError(
            f"expected runs with the same classes, training counts and test counts, but those of {name} differ from "
            f"those of {first}; study runs on the same labeled data"
        )


def _check_alike(runs: Mapping[str, RunFolder]) -> None:
    names, (first, *others) = list(runs), list(runs.values())
    for name, run in zip(names[1:], others, strict=True):
        if run.run.get("training") != first.run.get("training"):
            raise InputError(
                f"{name} and {names[0]} have the same recipe and data but other settings of training, so their mean "
                "says nothing; name only one of them"
            )
    seeds = [run.run["seed"] for run in runs.values()]
    twice = [name for name, seed in zip(names, seeds, strict=True) if seeds.count(seed) > 1]
    if twice:
        raise InputError(f"{' and '.join(twice)} are the same run with the same seed; name only one of them")

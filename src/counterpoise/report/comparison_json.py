"""A comparison as one JSON object, for other programs."""

from collections.abc import Sequence
from typing import Any

from counterpoise.report.compared import ComparedRun, attribute_values, precision_names, score_names
from counterpoise.report.evaluation import metric, score_of
from counterpoise.report.significance import Difference
from counterpoise.report.verdicts import Verdict, legend, verdicts


def comparison_json(runs: Sequence[ComparedRun], baseline: str | None) -> dict[str, Any]:
    """What was measured, in plain types: fractions, or errors in units of a target; None where there is none.

    Each row holds, for each accuracy and each precision (as ``precision_few``), the numbers of all seeds, their mean
    and sample deviation, the marks of the table, and the differences to the best row and to the baseline with their
    95 % intervals; where attributes are known, the mean and deviation of both of each.
    """
    first, values = runs[0].evaluations[0], attribute_values(runs)
    scores = (*score_names(runs), *precision_names(runs))
    columns = {score: verdicts(runs, score, baseline) for score in scores}
    return {
        "split": first["split"],
        "samples": first["samples"],
        "metric": metric(first),
        "shots": first["shots"],
        "class_names": list(first["class_names"]),
        "class_counts": list(first["class_counts"]),
        "baseline": baseline,
        "legend": legend(runs, baseline),
        "rows": [
            _row(run, {score: column[place] for score, column in columns.items()}, values)
            for place, run in enumerate(runs)
        ],
    }


def _row(run: ComparedRun, found: dict[str, Verdict], values: Sequence[str]) -> dict[str, Any]:
    return {
        "name": run.name,
        "words": [dict(call) for call in run.calls],
        "command": run.command,
        "folders": [str(folder) for folder in run.folders],
        "scores": {score: _score(run, score, verdict) for score, verdict in found.items()},
        "attributes": {value: _attribute(run, value) for value in values},
        "per_class": [one.mean for one in run.per_class()],
        "cost": run.cost()._asdict(),
    }


def _score(run: ComparedRun, score: str, verdict: Verdict) -> dict[str, Any]:
    return {
        "seeds": [score_of(evaluation, score) for evaluation in run.evaluations],
        **verdict.spread._asdict(),
        "marks": verdict.marks,
        "to_best": _interval(verdict.to_best),
        "to_baseline": _interval(verdict.to_baseline),
    }


def _attribute(run: ComparedRun, value: str) -> dict[str, Any]:
    return {kind: run.attribute(value, kind)._asdict() for kind in ("accuracy", "precision")}


def _interval(difference: Difference | None) -> dict[str, Any] | None:
    return None if difference is None else difference._asdict()

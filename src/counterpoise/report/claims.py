"""Published numbers beside ours, with what keeps them from being the same experiment."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from counterpoise.report.evaluation import Evaluation, detects
from counterpoise.report.run_folder import RunFolder
from counterpoise.report.scale import scale_of
from counterpoise.report.words import counted

_SCORE_OF_METRIC = {
    "top-1": "overall",
    "accuracy": "overall",
    "overall": "overall",
    "balanced": "balanced",
    "many": "many",
    "medium": "medium",
    "few": "few",
    "bmae": "overall",
    "mae": "mae",
}


class ClaimRow(NamedTuple):
    """One published number: where it stands, what it measures, and ours beside it, in its unit."""

    where: str
    data: str
    metric: str
    published: str
    ours: str
    gap: str


def claim_rows(found: RunFolder) -> list[ClaimRow]:
    """Set our number beside each published one on these data; a dash where the run did not measure that metric."""
    return [_row(claim, found.evaluation) for claim in _on_these_data(found)]


def _on_these_data(found: RunFolder) -> list[dict[str, Any]]:
    return [claim for claim in found.claims if _concerns(claim, found.run["facts"])]


def _concerns(claim: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Whether a published number is about the data of a run, by name and, where it is told, imbalance ratio."""
    data, _, ratio = claim["data"].partition(", ratio ")
    counts = [count for count in facts["class_counts"] if count]
    return _plain(data) == _plain(facts["name"]) and ratio in ("", f"{max(counts) / min(counts):.0f}")


def _plain(name: str) -> str:
    """CIFAR-10-LT, cifar10_lt and cifar10 are one name."""
    return "".join(filter(str.isalnum, name.lower())).removesuffix("lt")


def _row(claim: Mapping[str, Any], evaluation: Evaluation) -> ClaimRow:
    ours = _ours(claim["metric"].lower(), evaluation)
    scale = scale_of(evaluation)
    published = claim["value"] / scale.factor
    where = f"{claim['table']}, {claim['row']}"
    numbers = scale.text(published), scale.text(ours), scale.difference(ours, published)
    return ClaimRow(where, claim["data"], claim["metric"], *numbers)


def _ours(metric: str, evaluation: Evaluation) -> float | None:
    """Our score under a published metric; a precision is that of masks unless it is said to be of boxes."""
    if not detects(evaluation):
        score = _SCORE_OF_METRIC.get(metric)
        return evaluation[score] if score else None
    name, of_boxes = metric.removesuffix(" of boxes"), metric.endswith(" of boxes")
    return (evaluation["box" if of_boxes else "mask"] or {}).get(name)


def caveats(found: RunFolder) -> list[str]:
    """Sentences a reader needs before comparing the published numbers with ours; none without a claim."""
    claims = _on_these_data(found)
    if not claims:
        return []
    run, epochs = found.run, counted(len(found.epochs), "epoch")
    notes = [
        f"Ours is one run of {epochs} with seed {run['seed']} on {run['facts']['name']}, measured on the "
        f"{found.evaluation['split']} split.",
        "The published run may differ in epochs, seeds and augmentation; the settings of ours are below.",
    ]
    if any("cifar" in claim["data"].lower() for claim in claims):
        notes.append("Published CIFAR numbers chose the epoch on the test set, which favours them.")
    return notes

"""Published numbers beside ours, with what keeps them from being the same experiment."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from counterpoise.report.evaluation import Evaluation
from counterpoise.report.words import ABSENT, difference, percent

_SCORE_OF_METRIC = {
    "top-1": "overall",
    "accuracy": "overall",
    "overall": "overall",
    "balanced": "balanced",
    "many": "many",
    "medium": "medium",
    "few": "few",
}


class ClaimRow(NamedTuple):
    """One published number: where it stands, what it measures, and ours beside it, in percent."""

    where: str
    data: str
    metric: str
    published: str
    ours: str
    gap: str


def claim_rows(claims: Sequence[Mapping[str, Any]], evaluation: Evaluation) -> list[ClaimRow]:
    """Set our number beside each published one; a dash where the run did not measure that metric."""
    return [_row(claim, evaluation) for claim in claims]


def _row(claim: Mapping[str, Any], evaluation: Evaluation) -> ClaimRow:
    score = _SCORE_OF_METRIC.get(claim["metric"].lower())
    ours = evaluation[score] if score else None
    published = claim["value"] / 100
    where = f"{claim['table']}, {claim['row']}"
    gap = difference(ours, published) if ours is not None else ABSENT
    return ClaimRow(where, claim["data"], claim["metric"], percent(published), percent(ours), gap)


def caveats(claims: Sequence[Mapping[str, Any]], split: str) -> list[str]:
    """Sentences a reader needs before comparing the published numbers with ours."""
    notes = [
        "The published run may differ in epochs, seeds and augmentation; the settings of ours are below."
    ]
    if any("cifar" in claim["data"].lower() for claim in claims):
        notes.append("Published CIFAR numbers chose the epoch on the test set; ours is the last epoch.")
    if split != "test":
        notes.append(f"Ours was measured on the {split} split, not on the test split.")
    return notes

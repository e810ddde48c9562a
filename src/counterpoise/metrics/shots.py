"""Many-, medium- and few-shot classes, and the accuracy of each group."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torchmetrics import Metric

from counterpoise.errors import InputError
from counterpoise.recall import class_hits

Convention = Literal["auto", "strict", "inclusive", "quantile"]

RULES = {
    "strict": "many: more than 100 training images, medium: 20 to 100, few: fewer than 20",
    "inclusive": "many: 100 training images or more, medium: 21 to 99, few: 20 or fewer",
    "quantile": "thirds of the classes by training count (a fixed group would be empty)",
    "frequency": "frequent, common and rare as the annotations have it, else in more than 100 training images, in 11 "
    "to 100, in 10 or fewer",
}


@dataclass(frozen=True)
class ShotGroups:
    """Which classes are many-, medium- and few-shot.

    Attributes:
        convention: "strict", "inclusive" or "quantile"; of categories of objects "frequency".
        many: mask of the frequent classes, (C,) bool.
        medium: mask of the classes in between, (C,) bool.
        few: mask of the rare classes, (C,) bool.
    """

    convention: str
    many: Tensor
    medium: Tensor
    few: Tensor

    @property
    def rule(self) -> str:
        """The convention in words."""
        return RULES[self.convention]

    @property
    def masks(self) -> dict[str, Tensor]:
        """The three masks by name, frequent classes first."""
        return {"many": self.many, "medium": self.medium, "few": self.few}

    def as_json(self) -> dict:
        """Plain types: convention, rule, and the class indices of each group."""
        groups = {name: mask.nonzero().flatten().tolist() for name, mask in self.masks.items()}
        return {"convention": self.convention, "rule": self.rule, "groups": groups}


def shot_groups(class_counts: Tensor, *, convention: Convention = "auto") -> ShotGroups:
    """Sort the classes in three groups by their training counts; (C,) -> masks (C,).

    Args:
        class_counts: training samples per class, (C,).
        convention: "strict" is the usual one (De-confound-TDE, Decoupling): many > 100, few < 20. "inclusive"
            is that of OLTR's code: many >= 100, few <= 20. "quantile" cuts the classes in thirds by count;
            classes of equal count stay together. "auto" is strict, or quantile where strict leaves a group
            empty.
    """
    if convention == "auto":
        strict = shot_groups(class_counts, convention="strict")
        complete = all(mask.any() for mask in strict.masks.values())
        return strict if complete else shot_groups(class_counts, convention="quantile")
    if convention == "strict":
        many, few = class_counts > 100, class_counts < 20
    elif convention == "inclusive":
        many, few = class_counts >= 100, class_counts <= 20
    elif convention == "quantile":
        third = _thirds(class_counts)
        many, few = third == 0, third == 2
    else:
        raise InputError(
            f"the shot convention must be auto, strict, inclusive or quantile, but {convention!r} came"
        )
    return ShotGroups(convention, many, ~(many | few), few)


def frequency_groups(frequency: Sequence[str]) -> ShotGroups:
    """The frequent ("f"), common ("c") and rare ("r") categories of objects; C letters -> masks (C,).

    The letters are those of the annotations, so that with LVIS's own files the groups are LVIS's own.
    """
    return ShotGroups("frequency", *(torch.tensor([one == letter for one in frequency]) for letter in "fcr"))


def _thirds(class_counts: Tensor) -> Tensor:
    """0, 1 or 2 for each class by the rank of its count; equal counts share the rank in their middle."""
    more = (class_counts.view(1, -1) > class_counts.view(-1, 1)).sum(dim=1)
    equal = (class_counts.view(1, -1) == class_counts.view(-1, 1)).sum(dim=1)
    return 3 * (2 * more + equal) // (2 * len(class_counts))


def group_accuracy(per_class: Tensor, groups: ShotGroups) -> dict[str, float | None]:
    """Mean accuracy over the classes of each group; (C,), nan for unseen classes -> None for an empty group."""
    means = {name: per_class[mask].nanmean().item() for name, mask in groups.masks.items()}
    return {name: None if mean != mean else mean for name, mean in means.items()}


class ShotAccuracy(Metric):
    """Overall, class-balanced, many-, medium- and few-shot accuracy (Liu et al., CVPR 2019).

    A group's accuracy is the mean over its classes of the accuracy per class; overall is the share of all
    samples. Groups come from training counts. Hits and samples are summed over processes.

    Args:
        class_counts: training samples per class, (C,).
        convention: see `shot_groups`.

    `update` takes predicted labels (B,) or logits (B, C), and labels (B,). `compute` gives a dict of floats,
    None for a group without samples, and "per_class", a list.
    """

    full_state_update = False
    hits: Tensor
    samples: Tensor

    def __init__(self, class_counts: Tensor, *, convention: Convention = "auto") -> None:
        super().__init__()
        self.groups = shot_groups(class_counts, convention=convention)
        zeros = torch.zeros(len(class_counts), dtype=torch.int64)
        self.add_state("hits", zeros, dist_reduce_fx="sum")
        self.add_state("samples", zeros.clone(), dist_reduce_fx="sum")

    def update(self, predictions: Tensor, targets: Tensor) -> None:
        """Take in a batch."""
        predictions = predictions.argmax(dim=1) if predictions.ndim == 2 else predictions
        hits, samples = class_hits(predictions, targets, len(self.hits))
        self.hits += hits
        self.samples += samples

    def compute(self) -> dict:
        """The accuracies so far."""
        return summary(self.hits.cpu(), self.samples.cpu(), self.groups)


def summary(hits: Tensor, samples: Tensor, groups: ShotGroups) -> dict:
    """Accuracies from hits and samples per class; (C,), (C,) -> floats, None where there are no samples."""
    per_class = hits.double() / samples
    total = int(samples.sum())
    return {
        "overall": int(hits.sum()) / total if total else None,
        "balanced": per_class.nanmean().item() if total else None,
        **group_accuracy(per_class, groups),
        "per_class": [None if value != value else value for value in per_class.tolist()],
    }

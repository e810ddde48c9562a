"""A look at a data set before training: how long its tail is, and what may spoil the evaluation."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

import torch
from torch import Tensor

from counterpoise.counts import (
    class_prior,
    count_classes,
    resembles_training,
    total_variation,
    uniform_prior,
)
from counterpoise.data.data import MULTI_LABEL, Data, Facts, Split
from counterpoise.data.scenes import Scenes
from counterpoise.metrics.shots import frequency_groups, shot_groups

HASHED = 20_000
NAMED = 5


@dataclass(frozen=True)
class Inspection:
    """What `inspect` finds, in plain JSON values.

    Attributes:
        name: of the data set.
        class_names: C names, of the bins where the target is continuous.
        counts: C numbers of samples for each split, or of objects in its pictures, crowds left out.
        imbalance_ratio: largest over smallest class count of train; of bins, among those that have samples.
        shots: convention, rule and class indices of the many, medium and few groups that evaluation uses; where there
            are objects, of frequent, common and rare categories.
        strict_shots: the same by the usual fixed bounds, more than 100 and fewer than 20 training samples.
        skipped: names of unreadable images that were left out.
        duplicates: (name in train, name in test) of test samples with the very bytes of a training sample;
            None when the data have more than 20,000 samples and were not compared.
        warnings: sentences for people; none when all is well.
        target: name of a continuous target, whose bins are the classes.
        images: where there are objects, C numbers of images with the class for each split.
    """

    name: str
    class_names: tuple[str, ...]
    counts: dict[str, list[int]]
    imbalance_ratio: float
    shots: dict[str, Any]
    strict_shots: dict[str, Any]
    skipped: tuple[str, ...]
    duplicates: tuple[tuple[str, str], ...] | None
    warnings: tuple[str, ...]
    target: str | None = None
    images: dict[str, list[int]] | None = None

    def as_json(self) -> dict[str, Any]:
        """The same as a dict."""
        return asdict(self)


def inspect(data: Data) -> Inspection:
    """Count, group and check the samples of all splits; reads the pixels of at most 20,000 samples."""
    counts = {
        name: count_classes(_classes(split, data.facts), data.num_classes)
        for name, split in data.splits.items()
        if name != "unlabeled"
    }
    duplicates, objects = _duplicates(data.splits), data.facts.objects
    groups = frequency_groups(objects.frequency) if objects else shot_groups(data.class_counts)
    return Inspection(
        name=data.facts.name,
        class_names=data.facts.class_names,
        counts={name: count.tolist() for name, count in counts.items()},
        imbalance_ratio=_ratio(data.class_counts),
        shots=groups.as_json(),
        strict_shots=shot_groups(data.class_counts, convention="strict").as_json(),
        skipped=data.facts.skipped,
        duplicates=duplicates,
        warnings=tuple(_warnings(data, counts, duplicates)),
        target=data.facts.target.name if data.facts.target else None,
        images={name: _images(data.splits[name], data.num_classes) for name in counts} if objects else None,
    )


def _classes(split: Split, facts: Facts) -> Tensor:
    """What is counted: the class of each sample, its labels or the bin of its target; or the classes of all objects."""
    return torch.cat(_scenes(split).things) if facts.objects else facts.classes(split.targets)


def _images(split: Split, num_classes: int) -> list[int]:
    return _scenes(split).marks(num_classes).sum(dim=0).tolist()


def _scenes(split: Split) -> Scenes:
    return cast(Scenes, split.samples)


def _ratio(class_counts: Tensor) -> float:
    return int(class_counts.max()) / int(class_counts[class_counts > 0].min())


def _warnings(
    data: Data, counts: Mapping[str, Tensor], duplicates: tuple[tuple[str, str], ...] | None
) -> Iterator[str]:
    skipped = data.facts.skipped
    yield from (f"{note[0].upper()}{note[1:]}." for note in data.facts.notes)
    if data.facts.objects:
        yield from _object_warnings(data, counts)
    else:
        yield from (_class_warnings if data.facts.target is None else _bin_warnings)(data, counts)
    if skipped:
        yield f"{len(skipped)} unreadable images were left out: {_listed(skipped)}."
    if duplicates:
        pairs = [f"{test} (as {train})" for train, test in duplicates]
        yield f"{len(duplicates)} test samples are also in the training split: {_listed(pairs)}."


def _class_warnings(data: Data, counts: Mapping[str, Tensor]) -> Iterator[str]:
    names = data.facts.class_names
    several = data.facts.task == MULTI_LABEL
    if not several and "test" in counts and resembles_training(counts["test"], data.class_counts):
        yield (
            "The test split is skewed like the training split "
            f"({_distances(counts['test'], data.class_counts)}): its overall accuracy rewards the frequent classes, "
            "and rebalancing costs overall accuracy on it; look at the balanced accuracy, or evaluate and predict "
            "with --target-prior train."
        )
    empty = int((~data.splits["train"].targets.any(dim=1)).sum()) if several else 0
    if empty:
        yield f"{empty} training images have no label; they count as images without any of the classes."
    for split, count in counts.items():
        if not count.all():
            yield f"The {split} split has no samples of {_listed(_names(names, count == 0))}."
    if (data.class_counts == 1).any():
        yield f"Only one training sample of {_listed(_names(names, data.class_counts == 1))}."


def _object_warnings(data: Data, counts: Mapping[str, Tensor]) -> Iterator[str]:
    empty = int((data.splits["train"].targets == 0).sum())
    if empty:
        yield f"Training images without any object: {empty}; they teach what is not there."
    for split, count in counts.items():
        if split != "train" and not count.all():
            yield f"The {split} split has no objects of {_listed(_names(data.facts.class_names, count == 0))}."
    if (data.class_counts == 1).any():
        yield f"Only one training object of {_listed(_names(data.facts.class_names, data.class_counts == 1))}."


def _bin_warnings(data: Data, counts: Mapping[str, Tensor]) -> Iterator[str]:
    empty = data.class_counts == 0
    if empty.any():
        yield f"{int(empty.sum())} of {len(empty)} bins of the target have no training sample."
    for split in [name for name in counts if name != "train"]:
        unseen = int(counts[split][empty].sum())
        if unseen:
            yield f"{unseen} {split} samples lie in bins without a training sample; they count as few-shot."


def _distances(test: Tensor, train: Tensor) -> str:
    mix = class_prior(test)
    near, far = total_variation(mix, class_prior(train)), total_variation(mix, uniform_prior(len(mix)))
    return f"total variation {near:.2f}, to equally likely classes {far:.2f}"


def _duplicates(splits: Mapping[str, Split]) -> tuple[tuple[str, str], ...] | None:
    if sum(map(len, splits.values())) > HASHED:
        return None
    if "train" not in splits or "test" not in splits:
        return ()
    first = dict(_digests(splits["train"]))
    return tuple((first[digest], name) for digest, name in _digests(splits["test"]) if digest in first)


def _digests(split: Split) -> Iterator[tuple[bytes, str]]:
    for position, name in enumerate(split.names):
        content = split.samples.content(position)
        yield hashlib.sha1(content, usedforsecurity=False).digest(), name


def _names(names: Sequence[str], mask: Tensor) -> list[str]:
    return [name for name, chosen in zip(names, mask.tolist(), strict=True) if chosen]


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more

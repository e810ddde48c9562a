"""What a source finds, before anything is drawn from it or packed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import NamedTuple

import torch
from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.data.columns import Column
from counterpoise.data.data import Split
from counterpoise.data.grid import Grid
from counterpoise.data.objects import Frequency
from counterpoise.data.rows.mapped_rows import MappedRows
from counterpoise.data.scenes import Scenes
from counterpoise.data.sources.stratified import tenths
from counterpoise.data.target import Target

SPLITS = ("train", "val", "test")
UNLABELED = "unlabeled"


class Statistics(NamedTuple):
    """Mean and standard deviation per channel, on the scale 0 to 1, or per feature."""

    mean: tuple[float, ...]
    std: tuple[float, ...]


class Categories(NamedTuple):
    """Of things in pictures, see `Objects`; ``frequency`` is empty where the source does not say."""

    numbers: tuple[int, ...]
    frequency: tuple[Frequency, ...]
    federated: bool


CIFAR = Statistics((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010))
HALVES = Statistics((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
INATURALIST = Statistics((0.466, 0.471, 0.380), (0.195, 0.194, 0.192))
IMAGENET = Statistics((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def in_order_of_labels(ranked_counts: Tensor) -> Tensor:
    """Counts by rank as counts by class, where class 0 is the head."""
    return ranked_counts


@dataclass(frozen=True, eq=False)
class Found:
    """A data set as its source has it.

    Attributes:
        name: what people call it.
        class_names: C names in the order of the labels, or of the bins of a continuous target.
        splits: "train" and any of "val" and "test".
        statistics: for normalisation, where the source prescribes them.
        task: see `Facts`.
        target: of regression.
        columns: the feature columns of a table.
        categories: of detection.
        notes: sentences for people about what was drawn.
        by_class: (C,) counts by rank, the head first -> counts by class, where a long tail is drawn.
        head: samples that the head of a drawn long tail has at most; None is as many as the smallest class.
        extra: reads a further labeled split of the source, which may serve as unlabeled images.
    """

    name: str
    class_names: tuple[str, ...]
    splits: Mapping[str, Split]
    statistics: Statistics | None = None
    task: str = "classification"
    target: Target | None = None
    columns: tuple[Column, ...] = ()
    categories: Categories | None = None
    notes: tuple[str, ...] = ()
    by_class: Callable[[Tensor], Tensor] = in_order_of_labels
    head: int | None = None
    extra: Callable[[], Split] | None = None

    @property
    def kind(self) -> str:
        """What the samples are: "table" or "embedding" where they are rows of features, else "image"."""
        if isinstance(self.splits["train"].samples, MappedRows):
            return "embedding"
        return "table" if self.columns else "image"

    @property
    def grid(self) -> Grid | None:
        """See `Facts`."""
        return self.target.grid if self.target else None

    def classes(self, targets: Tensor) -> Tensor:
        """Targets as classes: the bin of a continuous one, any other as it is."""
        return targets if self.target is None else self.target.classes(targets)

    def strata(self, split: Split) -> Tensor:
        """The stratum by which each sample is shared out: its class, or how much there is on its map; -> (N,).

        Of pictures with things, or any number of labels, the marks (N, C) by which `stratified` does it.
        """
        targets = split.targets
        if isinstance(split.samples, Scenes):
            return split.samples.marks(len(self.class_names))
        if self.grid:
            return tenths(self.grid.whole(self.grid.places(targets).flatten(1)))
        return (
            self.classes(targets) if targets.ndim < 2 or self.target is None else tenths(targets.abs().sum(1))
        )

    @property
    def class_counts(self) -> Tensor:
        """Training samples of each class, or training things; (C,) int64."""
        train = self.splits["train"]
        scenes = train.samples if isinstance(train.samples, Scenes) else None
        labels = torch.cat(scenes.things) if scenes else self.classes(train.targets)
        return count_classes(labels, len(self.class_names))

    def with_splits(self, **splits: Split) -> "Found":
        """The same with some splits replaced or added."""
        merged = {**self.splits, **splits}
        order = (*SPLITS, UNLABELED)
        return replace(self, splits={name: merged[name] for name in order if name in merged})


def hint(name: str) -> str:
    """What to say about a name that is no split: "; did you mean val?", or nothing where none is like it."""
    close = get_close_matches(name.lower(), SPLITS, n=1, cutoff=0.4)
    return f"; did you mean {close[0]}?" if close else ""


def usual_statistics(train: Split) -> Statistics:
    """CIFAR's for 32 x 32 RGB images, ImageNet's for other RGB images, measured for grey ones."""
    channels, height, width = train.samples.shape
    if channels == 3:
        return CIFAR if (height, width) == (32, 32) else IMAGENET
    pixels = train.samples.read(torch.arange(len(train))).double().div(255)
    return Statistics((float(pixels.mean()),), (float(pixels.std()),))

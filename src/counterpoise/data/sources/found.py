"""What a source finds, before anything is drawn from it or packed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import NamedTuple

import torch
from torch import Tensor

from counterpoise.data.columns import Column
from counterpoise.data.data import Split
from counterpoise.data.target import Target

SPLITS = ("train", "val", "test")


class Statistics(NamedTuple):
    """Mean and standard deviation per channel, on the scale 0 to 1, or per feature."""

    mean: tuple[float, ...]
    std: tuple[float, ...]


CIFAR = Statistics((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010))
IMAGENET = Statistics((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


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
    """

    name: str
    class_names: tuple[str, ...]
    splits: Mapping[str, Split]
    statistics: Statistics | None = None
    task: str = "classification"
    target: Target | None = None
    columns: tuple[Column, ...] = ()

    @property
    def kind(self) -> str:
        """What the samples are: "table" where they are rows of features, else "image"."""
        return "table" if self.columns else "image"

    def classes(self, targets: Tensor) -> Tensor:
        """Targets as classes: the bin of a continuous one, any other as it is."""
        return targets if self.target is None else self.target.classes(targets)

    def with_splits(self, **splits: Split) -> "Found":
        """The same with some splits replaced or added."""
        merged = {**self.splits, **splits}
        return replace(self, splits={name: merged[name] for name in SPLITS if name in merged})


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

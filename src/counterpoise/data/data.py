"""A data set for classification: its splits, and the facts that a recipe may read about it."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor

from counterpoise.data.samples import Samples
from counterpoise.errors import InputError


@dataclass(frozen=True, eq=False)
class Split:
    """Samples with their classes and names.

    Attributes:
        samples: N images.
        targets: (N,) int64 class of each.
        names: N names for people: the path relative to the data folder, or "test/17".

    Raises:
        InputError: when the three differ in length.
    """

    samples: Samples
    targets: Tensor
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        lengths = {len(self.samples), len(self.targets), len(self.names)}
        if len(lengths) != 1:
            raise InputError(
                f"expected as many targets and names as samples, but got {len(self.samples)} samples, "
                f"{len(self.targets)} targets and {len(self.names)} names"
            )

    def __len__(self) -> int:
        return len(self.targets)

    def subset(self, index: Tensor) -> "Split":
        """The samples at positions ``index`` (M,), in this order."""
        names = tuple(self.names[i] for i in index.tolist())
        return Split(self.samples.subset(index), self.targets[index], names)


@dataclass(frozen=True)
class Facts:
    """What is known about a data set without its samples.

    Attributes:
        name: what people call it.
        task: "classification".
        kind: "image".
        shape: channels, height and width of what the net receives.
        class_names: C names.
        class_counts: C numbers of training samples.
        split_sizes: number of samples of each split.
        mean: per channel on the scale 0 to 1, for normalisation.
        std: per channel on the scale 0 to 1, for normalisation.
        fingerprint: see `fingerprint`.
        skipped: names of unreadable images that were left out.
    """

    name: str
    task: str
    kind: str
    shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    class_counts: tuple[int, ...]
    split_sizes: dict[str, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    fingerprint: str
    skipped: tuple[str, ...] = ()

    @property
    def num_classes(self) -> int:
        """C."""
        return len(self.class_names)

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return {
            key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Facts":
        """The inverse of `as_json`."""
        try:
            return cls(**{key: _untangled(value) for key, value in values.items()})
        except TypeError as error:
            raise InputError(f"expected the facts of a data set as written by a run, but {error}") from error


@dataclass(frozen=True, eq=False)
class Data:
    """A data set: facts, and the splits that they describe.

    Attributes:
        facts: what a recipe may read.
        splits: "train", and where they exist "val" and "test"; empty when the data were rebuilt from facts
            alone.
        drawn: positions in the source's own train split that an imbalance profile has chosen, in the order of
            ``splits["train"]``; None when nothing was drawn.
    """

    facts: Facts
    splits: Mapping[str, Split] = field(default_factory=dict)
    drawn: Tensor | None = None

    @property
    def class_counts(self) -> Tensor:
        """(C,) int64 number of training samples of each class."""
        return torch.tensor(self.facts.class_counts, dtype=torch.int64)

    @property
    def num_classes(self) -> int:
        """C."""
        return self.facts.num_classes

    def has(self, split: str) -> bool:
        """Whether the data set has this split, be its samples at hand or not."""
        return split in self.facts.split_sizes


def _untangled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def fingerprint(splits: Mapping[str, Split]) -> str:
    """sha256 over the sorted (split, name, target) of all samples; reads no pixels."""
    rows = sorted(
        (split, name, target)
        for split, part in splits.items()
        for name, target in zip(part.names, part.targets.tolist(), strict=True)
    )
    return hashlib.sha256(repr(rows).encode()).hexdigest()

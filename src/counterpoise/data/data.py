"""A data set of images or rows: its splits, and the facts that a recipe may read about it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, cast

import torch
from torch import Tensor

from counterpoise.data.augmentation import AsStored, Augmentation, GridShift, Plain, SceneFlip, Standardized
from counterpoise.data.columns import Column
from counterpoise.data.grid import Grid
from counterpoise.data.numbered import Numbered, names_at
from counterpoise.data.objects import Objects
from counterpoise.data.outputs import Outputs
from counterpoise.data.rows.mapped_rows import MappedRows, together
from counterpoise.data.samples import Samples, joined
from counterpoise.data.scenes import Scenes
from counterpoise.data.target import Target
from counterpoise.errors import InputError

MULTI_LABEL = "multi-label classification"
REGRESSION = "regression"
DETECTION = "detection"


@dataclass(frozen=True, eq=False)
class Split:
    """Samples with their classes and names.

    Attributes:
        samples: N images, or rows of a table.
        targets: (N,) int64 class of each; where each has any number of labels, (N, C) bool; (N,) float32 where
            the target is continuous; (N, h, w) float32 where a grid over each image has values, see `Grid`; (N, T)
            where it has several, see `Outputs`; of `Scenes`, (N,) int64 number of objects in each.
        names: N names for people: the path relative to the data folder, or "test/17"; of very many samples `Numbered`.
        attributes: where they are known, N values of what samples of one class differ in, such as "dark" or "0".
        soft: of pseudo-labels, the probabilities (N, C) that they were told by, zeros where a label is certain.

    Raises:
        InputError: when they differ in length.
    """

    samples: Samples
    targets: Tensor
    names: Sequence[str]
    attributes: tuple[str, ...] | None = None
    soft: Tensor | None = None

    def __post_init__(self) -> None:
        lengths = {len(self.samples), len(self.targets), len(self.names)}
        if self.attributes is not None and len(self.attributes) != len(self.targets):
            raise InputError(
                f"expected an attribute for each of {len(self.targets)} samples, but {len(self.attributes)} came"
            )
        if len(lengths) != 1:
            raise InputError(
                f"expected as many targets and names as samples, but got {len(self.samples)} samples, "
                f"{len(self.targets)} targets and {len(self.names)} names"
            )

    def __len__(self) -> int:
        return len(self.targets)

    def subset(self, index: Tensor) -> "Split":
        """The samples at positions ``index`` (M,), in this order."""
        attributes = self.attributes and tuple(names_at(self.attributes, index))
        soft = None if self.soft is None else self.soft[index]
        names = names_at(self.names, index)
        return Split(self.samples.subset(index), self.targets[index], names, attributes, soft)


def both(first: Split, second: Split) -> Split:
    """The samples of both splits, one after the other; where the second has soft labels, the first's are certain."""
    soft, rows = second.soft, [one.samples for one in (first, second) if isinstance(one.samples, MappedRows)]
    return Split(
        together(rows) if len(rows) == 2 else joined(first.samples, second.samples),
        torch.cat([first.targets, second.targets]),
        (*first.names, *second.names),
        soft=None if soft is None else torch.cat([soft.new_zeros(len(first), soft.shape[1]), soft]),
    )


@dataclass(frozen=True)
class Facts:
    """What is known about a data set without its samples.

    Attributes:
        name: what people call it.
        task: "classification", or `MULTI_LABEL`: any number of labels for each sample, or `REGRESSION`: a number,
            or `DETECTION`: any number of objects with their places.
        kind: "image", "table" or "embedding".
        shape: channels, height and width of what the net receives; of rows, the number of features; in detection
            3 and the sides in pixels to which pictures of any size are brought: the shorter side to the first, unless
            the longer one would be above the second.
        class_names: C names; in regression, of the bins of the target.
        class_counts: C numbers of training samples that have the class, in detection of training objects, crowds left
            out; a bin, and a category of objects, may have none.
        split_sizes: number of samples of each split.
        mean: per channel on the scale 0 to 1, or per feature, for normalisation.
        std: per channel on the scale 0 to 1, or per feature, for normalisation.
        fingerprint: see `fingerprint`.
        skipped: names of unreadable images that were left out.
        target: of regression.
        objects: of detection.
        columns: the feature columns of a table.
        unlabeled: of the split "unlabeled", samples of each class where they are known, and last all others.
        notes: sentences for people about how the data were made.
    """

    name: str
    task: str
    kind: str
    shape: tuple[int, ...]
    class_names: tuple[str, ...]
    class_counts: tuple[int, ...]
    split_sizes: dict[str, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    fingerprint: str
    skipped: tuple[str, ...] = ()
    target: Target | None = None
    objects: Objects | None = None
    columns: tuple[Column, ...] = ()
    unlabeled: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def num_classes(self) -> int:
        """C."""
        return len(self.class_names)

    @property
    def grid(self) -> Grid | None:
        """The places of an image that have a value each, where the target is of that kind."""
        return self.target.grid if self.target else None

    @property
    def has_rows(self) -> bool:
        """Whether the samples are rows of numbers, which have no look that could be changed."""
        return self.kind != "image"

    @property
    def noun(self) -> str:
        """What people call the samples."""
        return {"table": "rows of a table", "embedding": "embeddings"}.get(self.kind, "images")

    @property
    def plain(self) -> Augmentation:
        """What a net receives at test time."""
        if self.objects:
            return SceneFlip()
        if self.grid:
            return GridShift(self.shape[-1], self.mean, self.std, self.grid)
        if self.kind == "embedding":
            return Standardized(self.mean, self.std)
        return AsStored() if self.kind == "table" else Plain(self.shape[-1], self.mean, self.std)

    def classes(self, targets: Tensor) -> Tensor:
        """Targets as classes: the bin of a continuous one, any other as it is."""
        return targets if self.target is None else self.target.classes(targets)

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return _plain_json(asdict(self))

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Facts":
        """The inverse of `as_json`."""
        try:
            return cls(**{key: _READERS.get(key, _untangled)(value) for key, value in values.items()})
        except TypeError as error:
            raise InputError(f"expected the facts of a data set as written by a run, but {error}") from error


@dataclass(frozen=True, eq=False)
class Data:
    """A data set: facts, and the splits that they describe.

    Attributes:
        facts: what a recipe may read.
        splits: "train", and where they exist "val", "test" and "unlabeled"; empty when the data were rebuilt from facts
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


def _plain_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain_json(one) for key, one in value.items()}
    return [_plain_json(one) for one in value] if isinstance(value, (tuple, list)) else value


def _untangled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _fields(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _untangled(value) for key, value in values.items()}


def _target(values: Mapping[str, Any]) -> Target:
    grid, outputs = values.get("grid"), values.get("outputs")
    found = {"grid": grid and Grid(**grid), "outputs": outputs and Outputs(**_fields(outputs))}
    return Target(**{**_fields(values), **found})


_READERS: dict[str, Callable[[Any], Any]] = {
    "target": lambda found: None if found is None else _target(found),
    "objects": lambda found: None if found is None else Objects(**_fields(found)),
    "columns": lambda found: tuple(Column(**_fields(column)) for column in found),
}


def fingerprint(splits: Mapping[str, Split]) -> str:
    """sha256 over the sorted (split, name, target or numbers of its labels) of all samples; reads no pixels.

    Of pictures with things, labels and boxes are the target. Numbered samples are told in their order, by their bytes.
    """
    if all(isinstance(part.names, Numbered) for part in splits.values()):
        return _fingerprint_of_numbers(splits)
    rows = sorted(
        (split, name, target)
        for split, part in splits.items()
        for name, target in zip(part.names, _told(part), strict=True)
    )
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def _fingerprint_of_numbers(splits: Mapping[str, Split]) -> str:
    told = hashlib.sha256()
    for split, part in sorted(splits.items()):
        names = cast(Numbered, part.names)
        told.update(f"{split} {names.start}".encode())
        for values in (names.numbers, part.targets):
            told.update(values.numpy().tobytes())
    return told.hexdigest()


def _told(split: Split) -> list:
    if isinstance(split.samples, Scenes):
        things = [torch.cat([one.labels[:, None], one.boxes], dim=1) for one in split.samples.shown]
        return [hashlib.sha256(values.numpy().tobytes()).hexdigest() for values in things]
    return _plain(split.targets)


def _plain(targets: Tensor) -> list:
    if targets.ndim == 1:
        return targets.tolist()
    if targets.is_floating_point():
        return [hashlib.sha256(values.numpy().tobytes()).hexdigest() for values in targets]
    return [marks.nonzero().flatten().tolist() for marks in targets]

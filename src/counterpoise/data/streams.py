"""A stream: a split as batches, the same ones for every number of workers and processes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from counterpoise.data.augmentation import Augmentation
from counterpoise.data.data import Split
from counterpoise.errors import InputError
from counterpoise.samplers.sampler import Sampler
from counterpoise.seeds import generator_of


@dataclass(frozen=True, eq=False)
class Batch:
    """B samples on their way to a net.

    Attributes:
        inputs: (B, C, H, W) float32, or (B, F) rows of a table, or a `SceneBatch`: pictures with objects.
        targets: (B,) int64, (B, C) bool where a sample has any number of labels, (B,) float32 where the target
            is continuous, (B, T) float32 where there are several, (B, h, w) float32 where places of a grid have
            values (nan: unknown), or None for unlabeled samples. (B,) numbers of objects beside a `SceneBatch`.
        index: (B,) int64 positions in the split, the key of everything that is remembered per sample.
    """

    inputs: Any
    targets: Tensor | None
    index: Tensor

    def __len__(self) -> int:
        return len(self.index)

    @property
    def rows(self) -> int:
        """How many rows a loss sees: the samples, or of maps and several targets the known values."""
        if self.targets is None or self.targets.ndim == 1 or not self.targets.is_floating_point():
            return len(self)
        return int((~self.targets.isnan()).sum())

    def to(self, device: torch.device | str, non_blocking: bool = False) -> "Batch":
        """The same batch on another device."""
        targets = None if self.targets is None else self.targets.to(device, non_blocking=non_blocking)
        return Batch(
            self.inputs.to(device, non_blocking=non_blocking),
            targets,
            self.index.to(device, non_blocking=non_blocking),
        )


@dataclass(frozen=True, eq=False)
class Stream:
    """A split, a sampler and an augmentation, read batch by batch.

    Attributes:
        split: where the samples come from.
        sampler: which of them an epoch visits, in which order.
        batch_size: samples per batch over all processes together; at most one epoch.
        augmentation: what is done to the images.
        workers: processes that decode image files (0: none but the caller's); packed images need none.
        drop_last: leave out the incomplete batch at the end of an epoch, as the released codes do in
            training.
        labeled: whether batches have targets.
        follows: name of the stream whose order this one has, so that both are views of the same samples; None for an
            order of its own.

    Raises:
        InputError: for an empty sampler, a batch size below 1 or a negative number of workers.
    """

    split: Split
    sampler: Sampler
    batch_size: int
    augmentation: Augmentation
    workers: int = 2
    drop_last: bool = True
    labeled: bool = True
    follows: str | None = None

    def __post_init__(self) -> None:
        if len(self.sampler) < 1:
            raise InputError("expected at least 1 sample per epoch, but the sampler visits none")
        if self.batch_size < 1:
            raise InputError(f"expected a batch size of at least 1, but got {self.batch_size}")
        if self.workers < 0:
            raise InputError(f"expected 0 or more worker processes, but got {self.workers}")

    def __len__(self) -> int:
        """Batches per epoch, at least 1."""
        return len(self._batch_positions())

    def batches(
        self,
        *,
        seed: tuple[int, ...],
        order: tuple[int, ...] | None = None,
        rank: int = 0,
        world: int = 1,
        device: torch.device | str = "cpu",
    ) -> Iterator[Batch]:
        """The batches of one epoch.

        Every process draws the whole epoch from ``seed`` and takes each ``world``-th row of each global
        batch, so all processes together see exactly what one process sees alone. Global random generators
        are neither used nor changed.

        Args:
            seed: for example (run seed, stage, epoch); numbers of 0 or more.
            order: seed of the order alone, where it is that of another stream.
            rank: number of this process, 0 to ``world - 1``.
            world: number of processes.
            device: where the batches are put (and packed images augmented).
        """
        generator = generator_of(seed)
        visited = self.sampler.order(generator if order is None else generator_of(order))
        draws = self.augmentation.draw(len(visited), generator)
        mine = [positions[rank::world] for positions in self._batch_positions()]
        portions = [(visited[positions], draws[positions]) for positions in mine]
        inputs = self.split.samples.batches(
            portions, self.augmentation, workers=self.workers, device=torch.device(device)
        )
        for (index, drawn), images in zip(portions, inputs, strict=True):
            yield Batch(images, self._targets(index, drawn, device), index.to(device))

    def _targets(self, index: Tensor, draws: Tensor, device: torch.device | str) -> Tensor | None:
        if not self.labeled:
            return None
        return self.augmentation.targets(self.split.targets[index], draws).to(device)

    def _batch_positions(self) -> list[Tensor]:
        visits = len(self.sampler)
        size = min(self.batch_size, visits)
        kept = visits - visits % size if self.drop_last else visits
        return list(torch.arange(kept).split(size))

"""The samples of each class, side by side, and draws with replacement from them."""

from typing import final

import torch
from torch import Generator, Tensor

from counterpoise.counts import count_classes
from counterpoise.errors import InputError


@final
class ClassMembers:
    """Positions of a split sorted by class: those of class c are ``positions[starts[c]:][:counts[c]]``.

    Args:
        targets: labels of the split, (N,) int64.
        class_counts: how many samples each class has in this very split, (C,).

    Raises:
        InputError: there are no samples, or the counts are not those of the labels.
    """

    def __init__(self, targets: Tensor, class_counts: Tensor) -> None:
        found = count_classes(targets, len(class_counts))
        if not len(targets):
            raise InputError("expected at least 1 sample to draw from, but the split has none; add samples")
        if not torch.equal(found, class_counts.to(found)):
            wrong = int((found != class_counts.to(found)).nonzero()[0])
            raise InputError(
                f"class_counts must count these very labels, but class {wrong} has {int(found[wrong])} of them "
                f"where {int(class_counts[wrong])} came; pass the counts of the split that is sampled"
            )
        self.counts = found
        self.starts = found.cumsum(0) - found
        self.positions = targets.argsort(stable=True)

    def __len__(self) -> int:
        return len(self.positions)

    def draw(self, probabilities: Tensor, generator: Generator) -> Tensor:
        """As many positions as there are samples: a class by its probability, then any sample of it alike.

        Works with replacement, and exactly for any number of samples (`torch.multinomial` over samples stops
        at 2**24 of them).

        Args:
            probabilities: (C,), 0 for a class without samples.
            generator: source of all randomness.

        Returns:
            Positions in the split, (N,) int64.
        """
        reached = probabilities.double().cumsum(0)
        pick, place = torch.rand(2, len(self), dtype=torch.float64, generator=generator)
        classes = torch.searchsorted(reached / reached[-1], pick, right=True)
        inside = (place * self.counts.index_select(0, classes)).long()
        return self.positions.index_select(0, self.starts.index_select(0, classes) + inside)

"""Repeat-factor sampling: pictures that show rare things come several times in an epoch."""

from collections.abc import Sequence
from typing import final

import torch
from torch import Generator, Tensor

from counterpoise.errors import InputError
from counterpoise.samplers.sampler import Sampler


@final
class RepeatFactorSampler(Sampler):
    """Visits each picture as often as its repeat factor says (Gupta et al., CVPR 2019), in random order.

    A picture of factor 2.3 is visited twice, and in three of ten epochs a third time. Which ones get their third visit
    is drawn so that every epoch is as long as the next: the sum of the factors, rounded down. (Detectron2 rounds each
    picture by itself, so that its epochs differ in length.)

    Args:
        labels: categories of the things in each picture, any number of each; N of (M,) int64.
        threshold: t, see `repeat_factors`.

    Raises:
        InputError: there are no pictures, or see `repeat_factors`.
    """

    def __init__(self, labels: Sequence[Tensor], *, threshold: float = 0.001) -> None:
        if not len(labels):
            raise InputError("expected at least 1 picture to draw from, but there is none; add some")
        factors = repeat_factors(labels, threshold=threshold)
        self.whole = factors.long()
        self.fractions = factors - self.whole
        self.extra = int(self.fractions.sum())

    def __len__(self) -> int:
        return int(self.whole.sum()) + self.extra

    def order(self, generator: Generator) -> Tensor:
        """Positions, each as often as its factor rounded down or up, shuffled."""
        times = self.whole.clone()
        times[self._rounded_up(generator)] += 1
        visits = torch.arange(len(times)).repeat_interleave(times)
        return visits[torch.randperm(len(visits), generator=generator)]

    def _rounded_up(self, generator: Generator) -> Tensor:
        """Distinct positions, (extra,), each drawn in proportion to the fraction of its factor.

        The fractions lie end to end in random order, and even steps through them, at least 1 long, begin at random.
        """
        order = torch.randperm(len(self.fractions), generator=generator)
        reached = self.fractions[order].cumsum(0)
        steps = torch.arange(self.extra) + torch.rand(1, dtype=torch.float64, generator=generator)
        places = torch.searchsorted(reached, steps * reached[-1] / max(1, self.extra), right=True)
        return order[places]


def repeat_factors(labels: Sequence[Tensor], *, threshold: float = 0.001) -> Tensor:
    """How often a picture comes: ``r(I) = max over c in I of max(1, sqrt(t / f_c))``; -> (N,) float64, at least 1.

    ``f_c`` is the share of pictures that show category c (Gupta et al., CVPR 2019).

    Args:
        labels: categories of the things in each picture, any number of each; N of (M,) int64. One that shows nothing
            has the factor 1.
        threshold: t; categories in a smaller share of the pictures are repeated. 0.001 is the paper's for LVIS.

    Raises:
        InputError: the threshold is not above 0 and at most 1.
    """
    if not 0 < threshold <= 1:
        raise InputError(f"the threshold must lie in 0 < t <= 1, but {threshold} came; the paper has 0.001")
    pictures = torch.arange(len(labels)).repeat_interleave(torch.tensor([len(one) for one in labels]))
    shown = torch.stack([pictures, torch.cat([*labels]).long()]).unique(dim=1)
    share = shown[1].bincount() / len(labels)
    factors = (threshold / share.double()[shown[1]]).sqrt()
    return torch.ones(len(labels), dtype=torch.float64).scatter_reduce(0, shown[0], factors, "amax")

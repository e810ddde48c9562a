"""A labeled subset and an unlabeled set beside it, drawn by class; what was drawn is told, never cut in silence.

The construction of the semi-supervised experiments of Yang and Xu (NeurIPS 2020): true labels of the unlabeled samples
shape the set and serve nothing else.
"""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.data.profiles import draw_from_stream, require_samples
from counterpoise.errors import InputError

NAMED = 5
"""At most so many short classes are named one by one (ours)."""


@dataclass(frozen=True, eq=False)
class LabeledUnlabeled:
    """What was drawn.

    Attributes:
        labeled: positions of the labeled samples in their source, (L,) int64, class after class.
        unlabeled: positions of the unlabeled samples in the pool, (U,) int64, class after class.
        wanted: unlabeled samples of each class that were asked for, (C,) int64.
        realised: unlabeled samples of each class that were drawn, (C,) int64.
    """

    labeled: Tensor
    unlabeled: Tensor
    wanted: Tensor
    realised: Tensor

    @property
    def shortfall(self) -> str:
        """A sentence for people about the classes of which the pool had too few; empty where it had enough."""
        short = (self.realised < self.wanted).nonzero().flatten().tolist()
        if not short:
            return ""
        named = ", ".join(f"class {c}: {self.realised[c]} of {self.wanted[c]}" for c in short[:NAMED])
        more = f", and {len(short) - NAMED} more classes" if len(short) > NAMED else ""
        return (
            f"the pool has fewer samples than wanted, so all of them were taken ({named}{more}); the unlabeled set "
            f"has {self.realised.sum()} of {self.wanted.sum()} samples"
        )


def draw_labeled_and_unlabeled(
    targets: Tensor, counts: Tensor, pool_targets: Tensor, pool_counts: Tensor, *, seed: int = 0
) -> LabeledUnlabeled:
    """Draw a labeled subset of one source and an unlabeled set of another one, as released.

    The labeled subset is that of `draw_long_tail` with the same seed; the draw of the unlabeled set goes on with its
    stream of random numbers. A class of which the pool has too few gives all that it has.

    Args:
        targets: (N,) class of each sample of the labeled source.
        counts: (C,) wanted labeled samples.
        pool_targets: (M,) true class of each sample of the pool; a class beyond those of ``pool_counts`` is not drawn.
        pool_counts: wanted unlabeled samples of each class: `unlabeled_counts`, or `relevant_counts` with one class
            more for irrelevant samples.
        seed: of numpy's legacy generator; the released code uses 0.

    Raises:
        InputError: a class has fewer labeled samples than are wanted.
    """
    require_samples(targets, counts)
    stream = np.random.RandomState(seed)
    labeled = draw_from_stream(targets, counts, stream)
    return _with_unlabeled(labeled, pool_targets, pool_counts, stream)


def draw_disjoint(
    targets: Tensor, counts: Tensor, unlabeled_counts: Tensor, *, seed: int = 0
) -> LabeledUnlabeled:
    """Draw a labeled subset of a source, and the unlabeled set from what is left of the same source.

    So a benchmark needs no images beside its own, as in USB. The labeled subset is that of `draw_long_tail` with the
    same seed, the one that a supervised baseline trains on. No sample is in both sets.

    Args:
        targets: (N,) class of each sample.
        counts: (C,) wanted labeled samples.
        unlabeled_counts: (C,) wanted unlabeled samples; a class of which too few are left gives all that it has.
        seed: of numpy's legacy generator.

    Raises:
        InputError: a class has fewer samples than are wanted labeled, or the counts are not for as many classes.
    """
    if len(counts) != len(unlabeled_counts):
        raise InputError(
            f"labeled and unlabeled counts must be for the same classes, but {len(counts)} and "
            f"{len(unlabeled_counts)} came"
        )
    require_samples(targets, counts)
    stream = np.random.RandomState(seed)
    labeled = draw_from_stream(targets, counts, stream)
    left = targets.cpu().clone()
    left[labeled] = -1
    return _with_unlabeled(labeled, left, unlabeled_counts, stream)


def _with_unlabeled(
    labeled: Tensor, pool_targets: Tensor, wanted: Tensor, stream: np.random.RandomState
) -> LabeledUnlabeled:
    unlabeled = draw_from_stream(pool_targets, wanted, stream)
    realised = count_classes(pool_targets.cpu()[unlabeled].long(), len(wanted))
    return LabeledUnlabeled(labeled, unlabeled, wanted.cpu().long(), realised)

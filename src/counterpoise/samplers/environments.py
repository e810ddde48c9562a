"""Environments: weights under which hard samples of a class come more often than easy ones."""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.errors import InputError

HARDEST, EASIEST = 0.2, 0.8
"""Shares of the samples between which the scale is wanted."""
FEWEST = 5
"""Samples below which a group has no hard and easy ones, and all weigh the same."""

WeightRule = Callable[[Tensor, Tensor, float], Tensor]
"""Confidences (N,), labels (N,) and a scale -> weights (N,)."""


def environment_weights(
    confidences: Tensor,
    targets: Tensor,
    *,
    environments: int = 2,
    scale: float = 4.0,
    rule: WeightRule | None = None,
) -> Tensor:
    """Weights of the samples in each environment of invariant feature learning (Tang et al., ECCV 2022).

    The first environment has every sample alike. In the last the hard samples of a class, of whose label the net is
    not sure, weigh about ``scale`` times the easy ones, and those in between have their shares of it: of three
    environments the second has the half, as released, and of four they have a third and two thirds (ours). Draw with a
    `WeightedSampler` from each.

    Args:
        confidences: softmax probability of the true class of each sample, (N,); nan for a sample that was not seen.
        targets: labels, (N,).
        environments: E, at least 2, as most rows of the paper have.
        scale: weight of the hardest fifth over that of the easiest four fifths, above 1 (released code: 4).
        rule: `weights_within_classes`, the default and the released choice, `weights_over_all` or `weights_both_ways`.

    Returns:
        (E, N) float64; see the rule for their sums.

    Raises:
        InputError: fewer than two environments, a scale not above 1, or confidences outside 0 .. 1.
    """
    weigh = rule or weights_within_classes
    scales = environment_scales(environments, scale)
    later = [weigh(confidences, targets, each) for each in scales]
    return torch.stack([torch.ones_like(targets, dtype=torch.float64), *later])


def environment_scales(environments: int, scale: float) -> list[float]:
    """Scales of the environments after the first, the last of which has the whole; see `environment_weights`.

    Raises:
        InputError: fewer than two environments, or a scale not above 1.
    """
    if environments < 2 or not scale > 1:
        raise InputError(
            f"expected at least 2 environments and a scale above 1, but {environments} and {scale} came; the released "
            "code has 2 and 4"
        )
    return [scale * number / (environments - 1) for number in range(1, environments)]


def weights_within_classes(confidences: Tensor, targets: Tensor, scale: float) -> Tensor:
    """Weights by how hard a sample is among its class ("intra"); each class sums to 1; (N,), (N,) -> (N,) float64.

    See `hardness_weights`. A sample that was not seen has weight 0, so the draws pass it over until it is seen again.
    As every class sums to 1, draws are balanced between classes too: the released environment is so. Multiply by the
    class counts to have each class as often as in the data (ours).

    Raises:
        InputError: confidences outside 0 .. 1.
    """
    (seen,) = torch.where(~confidences.isnan())
    known = hardness_weights(confidences.index_select(0, seen), targets.index_select(0, seen), scale=scale)
    return known.new_zeros(len(confidences)).scatter_(0, seen, known)


def weights_over_all(confidences: Tensor, targets: Tensor, scale: float) -> Tensor:
    """Weights by how hard a sample is among all, labels aside ("inter"); they sum to 1; (N,), (N,) -> (N,) float64.

    See `hardness_weights`. A sample that was not seen counts as one of which the net is sure.

    Raises:
        InputError: confidences outside 0 .. 1.
    """
    return hardness_weights(confidences.nan_to_num(1.0), torch.zeros_like(targets), scale=scale)


def weights_both_ways(confidences: Tensor, targets: Tensor, scale: float) -> Tensor:
    """Product of `weights_over_all` and `weights_within_classes` ("inter_intra"); (N,), (N,) -> (N,) float64.

    Raises:
        InputError: confidences outside 0 .. 1.
    """
    within = weights_within_classes(confidences, targets, scale)
    return weights_over_all(confidences, targets, scale) * within


def hardness_weights(confidences: Tensor, groups: Tensor, *, scale: float) -> Tensor:
    """``(1 - s)^beta`` over its sum in the group, with a beta for each group; (N,), (N,) -> (N,) float64.

    The confidences of a group are stretched to s in 0 .. 1, and ``r = 1 - s + 1e-5``. Beta is such that the mean of the
    hardest fifth of the r is about ``scale`` times that of the easiest four fifths once both are raised to it:
    ``log(scale) / log(mean / mean + 1e-5)``, kept in 1 .. 10. The paper writes (1 - p)^beta; stretching, the choice of
    beta and all constants are the released code's. In a group of fewer than five samples all weigh the same, as there.

    Args:
        confidences: p, (N,), without nan.
        groups: numbers from 0, (N,), such as labels.
        scale: see above.

    Raises:
        InputError: confidences outside 0 .. 1.
    """
    if not len(confidences):
        return confidences.double()
    lowest, highest = confidences.aminmax()
    if not (lowest >= 0 and highest <= 1):
        raise InputError("confidences must lie in 0 .. 1, but others came; give softmax probabilities")
    sizes = count_classes(groups, int(groups.max()) + 1)
    remaining = _remaining(confidences.double(), groups, sizes)
    powers = _powers(rising_in_groups(remaining, groups, sizes), sizes, scale)
    raised = remaining.pow_(powers.index_select(0, groups)).add_(1e-12)
    sums = raised.new_zeros(len(sizes)).index_add_(0, groups, raised)
    return raised.div_(sums.index_select(0, groups))


def rising_in_groups(values: Tensor, groups: Tensor, sizes: Tensor) -> Tensor:
    """Values of the first group in rising order, then those of the next; (N,), (N,), (G,) -> (N,)."""
    found = values.cpu().numpy()
    if len(sizes) == 1:
        return torch.from_numpy(np.sort(found)).to(values.device)
    rising = torch.from_numpy(found.argsort()).to(values.device)
    together = groups.index_select(0, rising).int().argsort(stable=True)
    return values.index_select(0, rising).index_select(0, together)


def _remaining(confidences: Tensor, groups: Tensor, sizes: Tensor) -> Tensor:
    """What remains to the highest confidence of a group: about 1 for the lowest, 1e-5 for the highest; (N,)."""
    none = confidences.new_zeros(len(sizes))
    lowest = none.scatter_reduce(0, groups, confidences, "amin", include_self=False)
    highest = none.scatter_reduce(0, groups, confidences, "amax", include_self=False)
    span = highest - lowest + 1e-9
    stretched = (confidences - lowest.index_select(0, groups)).div_(span.index_select(0, groups))
    return stretched.neg_().add_(1).add_(1e-5)


def _powers(rising: Tensor, sizes: Tensor, scale: float) -> Tensor:
    """Beta of each group, 0 for one of few samples, from what remains in rising order; (N,), (G,) -> (G,)."""
    easy, hard = (EASIEST * sizes).long(), (HARDEST * sizes).long()
    lengths = torch.stack([easy, sizes - easy - hard, hard], dim=1).flatten()
    easiest, _, hardest = torch.segment_reduce(rising, "sum", lengths=lengths).view(-1, 3).unbind(dim=1)
    ratio = hardest / hard / (easiest / easy)
    powers = (math.log(scale) / (ratio + 1e-5).log()).clamp(1, 10)
    return torch.where(sizes < FEWEST, 0.0, powers)

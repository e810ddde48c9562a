"""Environments: weights under which hard samples of a class come more often than easy ones."""

import math
from collections.abc import Callable

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
    not sure, weigh about ``scale`` times the easy ones, and those in between have the roots of it: with four
    environments scale^(1/3) and scale^(2/3). At the released scale three environments so have 2 and 4, as released;
    more than three are ours. Draw with a `WeightedSampler` from each.

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
    if environments < 2 or not scale > 1:
        raise InputError(
            f"expected at least 2 environments and a scale above 1, but {environments} and {scale} came; the released "
            "code has 2 and 4"
        )
    scales = [scale ** (number / (environments - 1)) for number in range(1, environments)]
    weigh = rule or weights_within_classes
    return torch.stack(
        [
            torch.ones_like(targets, dtype=torch.float64),
            *(weigh(confidences, targets, each) for each in scales),
        ]
    )


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
    if len(confidences) and not bool(((confidences >= 0) & (confidences <= 1)).all()):
        raise InputError("confidences must lie in 0 .. 1, but others came; give softmax probabilities")
    if not len(confidences):
        return confidences.double()
    sizes = count_classes(groups, int(groups.max()) + 1)
    order = by_group(confidences.double(), groups)
    remaining = _remaining(confidences.double().index_select(0, order), sizes)
    raised = remaining ** _powers(remaining, sizes, scale).repeat_interleave(sizes) + 1e-12
    shares = raised / sums(raised, sizes).repeat_interleave(sizes)
    weights = torch.where((sizes < FEWEST).repeat_interleave(sizes), _alike(sizes), shares)
    return torch.empty_like(weights).scatter_(0, order, weights)


def by_group(values: Tensor, groups: Tensor) -> Tensor:
    """Positions sorted by group, and within a group by rising value; (N,), (N,) -> (N,)."""
    rising = torch.from_numpy(values.cpu().numpy().argsort()).to(values.device)
    return rising.index_select(0, groups.index_select(0, rising).argsort(stable=True))


def sums(values: Tensor, sizes: Tensor) -> Tensor:
    """Sum of each of several groups that lie one behind the other; (N,), (G,) -> (G,)."""
    own = torch.arange(len(sizes), device=sizes.device).repeat_interleave(sizes)
    return values.new_zeros(len(sizes)).index_add_(0, own, values)


def _remaining(rising: Tensor, sizes: Tensor) -> Tensor:
    """What remains to the highest confidence of a group, where the groups lie one behind the other, each rising.

    About 1 for the lowest of a group, 1e-5 for the highest.
    """
    ends, last = sizes.cumsum(0), len(rising) - 1
    lowest, highest = rising[(ends - sizes).clamp(max=last)], rising[(ends - 1).clamp(min=0)]
    span = highest - lowest + 1e-9
    stretched = (rising - lowest.repeat_interleave(sizes)) / span.repeat_interleave(sizes)
    return (1 - stretched).abs() + 1e-5


def _powers(remaining: Tensor, sizes: Tensor, scale: float) -> Tensor:
    """Beta of each group, from what remains to full confidence, the most first; (N,), (G,) -> (G,)."""
    easy, hard = (EASIEST * sizes).long(), (HARDEST * sizes).long()
    starts = sizes.cumsum(0) - sizes
    place = torch.arange(len(remaining), device=sizes.device)
    hardest = torch.where(place < (starts + hard).repeat_interleave(sizes), remaining, 0.0)
    easiest = torch.where(place >= (starts + sizes - easy).repeat_interleave(sizes), remaining, 0.0)
    ratio = sums(hardest, sizes) / hard / (sums(easiest, sizes) / easy)
    return (math.log(scale) / (ratio + 1e-5).log()).nan_to_num(1.0).clamp(1, 10)


def _alike(sizes: Tensor) -> Tensor:
    """One over the size of each sample's group; (G,) -> (N,)."""
    return (1 / sizes.double()).repeat_interleave(sizes)

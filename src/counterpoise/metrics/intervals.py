"""Intervals that should hold a continuous target with a given probability, from a distribution over its bins."""

import torch
from torch import Tensor

from counterpoise.errors import InputError


def binned_quantiles(probabilities: Tensor, edges: Tensor, shares: Tensor) -> Tensor:
    """The values below which lie these shares of a distribution over bins; (B, C) -> (B, Q) float64.

    Within a bin the probability is spread evenly, so the cumulative distribution is linear between the edges; the outer
    edges bound it. A row with nan has nan.

    Args:
        probabilities: of the bins, (B, C); rows are divided by their sums.
        edges: of the bins, rising, (C + 1,).
        shares: above 0 and below 1, (Q,).

    Raises:
        InputError: edges that are not one more than the bins, or a share out of range.
    """
    _check(probabilities, edges, shares)
    cumulative = probabilities.double().cumsum(dim=1)
    cumulative = cumulative / cumulative[:, -1:]
    wanted = shares.double().expand(len(cumulative), -1).contiguous()
    place = torch.searchsorted(cumulative, wanted).clamp(max=cumulative.shape[1] - 1)
    shifted = torch.cat([torch.zeros_like(cumulative[:, :1]), cumulative], dim=1)
    before, after = shifted.gather(1, place), shifted.gather(1, place + 1)
    fraction = (wanted - before) / (after - before)
    return torch.lerp(edges.double()[place], edges.double()[place + 1], fraction)


def central_intervals(probabilities: Tensor, edges: Tensor, nominal: Tensor) -> tuple[Tensor, Tensor]:
    """The intervals that leave as much probability below as above; (B, C) -> lower and upper ends, (B, Q) float64.

    Args:
        probabilities: of the bins, (B, C).
        edges: of the bins, rising, (C + 1,).
        nominal: the probability that each interval should hold, above 0 and below 1, (Q,).

    Raises:
        InputError: see `binned_quantiles`.
    """
    below = (1 - nominal.double()) / 2
    lower, upper = binned_quantiles(probabilities, edges, torch.cat([below, 1 - below])).chunk(2, dim=1)
    return lower, upper


def _check(probabilities: Tensor, edges: Tensor, shares: Tensor) -> None:
    if probabilities.ndim != 2 or edges.shape != (probabilities.shape[1] + 1,):
        raise InputError(
            f"expected probabilities (B, C) and C + 1 edges, but {tuple(probabilities.shape)} and "
            f"{tuple(edges.shape)} came; give the edges of the bins that the probabilities are of"
        )
    if not ((shares > 0) & (shares < 1)).all():
        raise InputError(
            f"shares must lie above 0 and below 1, but {shares.tolist()} came; write 0.9 for 90 %"
        )

"""Three theorems on the value of labels (Yang, Xu, NeurIPS 2020), as estimators, exact errors and bounds.

1. Pseudo-labels of uneven quality bias an estimate, and uneven numbers of them make it uncertain.
2. A linear classifier cannot tell two centred Gaussians of different variance apart.
3. One feature that grows with the norm of the input, as self-supervision may find, does tell them apart.
"""

from math import erfc, sqrt

import torch
from scipy.stats import chi2
from torch import Tensor

from counterpoise.errors import InputError


def pseudo_labeled_midpoint(x_plus: Tensor, x_minus: Tensor) -> Tensor:
    """Middle of the means of what is pseudo-labeled + and -, the estimate of theorem 1; (n+,), (n-,) -> ()."""
    return (x_plus.mean() + x_minus.mean()) / 2


def biased_midpoint(mu1: float, mu2: float, *, p: float, q: float) -> float:
    """What `pseudo_labeled_midpoint` converges to: ``(mu1 + mu2)/2 + (p - q) (mu1 - mu2)/2`` of theorem 1.

    Args:
        mu1: mean of the class +.
        mu2: mean of the class -.
        p: share of the pseudo-labels + that are right.
        q: share of the pseudo-labels - that are right.
    """
    return (mu1 + mu2) / 2 + (p - q) * (mu1 - mu2) / 2


def midpoint_confidence(
    deltas: Tensor, *, n_plus: int, n_minus: int, mu1: float, mu2: float, sigma: float
) -> Tensor:
    """Theorem 1: at least this probability that the estimate is within delta of its limit; (M,) -> (M,).

    ``1 - 2 exp(-2 d^2 n+ n- / (9 s^2 (n+ + n-))) - 2 exp(-8 n+ d^2 / (9 (mu1 - mu2)^2)) - 2 exp(-8 n- ...)``. It
    is highest for ``n+ = n-`` where their sum is given. Below 0 it says nothing.

    Args:
        deltas: distances, (M,).
        n_plus: samples pseudo-labeled +.
        n_minus: samples pseudo-labeled -.
        mu1: mean of the class +.
        mu2: mean of the class -.
        sigma: standard deviation of both classes.

    Raises:
        InputError: no sample on one side, or sigma not above 0.
    """
    if min(n_plus, n_minus) < 1 or not sigma > 0:
        raise InputError(
            f"expected samples on both sides and a sigma above 0, but {n_plus}, {n_minus} and {sigma} came"
        )
    squares = deltas.square() / 9
    noise = torch.exp(-2 * squares * n_plus * n_minus / (sigma**2 * (n_plus + n_minus)))
    labels = [torch.exp(-8 * n * squares / (mu1 - mu2) ** 2) for n in (n_plus, n_minus)]
    return 1 - 2 * noise - 2 * labels[0] - 2 * labels[1]


def linear_error(offset: float, norm: float, *, sigma1: float, beta: float, p_plus: float) -> float:
    """Theorem 2: error of ``sign(<theta, x> + b)`` on N(0, s1^2 I) for + and N(0, beta s1^2 I) for -.

    It is at least 1/4 for every theta and every offset above 0 where + is the rarer class.

    Args:
        offset: b.
        norm: length of theta, above 0.
        sigma1: standard deviation of +.
        beta: ratio of the variances.
        p_plus: share of +.
    """
    distance = offset / (norm * sigma1)
    return p_plus * normal_cdf(-distance) + (1 - p_plus) * normal_cdf(distance / sqrt(beta))


def normal_cdf(value: float) -> float:
    """Probability that a standard normal number lies below."""
    return erfc(-value / sqrt(2)) / 2


def norm_feature(x: Tensor, *, k1: float, k2: float) -> Tensor:
    """The feature of theorem 3, ``k1 |x|^2 + k2``; (B, d) -> (B,)."""
    return k1 * x.square().sum(dim=1) + k2


def norm_threshold(x_plus: Tensor, x_minus: Tensor, *, k1: float, k2: float) -> Tensor:
    """Middle of the mean features of + and -, below which theorem 3 predicts +; (n+, d), (n-, d) -> ()."""
    means = [norm_feature(x, k1=k1, k2=k2).mean() for x in (x_plus, x_minus)]
    return (means[0] + means[1]) / 2


def norm_error(
    threshold: float, *, dim: int, sigma1: float, beta: float, k1: float, k2: float, p_plus: float
) -> float:
    """Exact error of theorem 3's classifier on N(0, s1^2 I_d) for + and N(0, beta s1^2 I_d) for -.

    ``p+ P(chi2_d > r) + p- P(chi2_d < r / beta)`` with ``r = (threshold - k2) / (k1 s1^2)``.

    Args:
        threshold: of the feature.
        dim: d.
        sigma1: standard deviation of +.
        beta: ratio of the variances.
        k1: slope of the feature, above 0.
        k2: offset of the feature.
        p_plus: share of +.
    """
    radius = (threshold - k2) / (k1 * sigma1**2)
    return float(p_plus * chi2.sf(radius, dim) + (1 - p_plus) * chi2.cdf(radius / beta, dim))


def norm_error_bound(deltas: Tensor, *, dim: int, beta: float, p_plus: float) -> Tensor:
    """Theorem 3: the error stays below this with the probability of `norm_error_confidence`; (M,) -> (M,).

    ``p+ E + p- exp(-d A^2 / (32 beta^2))`` with ``A = beta - 1 - (1 + beta) delta``, and ``E = exp(-d A^2 / 32)``
    from ``delta = (beta - 3) / (beta + 1)`` on, ``exp(-d A / 16)`` below.

    Args:
        deltas: between 0 and ``(beta - 1) / (beta + 1)``, (M,).
        dim: d.
        beta: ratio of the variances, above 3.
        p_plus: share of the class of lower variance.

    Raises:
        InputError: beta is not above 3.
    """
    if not beta > 3:
        raise InputError(f"theorem 3 is about a ratio of variances above 3, but {beta} came")
    gap = beta - 1 - (1 + beta) * deltas
    late = deltas >= (beta - 3) / (beta + 1)
    rare = torch.exp(-dim * torch.where(late, gap.square() / 32, gap / 16))
    return p_plus * rare + (1 - p_plus) * torch.exp(-dim * gap.square() / (32 * beta**2))


def norm_error_confidence(deltas: Tensor, *, n_plus: int, n_minus: int, dim: int) -> Tensor:
    """Theorem 3: at least this probability that the bound holds; (M,) -> (M,). Below 0 it says nothing.

    ``1 - 2 exp(-n- d delta^2 / 8) - 2 exp(-n+ d delta^2 / 8)`` for n+ and n- samples in d dimensions.
    """
    exponents = -dim * deltas.square() / 8
    return 1 - 2 * torch.exp(n_minus * exponents) - 2 * torch.exp(n_plus * exponents)

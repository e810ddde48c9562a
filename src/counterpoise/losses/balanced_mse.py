"""Balanced MSE: the likelihood of a target under a balanced training set."""

import math
from abc import abstractmethod

import torch
from torch import Tensor, nn

from counterpoise.errors import InputError
from counterpoise.losses.loss import Loss
from counterpoise.losses.regression_loss import differences


class BalancedMSE(Loss):
    """Likelihood of a target with the mix of training targets taken out (Ren et al., CVPR 2022), for training alone.

    ``2 s^2 (-log N(t; x, s^2) + log sum_t' p(t') N(t'; x, s^2))``. The second term undoes what the common targets of
    training do to the first; at inference the plain prediction x is used. The subclasses compute it in three ways. The
    noise s is the parameter ``noise_sigma``, in units of the target; the factor 2 s^2 has no gradient. The loss may be
    negative, for it leaves out ``log p(t)``. As s goes to 0 the Gaussian mixture becomes the squared error; with the
    other two the gradient vanishes where the own target, or its bin, is the nearest one.

    Args:
        noise_sigma: first value of s, above 0.
        learn_noise: whether s is trained. The authors advise to fix it and to tune it upwards.
    """

    def __init__(self, *, noise_sigma: float, learn_noise: bool) -> None:
        super().__init__()
        if not noise_sigma > 0:
            raise InputError(
                f"noise_sigma must be above 0, but {noise_sigma} came; the released code has 10 for ages"
            )
        self.noise_sigma = nn.Parameter(torch.tensor(float(noise_sigma)), requires_grad=learn_noise)

    @abstractmethod
    def log_evidence(self, predictions: Tensor, targets: Tensor) -> Tensor:
        """The second term, up to the constant that the first one lacks; (R, d), (R, d) -> (R,)."""

    def log_likelihood(self, predictions: Tensor, targets: Tensor) -> Tensor:
        """The first term without its constant; (R, d), (R, d) -> (R,)."""
        return -(predictions - targets).square().sum(dim=1) / (2 * self.variance)

    @property
    def outputs(self) -> int | None:
        """How many numbers d one density has; None: all numbers of a sample."""
        return None

    @property
    def variance(self) -> Tensor:
        """The variance s^2 of the noise; ()."""
        return self.noise_sigma.square()

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample, the mean over its densities; (B, ...), (B, ...) -> (B,)."""
        differences(logits, targets)
        width = self.outputs or math.prod(logits.shape[1:])
        x, t = (tensor.reshape(-1, width) for tensor in (logits, targets.to(logits.dtype)))
        losses = self.log_evidence(x, t) - self.log_likelihood(x, t)
        return 2 * self.variance.detach() * losses.reshape(len(logits), -1).mean(dim=1)


def squared_distances(rows: Tensor, others: Tensor) -> Tensor:
    """Squared Euclidean distance of every pair, from differences: exact zeros; (R, d), (M, d) -> (R, M)."""
    return (rows.unsqueeze(1) - others).square().sum(dim=2)

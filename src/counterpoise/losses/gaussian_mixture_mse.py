"""Balanced MSE by a Gaussian mixture of the training targets."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.losses.balanced_mse import BalancedMSE


@dataclass(frozen=True)
class TargetMixture:
    """A Gaussian mixture of targets.

    Attributes:
        weights: share of each component, (K,), summing to 1.
        means: (K, d).
        covariances: (K, d, d).
    """

    weights: Tensor
    means: Tensor
    covariances: Tensor


def fit_target_mixture(targets: Tensor, *, components: int = 8) -> TargetMixture:
    """Fit a mixture to training targets with scikit-learn, random_state 0 as in the released code; (N,) or (N, d).

    The mixture has the precision of the targets; whole numbers give float32.

    Args:
        targets: training targets.
        components: K (released code: 8 for ages, 16 for depth); no more than there are different targets (ours).

    Raises:
        InputError: fewer targets than components.
    """
    from sklearn.mixture import GaussianMixture  # a tenth of a second that only this loss needs

    if len(targets) < components:
        raise InputError(
            f"{components} components need as many targets, but {len(targets)} came; lower components"
        )
    rows = targets.reshape(len(targets), -1).double().cpu().numpy()
    distinct = len(np.unique(rows, axis=0))
    fitted = GaussianMixture(n_components=min(components, distinct), random_state=0).fit(rows)
    parts = (fitted.weights_, fitted.means_, fitted.covariances_)
    dtype = targets.dtype if targets.is_floating_point() else torch.float32
    return TargetMixture(*(torch.from_numpy(part).to(dtype) for part in parts))


class GaussianMixtureMSE(BalancedMSE):
    """Balanced MSE whose evidence is analytic (GAI; Ren et al., CVPR 2022).

    The evidence of a prediction x is ``log sum_k w_k N(x; mu_k, Sigma_k + s^2 I)``. As s goes to 0 the loss becomes
    the plain squared error. For training alone.

    Args:
        mixture: of the training targets, see `fit_target_mixture`; with d = 1 every number of a prediction of any
            shape is one target, else the last d numbers are one vector.
        noise_sigma: first value of s, in units of the target (released code: 10 for ages, 1 for metres).
        learn_noise: whether s is trained (released code: yes for ages with its own rate 0.01, no for depth).

    Raises:
        InputError: noise_sigma is not above 0, or parts of the mixture whose shapes do not fit.
    """

    log_weights: Tensor
    means: Tensor
    spreads: Tensor
    axes: Tensor

    def __init__(
        self, mixture: TargetMixture, *, noise_sigma: float = 10.0, learn_noise: bool = True
    ) -> None:
        super().__init__(noise_sigma=noise_sigma, learn_noise=learn_noise)
        check_mixture(mixture)
        spreads, axes = torch.linalg.eigh(mixture.covariances)
        self.register_buffer("log_weights", mixture.weights.log(), persistent=False)
        self.register_buffer("means", mixture.means, persistent=False)
        self.register_buffer("spreads", spreads, persistent=False)
        self.register_buffer("axes", axes, persistent=False)

    @property
    def outputs(self) -> int:
        """How many numbers one target has."""
        return self.means.shape[1]

    def log_likelihood(self, predictions: Tensor, targets: Tensor) -> Tensor:
        """The first term with the factor of s that the evidence has too; (R, d), (R, d) -> (R,)."""
        return super().log_likelihood(predictions, targets) - self.outputs * self.variance.log() / 2

    def log_evidence(self, predictions: Tensor, targets: Tensor) -> Tensor:
        """Log density of the noisy mixture without its constant; (R, d), (R, d) -> (R,)."""
        variances = self.spreads + self.variance
        offsets = torch.einsum("rkd,kde->rke", predictions.unsqueeze(1) - self.means, self.axes)
        densities = -(offsets.square() / variances + variances.log()).sum(dim=2) / 2
        return (self.log_weights + densities).logsumexp(dim=1).to(predictions.dtype)


def check_mixture(mixture: TargetMixture) -> None:
    """Refuse parts whose shapes do not fit."""
    components, width = len(mixture.weights), mixture.means.shape[-1]
    shapes = (mixture.means.shape, mixture.covariances.shape)
    if shapes != ((components, width), (components, width, width)):
        raise InputError(
            f"{components} components need means (K, d) and covariances (K, d, d), but {tuple(shapes[0])} and "
            f"{tuple(shapes[1])} came; fit_target_mixture gives them"
        )

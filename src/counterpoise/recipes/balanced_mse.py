"""Balanced MSE (Ren et al., CVPR 2022) in its three forms."""

from collections.abc import Callable
from typing import Literal

from torch import Tensor

from counterpoise.bins import enclosing_midpoints
from counterpoise.data.data import REGRESSION, Data
from counterpoise.losses import (
    BatchMonteCarloMSE,
    BinnedMSE,
    GaussianMixtureMSE,
    fit_target_mixture,
)
from counterpoise.losses.loss import Loss
from counterpoise.recipes.decorators import recipe
from counterpoise.recipes.published import imbalanced_ages
from counterpoise.recipes.regression import over_standardized
from counterpoise.recipes.targets import target_of, training_targets
from counterpoise.training.options import Training
from counterpoise.training.stage import Experiment, Now

FocalName = Literal["l1", "l2"]


@recipe(task=REGRESSION, claim=imbalanced_ages("Balanced MSE", (12.66, 8.12), (8.97, 7.78)))
def balanced_mse_gai(
    data: Data,
    *,
    training: Training = Training(),
    noise: float = 0.5,
    learn_noise: bool = False,
    components: int = 8,
) -> Experiment:
    """Balanced MSE, GAI: the density of the training targets as a Gaussian mixture.

    Args:
        data: what to learn.
        training: the common settings.
        noise: standard deviation of the noise, in those of the training targets (released: 10 years for ages).
        learn_noise: whether it is trained; the authors advise to fix it.
        components: of the mixture (released: 8 for ages).
    """

    def loss(now: Now, standardized: Callable[[Tensor], Tensor]) -> Loss:
        mixture = fit_target_mixture(standardized(training_targets(now)), components=components)
        return GaussianMixtureMSE(mixture, noise_sigma=noise, learn_noise=learn_noise)

    return over_standardized(data, training, loss)


@recipe(task=REGRESSION)
def balanced_mse_bmc(
    data: Data, *, training: Training = Training(), noise: float = 0.5, learn_noise: bool = False
) -> Experiment:
    """Balanced MSE, BMC: the density of the training targets from each batch.

    Args:
        data: what to learn.
        training: the common settings.
        noise: see `balanced_mse_gai`.
        learn_noise: see `balanced_mse_gai`.
    """

    def loss(now: Now, standardized: Callable[[Tensor], Tensor]) -> Loss:
        return BatchMonteCarloMSE(noise_sigma=noise, learn_noise=learn_noise)

    return over_standardized(data, training, loss)


@recipe(task=REGRESSION)
def balanced_mse_bni(
    data: Data, *, training: Training = Training(), noise: float = 0.5, learn_noise: bool = False
) -> Experiment:
    """Balanced MSE, BNI: the density of the training targets from the counts of the bins.

    A bin stands for its middle, as the whole years of the release do. The outermost ones reach to the lowest and the
    highest target: the loss of a target beyond all bins would have no lower bound (ours).

    Args:
        data: what to learn.
        training: the common settings.
        noise: see `balanced_mse_gai`.
        learn_noise: see `balanced_mse_gai`.
    """

    def loss(now: Now, standardized: Callable[[Tensor], Tensor]) -> Loss:
        centers = enclosing_midpoints(training_targets(now), target_of(data).edge_tensor)
        return BinnedMSE(standardized(centers), now.class_counts, noise_sigma=noise, learn_noise=learn_noise)

    return over_standardized(data, training, loss)

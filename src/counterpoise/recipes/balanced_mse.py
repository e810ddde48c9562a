"""Balanced MSE (Ren et al., CVPR 2022), in its three forms, and other losses for continuous targets."""

from collections.abc import Callable
from typing import Literal

from torch import Tensor

from counterpoise.bins import midpoints
from counterpoise.data.data import REGRESSION, Data
from counterpoise.losses import (
    BatchMonteCarloMSE,
    BinnedMSE,
    DiscreteConstrainedLoss,
    FocalL1Loss,
    FocalMSELoss,
    GaussianMixtureMSE,
    Standardized,
    fit_target_mixture,
)
from counterpoise.losses.loss import Loss
from counterpoise.recipes.decorators import recipe
from counterpoise.recipes.published import imbalanced_ages
from counterpoise.recipes.regression import regressed
from counterpoise.recipes.targets import target_of, training_targets
from counterpoise.training.options import Training
from counterpoise.training.stage import Experiment, Now

FocalName = Literal["l1", "l2"]


def balanced(
    data: Data, training: Training, loss: Callable[[Now, Callable[[Tensor], Tensor]], Loss]
) -> Experiment:
    """A regressor with a loss over standardised targets.

    Args:
        data: what to learn.
        training: the common settings.
        loss: late; made with what standardises values of the target.
    """
    target = target_of(data)

    def standardized(values: Tensor) -> Tensor:
        return ((values - target.mean) / target.std).float()

    def late(now: Now) -> Loss:
        return Standardized(loss(now, standardized), mean=target.mean, scale=target.std)

    return regressed(data, training, late, standardize=True)


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

    return balanced(data, training, loss)


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

    return balanced(data, training, loss)


@recipe(task=REGRESSION)
def balanced_mse_bni(
    data: Data, *, training: Training = Training(), noise: float = 0.5, learn_noise: bool = False
) -> Experiment:
    """Balanced MSE, BNI: the density of the training targets from the counts of the bins.

    Args:
        data: what to learn.
        training: the common settings.
        noise: see `balanced_mse_gai`.
        learn_noise: see `balanced_mse_gai`.
    """

    def loss(now: Now, standardized: Callable[[Tensor], Tensor]) -> Loss:
        centers = standardized(midpoints(target_of(data).edge_tensor))
        return BinnedMSE(centers, now.class_counts, noise_sigma=noise, learn_noise=learn_noise)

    return balanced(data, training, loss)


@recipe(task=REGRESSION)
def focal_regression(
    data: Data,
    *,
    training: Training = Training(),
    loss: FocalName = "l1",
    beta: float = 0.2,
    gamma: float = 1.0,
) -> Experiment:
    """Focal-L1 or focal-L2: samples that are nearly right count less (Yang et al., ICML 2021).

    Args:
        data: what to learn.
        training: the common settings.
        loss: absolute or squared error.
        beta: how fast the factor rises with the error, in units of the target (released: 0.2 for ages, 20 for
            text similarity in 0 .. 1).
        gamma: power of the factor (released: 1).
    """
    made = FocalL1Loss if loss == "l1" else FocalMSELoss
    scale = target_of(data).std
    return balanced(data, training, lambda now, _: made(beta=beta * scale, gamma=gamma))


@recipe(task=REGRESSION, claim=imbalanced_ages("DC-regression", (14.18, 8.05), (9.70, 7.65)))
def dc_regression(data: Data, *, training: Training = Training()) -> Experiment:
    """DC-regression: absolute error where a prediction falls in another bin than its target (Xiong, Yao, ECCV 2022).

    The class term alone, for targets whose sum over a sample means nothing (ours; the paper counts people in blocks).

    Args:
        data: what to learn.
        training: the common settings.
    """

    def loss(now: Now, standardized: Callable[[Tensor], Tensor]) -> Loss:
        edges = standardized(target_of(data).edge_tensor)
        return DiscreteConstrainedLoss(edges, bias_weight=0.0)

    return balanced(data, training, loss)

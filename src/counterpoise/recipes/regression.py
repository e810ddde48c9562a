"""Continuous targets: a number for each image or row of a table."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from torch import Tensor

from counterpoise.classifiers import LinearRegressor
from counterpoise.data.data import REGRESSION, Data
from counterpoise.losses import (
    DiscreteConstrainedLoss,
    FocalL1Loss,
    FocalMSELoss,
    HuberLoss,
    L1Loss,
    MSELoss,
    PerImage,
    Standardized,
)
from counterpoise.losses.loss import Loss
from counterpoise.recipes.decorators import recipe
from counterpoise.recipes.one_stage import one_stage
from counterpoise.recipes.published import imbalanced_ages
from counterpoise.recipes.targets import reading_of, target_of
from counterpoise.training.options import Training
from counterpoise.training.stage import Experiment, Late, Now

LossName = Literal["l1", "l2", "huber"]
FocalName = Literal["l1", "l2"]
LOSSES = {"l1": L1Loss, "l2": MSELoss, "huber": HuberLoss}


@recipe(task=REGRESSION, claim=imbalanced_ages("Regression", (13.92, 8.06), (9.72, 7.57)))
def regression(
    data: Data, *, training: Training = Training(), loss: LossName = "l1", standardize: bool = True
) -> Experiment:
    """Plain regression: a linear layer with one output. The baseline for continuous targets.

    Args:
        data: what to learn.
        training: the common settings.
        loss: absolute error (papers on ages), squared error (text and depth) or Huber with a beta of 1.
        standardize: give the loss targets of mean 0 and standard deviation 1, and start the net at the mean of the
            training targets (ours), so that one learning rate suits any unit; otherwise targets as they are, as in the
            papers. Predictions and errors are in units of the target either way.
    """
    if standardize:
        return over_standardized(data, training, lambda now, _: LOSSES[loss]())
    return regressed(data, training, lambda now: LOSSES[loss](), standardize=False)


def regressed(data: Data, training: Training, loss: Late[Loss], standardize: bool) -> Experiment:
    """One supervised stage with a linear layer of one output.

    Args:
        data: what to learn.
        training: the common settings.
        loss: late; the loss on its outputs.
        standardize: whether the net starts at the mean of the training targets.
    """
    target = target_of(data)
    options = {"mean": target.mean, "scale": target.std} if standardize else {}
    plain = one_stage(data, training, lambda dim, _: LinearRegressor(dim, **options), loss)
    return replace(plain, reading=reading_of(data))


def over_standardized(
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
    return over_standardized(data, training, lambda now, _: made(beta=beta * scale, gamma=gamma))


@recipe(task=REGRESSION, claim=imbalanced_ages("DC-regression", (14.18, 8.05), (9.70, 7.65)))
def dc_regression(data: Data, *, training: Training = Training()) -> Experiment:
    """DC-regression: absolute error where a prediction falls in another bin than its target (Xiong, Yao, ECCV 2022).

    Where blocks are counted, as in the paper, also the error of the blocks by which the count of an image is off. Else
    the class term alone, for targets whose sum over a sample means nothing (ours).

    Args:
        data: what to learn.
        training: the common settings.
    """

    def loss(now: Now, standardized: Callable[[Tensor], Tensor]) -> Loss:
        target, facts = target_of(data), data.facts
        edges = standardized(target.edge_tensor)
        if not (facts.grid and facts.grid.counts):
            return DiscreteConstrainedLoss(edges, bias_weight=0.0)
        places = (facts.shape[-1] // facts.grid.stride) ** 2
        return PerImage(DiscreteConstrainedLoss(edges, tolerance=0.5 / target.std), places)

    return over_standardized(data, training, loss)

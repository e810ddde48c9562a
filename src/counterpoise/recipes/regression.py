"""Continuous targets: a number for each image or row of a table."""

from dataclasses import replace
from typing import Literal

from counterpoise.classifiers import LinearRegressor
from counterpoise.data.data import REGRESSION, Data
from counterpoise.losses import HuberLoss, L1Loss, MSELoss, RegressionLoss, Standardized
from counterpoise.losses.loss import Loss
from counterpoise.recipes.decorators import recipe
from counterpoise.recipes.images import classification
from counterpoise.recipes.published import imbalanced_ages
from counterpoise.recipes.targets import target_of
from counterpoise.training.options import Training
from counterpoise.training.regression import VALUES
from counterpoise.training.stage import Experiment, Late

LossName = Literal["l1", "l2", "huber"]
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
    return regressed(data, training, lambda now: scaled(LOSSES[loss](), data, standardize), standardize)


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
    plain = classification(data, training, lambda dim, _: LinearRegressor(dim, **options), loss)
    return replace(plain, reading=VALUES)


def scaled(loss: RegressionLoss, data: Data, standardize: bool) -> Loss:
    """A loss in units of the standard deviation of the training targets, or as it is."""
    target = target_of(data)
    return Standardized(loss, mean=target.mean, scale=target.std) if standardize else loss

"""Images with any number of labels: one sigmoid for each class, and the losses of the field in that form."""

from dataclasses import replace

from torch import Tensor

from counterpoise.counts import effective_number_weights
from counterpoise.data.data import Data
from counterpoise.losses import (
    BinaryCrossEntropy,
    LabelWeighted,
    SigmoidEqualizationLoss,
    SigmoidFocalLoss,
)
from counterpoise.losses.loss import Loss
from counterpoise.metrics.shots import shot_groups
from counterpoise.recipes.decorators import recipe
from counterpoise.recipes.one_stage import linear_starting_at, one_stage
from counterpoise.training.multi_label import LABELS
from counterpoise.training.options import Training
from counterpoise.training.stage import Experiment, Late, Now


@recipe(task="multi-label classification")
def binary_cross_entropy(data: Data, *, training: Training = Training(), start: float = 0.5) -> Experiment:
    """Plain sigmoid classifier: linear layer, binary cross-entropy of each class. The multi-label baseline.

    The loss is summed over the classes, here and in the other multi-label recipes. Where it diverges, which a small
    net without batch norm may do at the usual learning rate, halve the rate.

    Args:
        data: what to learn.
        training: the common settings.
        start: probability of every class before training; 0.5 is a bias of 0.
    """
    return multi_label(data, training, lambda now: BinaryCrossEntropy(), start=start)


@recipe(task="multi-label classification")
def sigmoid_focal(
    data: Data,
    *,
    training: Training = Training(),
    gamma: float = 2.0,
    alpha: float = 0.25,
    start: float = 0.01,
) -> Experiment:
    """Focal loss with one sigmoid for each class (Lin et al., ICCV 2017): answers that are already right count less.

    Args:
        data: what to learn.
        training: the common settings.
        gamma: how fast the factor falls (paper: 2).
        alpha: weight of the labels that an image has, 1 - alpha of those that it has not (paper: 0.25).
        start: probability of every class before training (paper: 0.01).
    """
    return multi_label(data, training, lambda now: SigmoidFocalLoss(gamma=gamma, alpha=alpha), start=start)


@recipe(task="multi-label classification")
def sigmoid_class_balanced(
    data: Data,
    *,
    training: Training = Training(),
    beta: float = 0.9999,
    gamma: float = 1.0,
    start: float | None = None,
) -> Experiment:
    """Class-balanced focal loss (Cui et al., CVPR 2019), one weight for each class; see `LabelWeighted`.

    Args:
        data: what to learn.
        training: the common settings.
        beta: of the effective number of samples (released scripts: 0.9999).
        gamma: of the focal factor (released scripts: 1); 0 is class-balanced binary cross-entropy.
        start: probability of every class before training; None is 1 / C, as released.
    """

    def loss(now: Now) -> Loss:
        weights = effective_number_weights(now.class_counts, beta=beta)
        return LabelWeighted(SigmoidFocalLoss(gamma=gamma, alpha=None), weights)

    return multi_label(data, training, loss, start=1 / data.num_classes if start is None else start)


@recipe(task="multi-label classification")
def sigmoid_equalization(
    data: Data,
    *,
    training: Training = Training(),
    threshold: float | None = None,
    start: float = 0.5,
) -> Experiment:
    """Equalization loss (Tan et al., CVPR 2020): images with other labels do not push rare classes down.

    Args:
        data: what to learn.
        training: the common settings.
        threshold: share of the training images below which a class is rare (released for LVIS: 0.00177). None takes
            the few-shot classes of the usual groups, see `shot_groups` (ours).
        start: probability of every class before training; 0.5 is a bias of 0 (ours). The released detector, most of
            whose regions are background, starts at 0.001.
    """

    def loss(now: Now) -> Loss:
        shares = positive_rates(now)
        common = shares[~shot_groups(now.class_counts).few]
        return SigmoidEqualizationLoss(
            shares, threshold=common.min().item() if threshold is None else threshold
        )

    return multi_label(data, training, loss, start=start)


def multi_label(data: Data, training: Training, loss: Late[Loss], *, start: float) -> Experiment:
    """One supervised stage with a linear classifier, whose scores answer for each class by itself.

    Args:
        data: what to learn.
        training: the common settings.
        loss: late; the loss on its outputs.
        start: probability of every class before training, set through the bias.

    Raises:
        InputError: the start does not lie between 0 and 1.
    """
    plain = one_stage(data, training, linear_starting_at(start), loss)
    return replace(plain, reading=LABELS).answering(positive_rates)


def positive_rates(now: Now) -> Tensor:
    """Share of the training images that have each class; (C,). It need not sum to 1."""
    return now.class_counts / now.data.facts.split_sizes["train"]

"""The losses and weights of the long-tailed tables, each over a plain linear classifier."""

from dataclasses import replace

from counterpoise.classifiers import CosineClassifier, LinearClassifier
from counterpoise.classifiers.grouping import unit
from counterpoise.counts import effective_number_weights
from counterpoise.data.data import Data
from counterpoise.losses import (
    BalancedSoftmaxLoss,
    ClassBalancedSigmoidLoss,
    ClassWeighted,
    CrossEntropy,
    DetachedFocalLoss,
    FocalLoss,
    GeneralizedCrossEntropy,
    LDAMLoss,
    LogitAdjustedLoss,
    SeesawLoss,
    SoftmaxEqualizationLoss,
)
from counterpoise.recipes.answers import effective_number_prior, tempered_prior, uniform
from counterpoise.recipes.decorators import recipe
from counterpoise.recipes.one_stage import linear_starting_at, one_stage
from counterpoise.recipes.published import (
    cifar,
    generalized,
    generalized_ablation,
    imagenet_lt,
    logit_adjustment_port,
    value_of_labels,
)
from counterpoise.training.options import Training
from counterpoise.training.stage import Experiment, training_prior


@recipe(
    task="classification",
    claim=(
        *cifar("Focal", (38.4, 44.3, 55.8, 70.4, 76.7, 86.7)),
        *value_of_labels("Focal", (29.62, 23.29, 13.34), (61.59, 55.68, 44.22)),
    ),
)
def focal(data: Data, *, training: Training = Training(), gamma: float = 2.0) -> Experiment:
    """Focal loss, with the gradient through its factor too (CIFAR rows Focal).

    Args:
        data: what to learn.
        training: the common settings.
        gamma: how fast the factor falls. 2 in the focal loss paper; 1 in the LDAM release behind the CIFAR rows,
            whose own gamma no source states.
    """
    return one_stage(data, training, LinearClassifier, lambda now: FocalLoss(gamma=gamma))


@recipe(
    task="classification",
    claim=(
        *imagenet_lt("Focal", 43.7),
        *generalized_ablation("1 env, Focal", ((39.93, 46.99), (32.52, 39.12), (39.58, 39.85))),
    ),
)
def detached_focal(data: Data, *, training: Training = Training(), gamma: float = 2.0) -> Experiment:
    """Focal loss without gradient through its factor (ImageNet-LT, row Focal of De-confound-TDE's release).

    Args:
        data: what to learn.
        training: the common settings.
        gamma: how fast the factor falls (released: 2).
    """
    return one_stage(data, training, LinearClassifier, lambda now: DetachedFocalLoss(gamma=gamma))


@recipe(
    task="classification",
    claim=(
        *cifar("Class-balanced", (39.6, 45.2, 58.0, 74.6, 79.3, 87.1)),
        *value_of_labels("CB-CE", (27.63, 21.95, 13.23), (61.44, 55.45, 42.88)),
    ),
)
def class_balanced(data: Data, *, training: Training = Training(), beta: float = 0.9999) -> Experiment:
    """Class-balanced softmax cross-entropy: samples weighted by the effective number of their class.

    The mean is weighted too, ``sum w l / sum w``. The scores answer for the weighted class prior.

    Args:
        data: what to learn.
        training: the common settings.
        beta: of the effective number (released scripts: 0.9999; the paper tunes 0.9 .. 0.9999).
    """

    def loss(now):
        return ClassWeighted(CrossEntropy(), effective_number_weights(now.class_counts, beta=beta))

    trained = one_stage(data, training, LinearClassifier, loss)
    return trained.answering(effective_number_prior(beta))


@recipe(task="classification")
def class_balanced_sigmoid(
    data: Data, *, training: Training = Training(), beta: float = 0.9999
) -> Experiment:
    """Class-balanced sigmoid cross-entropy: one sigmoid for each class (Cui et al., CVPR 2019).

    The classifier's bias starts at ``-log(C - 1)`` and has no weight decay, as in the release.

    Args:
        data: what to learn.
        training: the common settings.
        beta: of the effective number (released scripts: 0.9999).
    """
    return sigmoid(data, training, beta=beta, gamma=0.0)


@recipe(
    task="classification",
    claim=value_of_labels("CB-Focal", (25.43, 20.73, 12.90), (60.40, 54.83, 42.01)),
)
def class_balanced_focal(
    data: Data, *, training: Training = Training(), beta: float = 0.9999, gamma: float = 1.0
) -> Experiment:
    """Class-balanced sigmoid focal loss (Cui et al., CVPR 2019).

    The classifier's bias starts at ``-log(C - 1)`` and has no weight decay, as in the release. The published row
    is a softmax focal loss with the weight inside its probability (`FocalLoss` with ``class_weights``).

    Args:
        data: what to learn.
        training: the common settings.
        beta: of the effective number (released scripts: 0.9999).
        gamma: of the focal factor (released scripts: 1).
    """
    return sigmoid(data, training, beta=beta, gamma=gamma)


def sigmoid(data: Data, training: Training, *, beta: float, gamma: float) -> Experiment:
    """What the sigmoid forms of the class-balanced loss share."""
    classifier = linear_starting_at(1 / max(data.num_classes, 2))

    def loss(now):
        return ClassBalancedSigmoidLoss(now.class_counts, beta=beta, gamma=gamma)

    trained = one_stage(data, training, classifier, loss)
    trains = {"backbone": {}, "classifier": {}, "classifier.linear.bias": {"weight_decay": 0.0}}
    stages = tuple(replace(stage, trains=trains) for stage in trained.stages)
    return replace(trained, stages=stages).answering(effective_number_prior(beta))


@recipe(task="classification", claim=value_of_labels("LDAM", (26.65, 23.18, 13.04), (60.40, 55.03, 43.09)))
def ldam(
    data: Data, *, training: Training = Training(), max_margin: float = 0.5, scale: float = 30.0
) -> Experiment:
    """LDAM: a cosine classifier with a larger margin for a rarer class (Cao et al., NeurIPS 2019).

    The classifier gives ``scale * cosine`` and the loss takes ``scale * margin`` off, which is the paper's formula.
    At inference the margin is gone. The release evaluates bare cosines: the same classes, but no usable
    probabilities. Each class's weights start with length one.

    Args:
        data: what to learn.
        training: the common settings.
        max_margin: margin of the rarest class in cosines (released: 0.5 on CIFAR, 0.3 on iNaturalist).
        scale: factor on cosines and margins (released: 30).
    """

    def classifier(dim: int, classes: int) -> CosineClassifier:
        made = CosineClassifier(dim, classes, tau=scale)
        made.weight.data = unit(made.weight.data)
        return made

    def loss(now):
        return LDAMLoss(now.class_counts, max_margin=scale * max_margin, scale=1.0)

    return one_stage(data, training, classifier, loss)


@recipe(
    task="classification",
    claim=generalized(
        "BLSoftmax",
        ((45.79, 46.27), (37.09, 38.08), (41.32, 41.37)),
        ((72.64, 75.25), (64.07, 68.59), (49.72, 50.65)),
    ),
)
def balanced_softmax(data: Data, *, training: Training = Training()) -> Experiment:
    """Balanced softmax: cross-entropy of logits plus log class counts (Ren et al., NeurIPS 2020).

    Args:
        data: what to learn.
        training: the common settings. The repository's own CIFAR recipe (13,000 iterations, AutoAugment, Cutout) is
            far stronger than that of the other rows, so its numbers stand beside none of them. In the release behind
            the row BLSoftmax of generalized long tails class counts are in another order than classes.
    """
    trained = one_stage(data, training, LinearClassifier, lambda now: BalancedSoftmaxLoss(now.class_counts))
    return trained.answering(uniform)


@recipe(task="classification", claim=logit_adjustment_port(78.6, 44.0))
def logit_adjustment(data: Data, *, training: Training = Training(), tau: float = 1.0) -> Experiment:
    """Logit-adjusted cross-entropy (Menon et al., ICLR 2021, eq. 10); with tau 1 it is balanced softmax.

    Its scores answer for the prior ``pi^(1 - tau)``, uniform with tau 1. For the correction after training see the
    modifier `post_hoc_logit_adjustment`; never use both.

    Args:
        data: what to learn.
        training: the common settings.
        tau: strength (theory: 1; a public port sweeps 0.25 .. 2).
    """

    def loss(now):
        return LogitAdjustedLoss(now.class_counts, tau=tau)

    return one_stage(data, training, LinearClassifier, loss).answering(tempered_prior(1 - tau))


@recipe(task="classification")
def softmax_equalization(
    data: Data, *, training: Training = Training(), threshold: float = 0.01, gamma: float = 0.9
) -> Experiment:
    """Softmax equalization loss: other classes do not push rare ones down (Tan et al., CVPR 2020).

    The scores answer for no exact prior; they are counted as uniform, which the loss aims at.

    Args:
        data: what to learn.
        training: the common settings.
        threshold: a class is rare if its share of the training samples is below it. The paper sets it so that the
            rare classes are the few-shot ones; no value is published for image classification (ours: 0.01).
        gamma: probability that a rare class is left out of the softmax of a sample (paper: around 0.9).
    """

    def loss(now):
        return SoftmaxEqualizationLoss(training_prior(now), threshold=threshold, gamma=gamma)

    return one_stage(data, training, LinearClassifier, loss).answering(uniform)


@recipe(task="classification")
def seesaw(data: Data, *, training: Training = Training(), p: float = 0.8, q: float = 2.0) -> Experiment:
    """Seesaw loss: frequent classes push rare ones less, unless they are confused (Wang et al., CVPR 2021).

    The scores answer for no exact prior; they are counted as uniform, which the loss aims at.

    Args:
        data: what to learn.
        training: the common settings.
        p: strength of the mitigation by class counts (paper: 0.8).
        q: strength of the compensation by wrong scores (paper: 2).
    """

    def loss(now):
        return SeesawLoss(now.class_counts, p=p, q=q)

    return one_stage(data, training, LinearClassifier, loss).answering(uniform)


@recipe(task="classification")
def generalized_cross_entropy(data: Data, *, training: Training = Training(), q: float = 0.7) -> Experiment:
    """Generalized cross-entropy: robust to wrong labels (Zhang, Sabuncu, NeurIPS 2018).

    Args:
        data: what to learn.
        training: the common settings.
        q: towards 0 cross-entropy, 1 half the absolute error (paper: 0.7).
    """
    return one_stage(data, training, LinearClassifier, lambda now: GeneralizedCrossEntropy(q=q))

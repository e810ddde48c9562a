"""Objects in pictures: losses for long tails, each over linear box classifiers."""

import math
from functools import partial

import torch

from counterpoise.classifiers import LinearClassifier
from counterpoise.data.data import DETECTION, Data
from counterpoise.data.objects import Objects
from counterpoise.errors import InputError
from counterpoise.losses import (
    BackgroundFirst,
    EqualizationLoss,
    FederatedLoss,
    FocalLoss,
    GroupSoftmaxLoss,
    LogitAdjustedLoss,
    SeesawLoss,
)
from counterpoise.losses.loss import Loss
from counterpoise.losses.region_sigmoid import RegionSigmoidLoss
from counterpoise.predictors import GroupProbabilities, SigmoidProbabilities
from counterpoise.recipes.answers import tempered_prior, uniform
from counterpoise.recipes.decorators import recipe
from counterpoise.recipes.detection import DETECTION_TRAINING, detected
from counterpoise.recipes.one_stage import linear_starting_at
from counterpoise.recipes.published import lvis
from counterpoise.softmax_groups import group_sizes, groups_by_count
from counterpoise.training.options import Training
from counterpoise.training.stage import Experiment, Late, Now


@recipe(task=DETECTION, claim=lvis("Focal", "v0.5", (21.1, 32.1, 22.6, 3.2, 21.1, 28.3, 22.6)))
def detection_focal(data: Data, *, training: Training = DETECTION_TRAINING, gamma: float = 2.0) -> Experiment:
    """Focal loss over background and categories (table 4, row Focal, for which no configuration is released).

    Args:
        data: what to learn.
        training: the common settings.
        gamma: how fast the factor falls (focal loss paper: 2).
    """
    return detected(data, training, LinearClassifier, lambda now: FocalLoss(gamma=gamma))


@recipe(task=DETECTION)
def detection_seesaw(
    data: Data, *, training: Training = DETECTION_TRAINING, p: float = 0.8, q: float = 2.0
) -> Experiment:
    """Seesaw loss: regions of frequent categories push rare ones less, unless they are confused (Wang et al., 2021).

    One softmax over background and categories, in which the background counts as the mean category (ours); the paper
    has a classifier of its own for the background, and normalised weights.

    Args:
        data: what to learn.
        training: the common settings.
        p: strength of the mitigation by counts (paper: 0.8).
        q: strength of the compensation by wrong scores (paper: 2).
    """

    def loss(now: Now) -> Loss:
        return SeesawLoss(now.class_counts, p=p, q=q)

    return detected(data, training, LinearClassifier, loss).answering(uniform)


@recipe(task=DETECTION)
def detection_logit_adjustment(
    data: Data, *, training: Training = DETECTION_TRAINING, tau: float = 1.0
) -> Experiment:
    """Logit-adjusted cross-entropy of regions (Menon et al., ICLR 2021, eq. 10).

    The background counts as the mean category (ours), so that the balance of objects and background stays as it is.

    Args:
        data: what to learn.
        training: the common settings.
        tau: strength (theory: 1).
    """

    def loss(now: Now) -> Loss:
        return LogitAdjustedLoss(now.class_counts, tau=tau)

    return detected(data, training, LinearClassifier, loss).answering(tempered_prior(1 - tau))


@recipe(task=DETECTION, claim=lvis("EQL", "v0.5", (24.9, 37.9, 26.7, 10.3, 27.3, 27.8, 27.9)))
def detection_equalization(
    data: Data,
    *,
    training: Training = DETECTION_TRAINING,
    threshold: float | None = None,
    start: float = 0.001,
) -> Experiment:
    """Equalization loss: regions of other objects do not push rare categories down (Tan et al., CVPR 2020).

    One sigmoid for each category and none for the background. The row of table 4 is that of its own paper.

    Args:
        data: what to learn.
        training: the common settings.
        threshold: share of the training images below which a category is rare; 0.00177 in paper and release, about 100
            images of LVIS 0.5. None takes the categories that are not frequent, which comes to the same (ours).
        start: probability of every category before training, through the bias (released: 0.001).
    """

    def loss(now: Now) -> RegionSigmoidLoss:
        objects = objects_of(now.data)
        shares = torch.tensor(objects.image_counts) / now.data.facts.split_sizes["train"]
        frequent = [
            share for share, word in zip(shares.tolist(), objects.frequency, strict=True) if word == "f"
        ]
        return EqualizationLoss(
            shares, threshold=min(frequent, default=math.inf) if threshold is None else threshold
        )

    return with_sigmoids(data, training, loss, start)


@recipe(task=DETECTION)
def detection_federated(
    data: Data,
    *,
    training: Training = DETECTION_TRAINING,
    heard: int = 50,
    power: float = 0.5,
    start: float = 0.01,
) -> Experiment:
    """Federated loss: a step hears of the categories of its images and a few others (CenterNet2, Zhou et al., 2021).

    One sigmoid for each category and none for the background; see `FederatedLoss`.

    Args:
        data: what to learn.
        training: the common settings.
        heard: categories in a step (paper: 50).
        power: of the image counts, by which the others are drawn (paper: 0.5).
        start: probability of every category before training, through the bias (released: 0.01).
    """

    def loss(now: Now) -> RegionSigmoidLoss:
        return FederatedLoss(torch.tensor(objects_of(now.data).image_counts), heard=heard, power=power)

    return with_sigmoids(data, training, loss, start)


def with_sigmoids(data: Data, training: Training, loss: Late[RegionSigmoidLoss], start: float) -> Experiment:
    """A detector with one sigmoid for each category, all of which start at a probability."""
    linear = linear_starting_at(start)
    return detected(
        data,
        training,
        lambda dim, outputs: linear(dim, outputs - 1),
        lambda now: BackgroundFirst(loss(now)),
        SigmoidProbabilities,
    )


def objects_of(data: Data) -> Objects:
    """What the facts tell of categories.

    Raises:
        InputError: they tell nothing.
    """
    if data.facts.objects is None:
        raise InputError(
            f"expected facts with categories of objects, but those of {data.facts.name} have none"
        )
    return data.facts.objects


@recipe(task=DETECTION)
def detection_group_softmax(
    data: Data, *, training: Training = DETECTION_TRAINING, others: float = 8.0
) -> Experiment:
    """Balanced group softmax: categories compete with those of similar counts (BAGS, Li et al., CVPR 2020).

    Groups are of categories with below 10 training objects, from 10, from 100 and from 1000. The paper trains the
    classifiers alone, on a detector that is trained already; here everything learns together (ours).

    Args:
        data: what to learn.
        training: the common settings.
        others: regions of other groups for each region of a group (paper: 8).
    """
    groups = groups_by_count(data.class_counts)
    size = sum(group_sizes(groups))
    return detected(
        data,
        training,
        lambda dim, _: LinearClassifier(dim, size),
        lambda now: GroupSoftmaxLoss(groups, others=others),
        partial(GroupProbabilities, groups=groups),
    )

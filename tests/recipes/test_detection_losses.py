"""Losses of detectors on long tails."""

from typing import cast

import pytest
import torch

from counterpoise.classifiers import LinearClassifier
from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.losses import (
    BackgroundFirst,
    EqualizationLoss,
    FederatedLoss,
    GroupSoftmaxLoss,
    LogitAdjustedLoss,
    Loss,
    SeesawLoss,
)
from counterpoise.predictors import GroupProbabilities, SigmoidProbabilities
from counterpoise.recipes import (
    detection_equalization,
    detection_federated,
    detection_group_softmax,
    detection_logit_adjustment,
    detection_seesaw,
)
from counterpoise.steps import Supervise
from counterpoise.training import Experiment, Now, Training
from counterpoise.training.conclusion import trained_predictor

TRAINING = Training(epochs=1, batch_size=8, lr=0.01)


def loss_of(experiment: Experiment) -> Loss:
    now = Now(experiment.data, experiment.net())
    return cast(Supervise, experiment.stages[0].objective(now)["loss"]).loss


def test_sigmoids_have_no_logit_for_the_background(tiny_scenes: Data) -> None:
    experiment = detection_equalization(tiny_scenes, training=TRAINING)
    net = experiment.net()
    (classifier,) = net.classifiers.values()
    assert classifier.num_classes == 4
    assert torch.allclose(cast(LinearClassifier, classifier).bias, torch.tensor(-6.90675))  # pyright: ignore
    (finished,) = trained_predictor(experiment, Now(tiny_scenes, net)).classifiers.values()
    assert isinstance(finished, SigmoidProbabilities)


def test_what_is_not_frequent_is_rare_unless_a_threshold_is_given(tiny_scenes: Data) -> None:
    """Of 16 images 8, 5, 2 and 1 show the categories; the first is frequent."""
    for threshold, rare in ((None, [False, True, True, True]), (0.1, [False, False, False, True])):
        loss = loss_of(detection_equalization(tiny_scenes, training=TRAINING, threshold=threshold))
        assert isinstance(loss, BackgroundFirst)
        assert isinstance(loss.loss, EqualizationLoss)
        assert loss.loss.rare.tolist() == rare


def test_federated_categories_are_drawn_by_their_images(tiny_scenes: Data) -> None:
    loss = loss_of(detection_federated(tiny_scenes, training=TRAINING, heard=3))
    assert isinstance(loss, BackgroundFirst)
    assert isinstance(loss.loss, FederatedLoss)
    assert loss.loss.heard == 3
    assert torch.allclose(loss.loss.log_chances.exp() ** 2, torch.tensor([8.0, 5.0, 2.0, 1.0]))


@pytest.mark.parametrize("start", [0.0, 1.0])
def test_a_start_that_is_no_probability_is_refused(start: float, tiny_scenes: Data) -> None:
    with pytest.raises(InputError, match="start must be a probability between 0 and 1"):
        detection_federated(tiny_scenes, training=TRAINING, start=start)


def test_groups_have_a_softmax_each(tiny_scenes: Data) -> None:
    """All 4 categories have below 10 objects: 2 outputs for background and object, others, and 4."""
    experiment = detection_group_softmax(tiny_scenes, training=TRAINING, others=3.0)
    net, loss = experiment.net(), loss_of(experiment)
    (classifier,) = net.classifiers.values()
    assert classifier.num_classes == 7
    assert isinstance(loss, GroupSoftmaxLoss)
    assert (loss.sizes, loss.others) == ([2, 5], 3.0)
    (finished,) = trained_predictor(experiment, Now(tiny_scenes, net)).classifiers.values()
    assert isinstance(finished, GroupProbabilities)
    assert finished.num_classes == 5


def test_the_background_counts_as_the_mean_category(tiny_scenes: Data) -> None:
    adjusted = loss_of(detection_logit_adjustment(tiny_scenes, training=TRAINING))
    assert isinstance(adjusted, LogitAdjustedLoss)
    counts = torch.tensor([4.0, 8, 5, 2, 1])
    assert torch.allclose(adjusted.adjustment, (counts / 20).log())
    seesaw = loss_of(detection_seesaw(tiny_scenes, training=TRAINING))
    assert isinstance(seesaw, SeesawLoss)
    assert torch.allclose(seesaw.mass, (counts / 8) ** 0.8)


@pytest.mark.parametrize("recipe", [detection_logit_adjustment, detection_seesaw])
def test_what_corrects_counts_answers_for_equal_ones(recipe, tiny_scenes: Data) -> None:
    experiment = recipe(tiny_scenes, training=TRAINING)
    assert experiment.prior(Now(tiny_scenes, experiment.net())).tolist() == pytest.approx([0.2] * 5)

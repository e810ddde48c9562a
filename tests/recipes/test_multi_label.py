"""Recipes for images with any number of labels."""

import math

import pytest
import torch

from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.losses import LabelWeighted, SigmoidEqualizationLoss, SigmoidFocalLoss
from counterpoise.recipes import (
    binary_cross_entropy,
    cross_entropy,
    mixup,
    sigmoid_class_balanced,
    sigmoid_equalization,
    sigmoid_focal,
    tde,
)
from counterpoise.recipes.dry_run import made_up_batch
from counterpoise.steps import Supervise
from counterpoise.training import Experiment, Now, Training
from counterpoise.training.multi_label import LABELS

TRAINING = Training(epochs=2, batch_size=8)


def loss_of(experiment: Experiment):
    step = experiment.stages[0].objective(Now(experiment.data, experiment.net()))["loss"]
    assert isinstance(step, Supervise)
    return step.loss


def test_scores_answer_for_the_share_of_each_class(tiny_labels: Data) -> None:
    experiment = binary_cross_entropy(tiny_labels, training=TRAINING)
    shares = [count / 16 for count in tiny_labels.facts.class_counts]
    assert experiment.prior(Now(tiny_labels, experiment.net())).tolist() == pytest.approx(shares)
    assert experiment.reading is LABELS


@pytest.mark.parametrize(
    ("recipe", "start"),
    [
        (binary_cross_entropy, 0.5),
        (sigmoid_focal, 0.01),
        (sigmoid_class_balanced, 0.25),
        (sigmoid_equalization, 0.5),
    ],
)
def test_the_bias_starts_at_a_probability(recipe, start: float, tiny_labels: Data) -> None:
    bias = recipe(tiny_labels, training=TRAINING).net().classifier.linear.bias
    assert bias.tolist() == pytest.approx([math.log(start / (1 - start))] * 4, abs=1e-5)


def test_options_reach_the_losses(tiny_labels: Data) -> None:
    focal = loss_of(sigmoid_focal(tiny_labels, training=TRAINING, gamma=1.5, alpha=0.4))
    assert isinstance(focal, SigmoidFocalLoss)
    assert (focal.gamma, focal.alpha) == (1.5, 0.4)
    balanced = loss_of(sigmoid_class_balanced(tiny_labels, training=TRAINING, beta=0.0, gamma=0.0))
    assert isinstance(balanced, LabelWeighted)
    assert balanced.weights.tolist() == [1, 1, 1, 1]


def test_rare_are_few_shot_classes_or_those_below_a_threshold(tiny_labels: Data) -> None:
    counts = torch.tensor(tiny_labels.facts.class_counts)
    rare = loss_of(sigmoid_equalization(tiny_labels, training=TRAINING))
    assert isinstance(rare, SigmoidEqualizationLoss)
    assert rare.rare.tolist() == [False, False, False, True], counts
    below = loss_of(sigmoid_equalization(tiny_labels, training=TRAINING, threshold=0.2))
    assert below.rare.tolist() == (counts / 16 < 0.2).tolist()  # pyright: ignore


def test_the_dry_run_has_marks(tiny_labels: Data) -> None:
    experiment = mixup(binary_cross_entropy(tiny_labels, training=TRAINING))
    batch = made_up_batch(Now(tiny_labels, experiment.net()))
    assert batch.targets is not None
    assert (batch.targets.dtype, batch.targets.shape) == (torch.bool, (4, 4))


def test_a_word_of_another_task_names_those_that_fit(tiny: Data, tiny_labels: Data) -> None:
    with pytest.raises(InputError, match=r"recipes for it are binary_cross_entropy, .*sigmoid_focal"):
        cross_entropy(tiny_labels)
    with pytest.raises(InputError, match=r"sigmoid_focal is for multi-label .* are .*cross_entropy, "):
        sigmoid_focal(tiny)
    with pytest.raises(
        InputError, match=r"tde is for classification or detection, .* modifiers for it are .*mixup"
    ):
        tde(binary_cross_entropy(tiny_labels, training=TRAINING))


@pytest.mark.parametrize("start", [0.0, 1.0])
def test_a_certain_start_is_refused(start: float, tiny_labels: Data) -> None:
    with pytest.raises(InputError, match="start must be a probability between 0 and 1"):
        sigmoid_focal(tiny_labels, start=start)

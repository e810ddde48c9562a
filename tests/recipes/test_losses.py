"""What each recipe of a loss trains on, and for which class prior its scores answer."""

import math
from typing import cast

import pytest
import torch
from torch import Tensor

from counterpoise.classifiers import CosineClassifier, LinearClassifier
from counterpoise.data.data import Data
from counterpoise.losses import LDAMLoss
from counterpoise.losses.loss import Loss
from counterpoise.recipes import (
    balanced_softmax,
    class_balanced,
    class_balanced_focal,
    cross_entropy,
    focal,
    ldam,
    logit_adjustment,
    seesaw,
    softmax_equalization,
)
from counterpoise.steps import Supervise
from counterpoise.training import Experiment, Now, Training

COUNTS = (8, 5, 2, 1)
TRAINING = Training(epochs=10, batch_size=8)


def now_of(experiment: Experiment) -> Now:
    return Now(experiment.data, experiment.net())


def loss_of(experiment: Experiment) -> Loss:
    """The loss of the only stage, in the first epoch."""
    (stage,) = experiment.stages
    return cast(Supervise, stage.objective(now_of(experiment))["loss"]).loss


def prior_of(experiment: Experiment) -> list[float]:
    return experiment.prior(now_of(experiment)).tolist()


@pytest.fixture
def logits() -> Tensor:
    return torch.randn(6, 4, generator=torch.Generator().manual_seed(0))


TARGETS = torch.tensor([0, 1, 2, 3, 0, 2])


def test_the_losses_read_the_counts_of_the_training_data(tiny: Data, logits: Tensor) -> None:
    assert tuple(tiny.facts.class_counts) == COUNTS
    adjusted = logits + torch.tensor(COUNTS).log()
    expected = torch.nn.functional.cross_entropy(adjusted, TARGETS)
    torch.testing.assert_close(loss_of(balanced_softmax(tiny))(logits, TARGETS), expected)
    torch.testing.assert_close(loss_of(logit_adjustment(tiny))(logits, TARGETS), expected)


def test_class_balanced_is_a_weighted_mean(tiny: Data, logits: Tensor) -> None:
    beta = 0.9
    weights = torch.tensor([(1 - beta) / (1 - beta**n) for n in COUNTS])
    expected = torch.nn.functional.cross_entropy(logits, TARGETS, weight=weights)
    torch.testing.assert_close(loss_of(class_balanced(tiny, beta=beta))(logits, TARGETS), expected)


def test_ldam_over_scaled_cosines_is_the_formula_over_cosines(tiny: Data, logits: Tensor) -> None:
    cosines = logits.tanh()
    formula = LDAMLoss(torch.tensor(COUNTS), max_margin=0.4, scale=20.0)
    built = ldam(tiny, max_margin=0.4, scale=20.0)
    torch.testing.assert_close(loss_of(built)(20 * cosines, TARGETS), formula(cosines, TARGETS))
    classifier = built.net().classifier
    assert isinstance(classifier, CosineClassifier)
    assert classifier.tau == 20
    torch.testing.assert_close(classifier.weight.norm(dim=1), torch.ones(4))


def test_the_sigmoid_recipe_starts_at_the_prior_one_over_c(tiny: Data) -> None:
    experiment = class_balanced_focal(tiny)
    classifier = experiment.net().classifier
    assert isinstance(classifier, LinearClassifier)
    assert classifier.linear.bias.tolist() == pytest.approx([-math.log(3)] * 4)
    (stage,) = experiment.stages
    assert stage.trains["classifier.linear.bias"] == {"weight_decay": 0.0}


@pytest.mark.parametrize(
    ("recipe", "prior"),
    [
        (cross_entropy, [8 / 16, 5 / 16, 2 / 16, 1 / 16]),
        (focal, [8 / 16, 5 / 16, 2 / 16, 1 / 16]),
        (ldam, [8 / 16, 5 / 16, 2 / 16, 1 / 16]),
        (balanced_softmax, [0.25] * 4),
        (logit_adjustment, [0.25] * 4),
        (seesaw, [0.25] * 4),
        (softmax_equalization, [0.25] * 4),
    ],
)
def test_scores_answer_for(recipe, prior: list[float], tiny: Data) -> None:
    assert prior_of(recipe(tiny)) == pytest.approx(prior)


def test_half_an_adjustment_answers_for_half_the_tail(tiny: Data) -> None:
    roots = [math.sqrt(n) for n in COUNTS]
    expected = [root / sum(roots) for root in roots]
    assert prior_of(logit_adjustment(tiny, tau=0.5)) == pytest.approx(expected)


def test_weights_of_the_effective_number_answer_for_the_weighted_prior(tiny: Data) -> None:
    beta = 0.9
    masses = [n * (1 - beta) / (1 - beta**n) for n in COUNTS]
    expected = [mass / sum(masses) for mass in masses]
    assert prior_of(class_balanced(tiny, beta=beta)) == pytest.approx(expected)

"""A temperature is found again, changes no answer, and stays 1 where nothing can be fitted."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from counterpoise.classifiers import CosineClassifier, LinearClassifier
from counterpoise.classifiers.normalized import Normalizing
from counterpoise.errors import InputError
from counterpoise.net import Classifier
from counterpoise.predictors import Calibrated, Tempered, TotalDirectEffect
from counterpoise.predictors.tempered import best_temperature

UNIFORM = torch.full((3,), 1 / 3)


class AsItIs(Classifier):
    """Features that are logits."""

    def __init__(self, classes: int = 3) -> None:
        super().__init__()
        self.dim = self.num_classes = classes

    def forward(self, features: Tensor) -> Tensor:
        return features


def drawn(rows: int, prior: Tensor, scale: float) -> tuple[Tensor, Tensor]:
    """Logits that are ``scale`` times those of the true posterior under a prior, and labels."""
    targets = torch.multinomial(prior, rows, replacement=True)
    seen = torch.randn(rows, 3, dtype=torch.float64) + 1.5 * F.one_hot(targets, 3)
    return scale * (1.5 * seen + prior.double().log()), targets


@pytest.mark.parametrize("scale", [0.2, 1.0, 6.0])
def test_a_known_scale_is_found_again(scale: float) -> None:
    logits, targets = drawn(20_000, UNIFORM, scale)
    tempered = Tempered(AsItIs(), temperature=None, prior=UNIFORM)
    sentence = tempered.calibrate(logits, targets)
    assert tempered.temperature.item() == pytest.approx(scale, rel=0.05)
    assert sentence.startswith(
        f"temperature {tempered.temperature.item():.2f} fitted on 20000 validation images ("
    )


def uneven(rows: int, prior: Tensor) -> tuple[Tensor, Tensor]:
    """Scores that know the first class well and are too sure of the others; labels of a class mix."""
    targets = torch.multinomial(prior, rows, replacement=True)
    strength = torch.tensor([4.0, 0.5, 0.5]).double()[targets].unsqueeze(1)
    return 2 * (torch.randn(rows, 3, dtype=torch.float64) + strength * F.one_hot(targets, 3)), targets


def test_labels_of_another_class_mix_are_weighed() -> None:
    """The labels are drawn like the training data, the probabilities are to be honest for equally likely classes."""
    balanced, tailed, blind = (Tempered(AsItIs(), temperature=None, prior=UNIFORM) for _ in range(3))
    balanced.calibrate(*uneven(40_000, UNIFORM))
    tailed.calibrate(*uneven(40_000, torch.tensor([0.9, 0.07, 0.03])))
    assert tailed.temperature.item() == pytest.approx(balanced.temperature.item(), rel=0.05)
    blind.prior = torch.tensor([0.9, 0.07, 0.03])
    blind.calibrate(*uneven(40_000, blind.prior))
    assert blind.temperature < 0.8 * balanced.temperature, "the weights must matter in this example"


def test_the_fit_is_the_least_of_a_fine_grid() -> None:
    logits, targets = drawn(300, UNIFORM, 2.0)
    weights = torch.rand(300) + 0.1
    grid = torch.logspace(-2, 2, 4001, dtype=torch.float64)
    losses = [(weights * F.cross_entropy(logits / t, targets, reduction="none")).sum().item() for t in grid]
    best = grid[losses.index(min(losses))].item()
    assert best_temperature(logits, targets, weights) == pytest.approx(best, rel=3e-3)


@pytest.mark.parametrize("temperature", [0.01, 0.5, 3.0, 100.0])
def test_no_answer_changes_and_probabilities_are_those_of_divided_logits(temperature: float) -> None:
    inner, features = LinearClassifier(5, 3), torch.randn(200, 5)
    tempered = Tempered(inner, temperature=temperature, prior=UNIFORM)
    assert torch.equal(tempered(features).argmax(dim=1), inner(features).argmax(dim=1))
    assert_close(tempered(features), inner(features) / temperature)


def test_always_wrong_scores_end_at_the_hottest_temperature() -> None:
    logits, targets = drawn(500, UNIFORM, 1.0)
    tempered = Tempered(AsItIs(), temperature=None, prior=UNIFORM)
    tempered.calibrate(-logits, targets)
    assert tempered.temperature.item() == pytest.approx(100, rel=0.01)


def test_it_stays_one_where_nothing_can_be_fitted() -> None:
    logits, targets = drawn(400, UNIFORM, 5.0)
    right = logits.argmax(dim=1) == targets
    for rows, labels, said in (
        (logits, None, "temperature 1 (no validation split)"),
        (logits[:9], targets[:9], "temperature 1 (9 validation images are too few to fit one)"),
        (logits[:0], targets[:0], "temperature 1 (0 validation images are too few to fit one)"),
        (logits[right], targets[right], "validation images are right, which none fits best)"),
    ):
        tempered = Tempered(AsItIs(), temperature=None, prior=UNIFORM)
        assert said in tempered.calibrate(rows, labels)
        assert tempered.temperature == 1


def test_absent_and_impossible_classes_are_left_out() -> None:
    logits, targets = drawn(4000, UNIFORM, 2.0)
    two = targets != 2
    blind = torch.cat([logits, torch.full((4000, 1), -torch.inf)], dim=1)
    tempered = Tempered(AsItIs(4), temperature=None, prior=torch.ones(4))
    tempered.calibrate(blind[two], targets[two])
    assert tempered.temperature.isfinite()
    labels = torch.where(torch.arange(4000) < 5, 3, targets)
    assert "fitted on 3995 validation images" in tempered.calibrate(blind, labels)
    assert tempered.temperature.item() == pytest.approx(2, rel=0.15)


def test_a_given_temperature_stays() -> None:
    tempered = Tempered(AsItIs(), temperature=2.5, prior=UNIFORM)
    assert tempered.calibrate(*drawn(100, UNIFORM, 1.0)) == "temperature 2.5, as given"
    assert tempered.temperature == 2.5
    assert isinstance(tempered, Calibrated)


def test_a_total_direct_effect_goes_over_it() -> None:
    inner, features, direction = CosineClassifier(6, 3, groups=2), torch.randn(9, 6), torch.rand(6)
    over = TotalDirectEffect(Tempered(inner, temperature=2.0, prior=UNIFORM), direction, alpha=1.5)
    assert_close(over(features), TotalDirectEffect(inner, direction, alpha=1.5)(features) / 2)
    assert not isinstance(Tempered(LinearClassifier(6, 3), temperature=2.0, prior=UNIFORM), Normalizing)


def test_a_prior_of_another_length_is_refused() -> None:
    with pytest.raises(InputError, match="a class prior must hold 3 weights from 0"):
        Tempered(AsItIs(), temperature=None, prior=torch.ones(4))


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_a_temperature_that_is_none_is_refused(temperature: float) -> None:
    with pytest.raises(InputError, match="temperature must be above 0"):
        Tempered(LinearClassifier(4, 3), temperature=temperature, prior=torch.ones(3) / 3)

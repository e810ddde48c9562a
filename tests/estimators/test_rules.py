import pytest
import torch

from counterpoise.classifiers import DeconfoundedClassifier, LinearClassifier
from counterpoise.estimators.rules import alpha_hits, answering, best_alpha, best_temperature, ruled_alpha
from counterpoise.predictors import TotalDirectEffect
from counterpoise.predictors.total_direct_effect import ALPHA_GRID


def floats(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def test_the_prior_is_moved_after_the_temperature() -> None:
    classifier, x = LinearClassifier(3, 2), floats(4, 3)
    answered, wanted = torch.tensor([3.0, 1.0]).double(), torch.tensor([1.0, 1.0]).double()
    found = answering(classifier, temperature=2.0, answered=answered, wanted=wanted)(x)
    expected = classifier(x) / 2 + (torch.tensor([0.5, 0.5]) / torch.tensor([0.75, 0.25])).log()
    assert torch.allclose(found, expected)
    kept = answering(classifier, temperature=2.0, answered=answered, wanted=None)
    assert torch.allclose(kept(x), classifier(x) / 2)
    assert classifier.weight.dtype == torch.float32


def test_scores_that_are_too_sure_are_cooled() -> None:
    targets = torch.arange(60) % 2
    logits = torch.zeros(60, 2).scatter_(1, targets.unsqueeze(1), 20.0)
    logits[::6] = logits[::6].flip(1)
    identity = LinearClassifier(2, 2, bias=False)
    identity.linear.weight.data = torch.eye(2)
    temperature = best_temperature(identity, logits, targets, torch.ones(2).double())
    assert temperature == pytest.approx(20 / torch.tensor(5.0).log().item(), rel=1e-3)


def test_hits_of_every_alpha_choose_the_best() -> None:
    effect = TotalDirectEffect(DeconfoundedClassifier(4, 3), floats(4), alpha=None)
    features, targets = floats(30, 4), torch.arange(30) % 3
    hits, seen = alpha_hits(effect, features, targets)
    scores = effect.accuracies(features, targets, ALPHA_GRID)
    assert torch.allclose((hits / seen).mean(dim=1), scores)
    effect.calibrate(features, targets)
    assert best_alpha(hits, seen) == pytest.approx(effect.alpha.item())
    assert best_alpha(hits, torch.tensor([10.0, 0.0, 0.0]).double()) >= 0


def test_the_rule_of_the_authors() -> None:
    effect = TotalDirectEffect(DeconfoundedClassifier(4, 3), torch.ones(4), alpha=None)
    assert ruled_alpha(effect, torch.ones(5, 4)) == pytest.approx(1.0)

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.classifiers import CapsuleClassifier, CosineClassifier


def looped(features: Tensor, weight: Tensor, *, groups: int, tau: float) -> Tensor:
    size = features.shape[1] // groups
    logits = torch.zeros(len(features), len(weight), dtype=torch.float64)
    for b, x in enumerate(features):
        for c, w in enumerate(weight):
            for k in range(groups):
                x_k, w_k = x[k * size : (k + 1) * size], w[k * size : (k + 1) * size]
                logits[b, c] += tau / groups * (x_k @ w_k) / ((1 + x_k.norm()) * w_k.norm())
    return logits


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_logits_are_those_of_a_loop(groups: int) -> None:
    torch.manual_seed(groups)
    classifier = CapsuleClassifier(8, 5, groups=groups, tau=7.5).double()
    features = torch.randn(6, 8, dtype=torch.float64)
    wanted = looped(features, classifier.weight.detach(), groups=groups, tau=7.5)
    assert_close(classifier(features).detach(), wanted, rtol=1e-12, atol=1e-13)


def test_long_features_score_as_with_the_cosine_classifier() -> None:
    capsule, cosine = CapsuleClassifier(8, 5).double(), CosineClassifier(8, 5).double()
    cosine.load_state_dict(capsule.state_dict())
    features = 1e9 * torch.randn(6, 8, dtype=torch.float64)
    assert_close(capsule(features), cosine(features), rtol=1e-6, atol=1e-6)


def test_short_features_are_unsure() -> None:
    classifier = CapsuleClassifier(8, 5)
    assert classifier(1e-4 * torch.ones(1, 8)).abs().max() < 0.01

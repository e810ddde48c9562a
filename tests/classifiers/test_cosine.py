import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from counterpoise.classifiers import CosineClassifier


def looped(features: Tensor, weight: Tensor, *, groups: int, tau: float) -> Tensor:
    size = features.shape[1] // groups
    logits = torch.zeros(len(features), len(weight), dtype=torch.float64)
    for b, x in enumerate(features):
        for c, w in enumerate(weight):
            for k in range(groups):
                x_k, w_k = x[k * size : (k + 1) * size], w[k * size : (k + 1) * size]
                logits[b, c] += tau / groups * (x_k @ w_k) / (x_k.norm() * w_k.norm())
    return logits


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_logits_are_those_of_a_loop(groups: int) -> None:
    torch.manual_seed(groups)
    classifier = CosineClassifier(8, 5, groups=groups, tau=7.5).double()
    features = torch.randn(6, 8, dtype=torch.float64)
    wanted = looped(features, classifier.weight.detach(), groups=groups, tau=7.5)
    assert_close(classifier(features).detach(), wanted, rtol=1e-12, atol=1e-13)


def test_one_group_is_tau_times_the_cosine() -> None:
    classifier = CosineClassifier(8, 5).double()
    features = torch.randn(6, 8, dtype=torch.float64)
    wanted = 16 * F.cosine_similarity(features[:, None], classifier.weight[None], dim=-1)
    assert_close(classifier(features), wanted, rtol=1e-12, atol=1e-13)


def test_the_length_of_a_weight_does_not_matter() -> None:
    classifier, features = CosineClassifier(8, 5, groups=2).double(), torch.randn(6, 8, dtype=torch.float64)
    before = classifier(features)
    with torch.no_grad():
        classifier.weight.mul_(torch.tensor([[0.1], [3.0], [50.0], [1.0], [2.0]], dtype=torch.float64))
    assert_close(classifier(features), before, rtol=1e-12, atol=1e-13)


def test_a_zero_weight_scores_zero_and_keeps_a_finite_gradient() -> None:
    classifier = CosineClassifier(8, 5, groups=2)
    with torch.no_grad():
        classifier.weight[1].zero_()
    logits = classifier(torch.randn(6, 8))
    assert logits[:, 1].count_nonzero() == 0
    logits.sum().backward()
    assert classifier.weight.grad is not None
    assert classifier.weight.grad.isfinite().all()

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.classifiers import CosineClassifier, DeconfoundedClassifier
from counterpoise.errors import InputError


def looped(features: Tensor, weight: Tensor, *, groups: int, tau: float, gamma: float) -> Tensor:
    size = features.shape[1] // groups
    logits = torch.zeros(len(features), len(weight), dtype=torch.float64)
    for b, x in enumerate(features):
        for c, w in enumerate(weight):
            for k in range(groups):
                x_k, w_k = x[k * size : (k + 1) * size], w[k * size : (k + 1) * size]
                logits[b, c] += tau / groups * (x_k @ w_k) / ((w_k.norm() + gamma) * x_k.norm())
    return logits


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("gamma", [0.0, 1 / 32, 3.0])
def test_logits_are_those_of_a_loop(groups: int, gamma: float) -> None:
    torch.manual_seed(groups)
    classifier = DeconfoundedClassifier(8, 5, groups=groups, tau=7.5, gamma=gamma).double()
    features = torch.randn(6, 8, dtype=torch.float64)
    wanted = looped(features, classifier.weight.detach(), groups=groups, tau=7.5, gamma=gamma)
    assert_close(classifier(features).detach(), wanted, rtol=1e-12, atol=1e-13)


def test_the_defaults_are_those_of_the_paper() -> None:
    classifier = DeconfoundedClassifier(8, 5)
    assert (classifier.groups, classifier.tau, classifier.gamma) == (2, 16.0, 1 / 32)


@pytest.mark.parametrize("groups", [1, 2])
def test_gamma_zero_is_the_cosine_classifier(groups: int) -> None:
    deconfounded = DeconfoundedClassifier(8, 5, groups=groups, gamma=0.0).double()
    cosine = CosineClassifier(8, 5, groups=groups).double()
    cosine.load_state_dict(deconfounded.state_dict())
    features = torch.randn(6, 8, dtype=torch.float64)
    assert torch.equal(deconfounded(features), cosine(features))


@pytest.mark.parametrize("gamma", [0.0, 1 / 32])
def test_a_zero_weight_scores_zero_and_keeps_a_finite_gradient(gamma: float) -> None:
    classifier = DeconfoundedClassifier(8, 5, gamma=gamma)
    with torch.no_grad():
        classifier.weight[1].zero_()
    logits = classifier(torch.randn(6, 8))
    assert logits[:, 1].count_nonzero() == 0
    logits.sum().backward()
    assert classifier.weight.grad is not None
    assert classifier.weight.grad.isfinite().all()


def test_a_larger_gamma_tempers_short_weights_more() -> None:
    classifier = DeconfoundedClassifier(2, 2, groups=1, gamma=1.0)
    classifier.load_state_dict({"weight": torch.tensor([[1.0, 0.0], [9.0, 0.0]])})
    assert_close(classifier(torch.tensor([[1.0, 0.0]])), torch.tensor([[16 * 0.5, 16 * 0.9]]))


@pytest.mark.parametrize("gamma", [-0.1, float("nan")])
def test_a_gamma_that_makes_no_sense_is_refused(gamma: float) -> None:
    with pytest.raises(InputError, match=f"gamma must not be negative, but {gamma} came"):
        DeconfoundedClassifier(8, 5, gamma=gamma)

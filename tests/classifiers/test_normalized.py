"""What the three normalising classifiers have in common."""

import math

import pytest
import torch
from torch.testing import assert_close

from counterpoise.classifiers import (
    CapsuleClassifier,
    CosineClassifier,
    DeconfoundedClassifier,
    LinearClassifier,
    NormalizedClassifier,
    Normalizing,
)
from counterpoise.errors import InputError

KINDS = [CosineClassifier, CapsuleClassifier, DeconfoundedClassifier]
every_kind = pytest.mark.parametrize("kind", KINDS)
Kind = type[CosineClassifier] | type[CapsuleClassifier] | type[DeconfoundedClassifier]


@every_kind
def test_they_have_the_ability_to_normalise(kind: Kind) -> None:
    assert isinstance(kind(4, 3), Normalizing)


def test_the_linear_classifier_has_it_not() -> None:
    assert not isinstance(LinearClassifier(4, 3), Normalizing)


@every_kind
def test_logits_are_the_projection_of_the_normalised_features(kind: Kind) -> None:
    classifier, features = kind(12, 5, groups=3), torch.randn(7, 12)
    assert classifier.normalize(features).shape == (7, 3, 4)
    assert torch.equal(classifier(features), classifier.project(classifier.normalize(features)))


@every_kind
def test_the_projection_is_linear_and_takes_any_leading_shape(kind: Kind) -> None:
    classifier = kind(12, 5, groups=3).double()
    some, others = torch.randn(2, 2, 7, 3, 4, dtype=torch.float64)
    wanted = 2 * classifier.project(some) - classifier.project(others)
    assert wanted.shape == (2, 7, 5)
    assert_close(classifier.project(2 * some - others), wanted, rtol=1e-12, atol=1e-12)


@every_kind
def test_permuted_classes_give_permuted_logits(kind: Kind) -> None:
    classifier, features, order = kind(12, 5, groups=2), torch.randn(7, 12), torch.tensor([3, 0, 4, 1, 2])
    wanted = classifier(features)[:, order]
    with torch.no_grad():
        classifier.weight.copy_(classifier.weight[order])
    assert_close(classifier(features), wanted)


@pytest.mark.parametrize("kind", [CosineClassifier, DeconfoundedClassifier])
def test_the_length_of_the_features_does_not_matter(kind: Kind) -> None:
    classifier, features = kind(12, 5, groups=2).double(), torch.randn(7, 12, dtype=torch.float64)
    lengths = torch.logspace(-6, 6, 7, dtype=torch.float64).unsqueeze(1)
    assert_close(classifier(lengths * features), classifier(features), rtol=1e-12, atol=1e-12)


@every_kind
def test_no_logit_exceeds_tau(kind: Kind) -> None:
    classifier = kind(12, 5, groups=2, tau=4.0)
    assert classifier(100 * classifier.weight).abs().max() <= 4.0 + 1e-5


@every_kind
def test_zero_features_give_zero_logits_and_finite_gradients(kind: Kind) -> None:
    classifier = kind(12, 5, groups=2)
    features = torch.randn(4, 12)
    features[0], features[1, :6] = 0, 0
    features.requires_grad_()
    logits = classifier(features)
    assert logits[0].count_nonzero() == 0
    assert logits.isfinite().all()
    for gradient in torch.autograd.grad(logits.square().sum(), [features, classifier.weight]):
        assert gradient.isfinite().all()


@every_kind
def test_gradients_are_those_of_the_formula(kind: Kind) -> None:
    classifier = kind(6, 3, groups=2).double()
    features = torch.randn(4, 6, dtype=torch.float64, requires_grad=True)

    def scored(features: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(classifier, {"weight": weight}, features)

    assert torch.autograd.gradcheck(scored, (features, classifier.weight))


@every_kind
def test_an_empty_batch_gives_no_logits(kind: Kind) -> None:
    classifier = kind(12, 5, groups=2)
    features = torch.empty(0, 12, requires_grad=True)
    logits = classifier(features)
    assert logits.shape == (0, 5)
    logits.sum().backward()
    assert classifier.weight.grad is not None
    assert classifier.weight.grad.count_nonzero() == 0


@every_kind
def test_training_and_inference_are_the_same(kind: Kind) -> None:
    classifier, features = kind(12, 5, groups=2), torch.randn(7, 12)
    assert torch.equal(classifier.train()(features), classifier.eval()(features))


@every_kind
def test_weights_start_uniform_within_one_over_the_root_of_the_whole_dim(kind: Kind) -> None:
    torch.manual_seed(0)
    weight, bound = kind(64, 500, groups=4).weight, 1 / math.sqrt(64)
    assert 0.99 * bound < weight.abs().max() <= bound
    assert abs(weight.std().item() * math.sqrt(3) / bound - 1) < 0.02
    assert abs(weight.mean().item()) < 0.01 * bound


@every_kind
def test_fresh_weights_differ(kind: Kind) -> None:
    classifier = kind(12, 5)
    before = classifier.weight.clone()
    classifier.reset_parameters()
    assert not torch.equal(classifier.weight, before)


@every_kind
def test_groups_that_do_not_divide_are_refused_with_both_numbers(kind: Kind) -> None:
    with pytest.raises(InputError, match="groups=5 for 12 features"):
        kind(12, 5, groups=5)


@every_kind
@pytest.mark.parametrize("tau", [0.0, -16.0, float("nan")])
def test_a_tau_that_is_not_positive_is_refused(kind: Kind, tau: float) -> None:
    with pytest.raises(InputError, match=f"tau must be positive, but {tau} came"):
        kind(12, 5, tau=tau)


@every_kind
def test_bfloat16_autocast_stays_close(kind: Kind) -> None:
    classifier, features = kind(12, 5, groups=2), torch.randn(7, 12)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = classifier(features)
    assert logits.isfinite().all()
    assert_close(logits.float(), classifier(features), rtol=0.05, atol=0.1)


@every_kind
def test_bfloat16_weights_and_features_stay_close(kind: Kind) -> None:
    classifier, features = kind(12, 5, groups=2), torch.randn(7, 12)
    wanted = classifier(features)
    logits = classifier.bfloat16()(features.bfloat16())
    assert logits.dtype == torch.bfloat16
    assert_close(logits.float(), wanted, rtol=0.05, atol=0.1)


def test_the_common_form_alone_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="normalized_weight"):
        NormalizedClassifier(12, 5, groups=2, tau=16.0)  # pyright: ignore[reportAbstractUsage]

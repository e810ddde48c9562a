import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.classifiers import CosineClassifier, DeconfoundedClassifier, LinearClassifier
from counterpoise.errors import InputError
from counterpoise.predictors import (
    BackgroundExempted,
    GroupProbabilities,
    SigmoidProbabilities,
    SoftmaxProbabilities,
    TotalDirectEffect,
    background_exempted,
)

DIM, CATEGORIES = 6, 4


@pytest.fixture
def features() -> Tensor:
    return torch.randn(5, DIM, dtype=torch.float64)


def test_a_softmax_is_over_background_and_categories(features: Tensor) -> None:
    classifier = LinearClassifier(DIM, CATEGORIES + 1).double()
    finished = SoftmaxProbabilities(classifier)
    assert torch.equal(finished(features), classifier(features).softmax(dim=1))
    assert (finished.dim, finished.num_classes) == (DIM, CATEGORIES + 1)


def test_sigmoids_have_no_background(features: Tensor) -> None:
    classifier = LinearClassifier(DIM, CATEGORIES).double()
    finished = SigmoidProbabilities(classifier)
    found = finished(features)
    assert found.shape == (5, finished.num_classes) == (5, CATEGORIES + 1)
    assert not found[:, 0].any()
    assert torch.equal(found[:, 1:], classifier(features).sigmoid())


def test_groups_are_merged_by_the_probability_of_an_object(features: Tensor) -> None:
    """Groups {1, 3} and {0, 2}: outputs are 2 of all, others and 2 of the first group, others and 2 of the second."""
    classifier = LinearClassifier(DIM, 8).double()
    finished = GroupProbabilities(classifier, torch.tensor([1, 0, 1, 0]))
    logits, found = classifier(features), finished(features)
    objectness, first, second = (part.softmax(dim=1) for part in logits.split([2, 3, 3], dim=1))
    assert finished.num_classes == CATEGORIES + 1
    assert torch.equal(found[:, 0], objectness[:, 0])
    wanted = [second[:, 1], first[:, 1], second[:, 2], first[:, 2]]
    assert torch.equal(found[:, 1:], torch.stack(wanted, dim=1) * objectness[:, 1:])


def test_the_background_is_exempted_from_the_direct_effect(features: Tensor) -> None:
    classifier = DeconfoundedClassifier(DIM, CATEGORIES + 1).double()
    effect = TotalDirectEffect(classifier, torch.rand(DIM).double(), alpha=1.5)
    wanted = background_exempted(classifier(features), effect(features), background=0)
    assert_close(BackgroundExempted(effect)(features), wanted, rtol=1e-10, atol=1e-14)


def test_exemption_follows_the_strength_of_the_effect(features: Tensor) -> None:
    classifier = CosineClassifier(DIM, CATEGORIES + 1, groups=2).double()
    exempted = BackgroundExempted(TotalDirectEffect(classifier, torch.rand(DIM).double(), alpha=1.5))
    exempted.classifier.alpha.fill_(0)
    assert_close(exempted(features), classifier(features).softmax(dim=1), rtol=1e-6, atol=1e-9)


def test_without_a_total_direct_effect_there_is_nothing_to_be_exempted_from() -> None:
    with pytest.raises(InputError, match="put tde before background_exemption"):
        BackgroundExempted(LinearClassifier(DIM, CATEGORIES))

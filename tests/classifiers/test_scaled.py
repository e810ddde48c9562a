import copy

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from counterpoise.classifiers import (
    CapsuleClassifier,
    CosineClassifier,
    DeconfoundedClassifier,
    LinearClassifier,
    Normalizing,
    ScaledClassifier,
)
from counterpoise.errors import InputError
from counterpoise.predictors import TauNormalized, TotalDirectEffect

SCALES = torch.tensor([0.5, 2.0, 1.0, 3.0], dtype=torch.float64)


def features(rows: int = 5) -> Tensor:
    return torch.randn(rows, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def scaled(kind: type = LinearClassifier) -> ScaledClassifier:
    torch.manual_seed(0)
    classifier = ScaledClassifier(kind(6, 4).double())
    with torch.no_grad():
        classifier.scale.copy_(SCALES)
    return classifier


def test_logits_are_those_of_a_loop() -> None:
    classifier = scaled()
    weight, bias = classifier.classifier.weight.tolist(), classifier.classifier.bias.tolist()
    looped = [
        [
            scale * (sum(u * v for u, v in zip(w, x, strict=True)) + b)
            for scale, w, b in zip(SCALES.tolist(), weight, bias, strict=True)
        ]
        for x in features().tolist()
    ]
    assert_close(classifier(features()), torch.tensor(looped, dtype=torch.float64), rtol=1e-12, atol=1e-14)


def test_it_starts_as_the_classifier_that_it_wraps() -> None:
    inside = LinearClassifier(6, 4).double()
    classifier = ScaledClassifier(inside)
    assert torch.equal(classifier(features()), inside(features()))
    assert classifier.scale.dtype == torch.float64


def test_only_the_scales_are_trained_and_features_still_get_a_gradient() -> None:
    classifier, inputs = scaled(), features().requires_grad_()
    assert [name for name, p in classifier.named_parameters() if p.requires_grad] == ["scale"]
    F.cross_entropy(classifier(inputs), torch.arange(5) % 4).backward()
    assert classifier.scale.grad is not None and classifier.scale.grad.count_nonzero() == 4
    assert inputs.grad is not None and inputs.grad.count_nonzero() > 0
    assert classifier.classifier.weight.grad is None


def test_fresh_scales_are_one() -> None:
    classifier = scaled()
    classifier.reset_parameters()
    assert classifier.scale.tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("kind", [CosineClassifier, CapsuleClassifier, DeconfoundedClassifier])
def test_over_a_normalising_classifier_it_normalises_too(kind: type) -> None:
    classifier = scaled(kind)
    assert isinstance(classifier, Normalizing)
    logits = classifier.project(classifier.normalize(features()))
    assert_close(logits, classifier(features()), rtol=1e-12, atol=1e-14)
    direction = features(1).flatten()
    effect = TotalDirectEffect(classifier, direction, alpha=1.5)
    inside = TotalDirectEffect(classifier.classifier, direction, alpha=1.5)
    assert_close(effect(features()), SCALES * inside(features()), rtol=1e-12, atol=1e-14)
    assert_close(effect.folded()(features()), effect(features()), rtol=1e-10, atol=1e-12)


def test_a_copy_projects_with_its_own_scales() -> None:
    classifier = scaled(CosineClassifier)
    copied = copy.deepcopy(classifier)
    before = copied.project(copied.normalize(features()))
    with torch.no_grad():
        classifier.scale.mul_(2)
        classifier.classifier.weight.neg_()
    assert torch.equal(copied.project(copied.normalize(features())), before)


def test_over_a_linear_classifier_it_does_not_normalise() -> None:
    classifier = scaled()
    assert not isinstance(classifier, Normalizing)
    with pytest.raises(InputError, match=r"but ScaledClassifier does not"):
        TotalDirectEffect(classifier, torch.ones(6), alpha=1.0)
    with pytest.raises(InputError, match=r"those of ScaledClassifier are not linear"):
        TauNormalized(classifier, tau=1.0)


def test_an_empty_batch_gives_no_logits() -> None:
    assert scaled()(features(0)).shape == (0, 4)

import pytest
import torch

from counterpoise.classifiers import (
    CapsuleClassifier,
    Classifier,
    CosineClassifier,
    DeconfoundedClassifier,
    LinearClassifier,
    Normalizing,
)


@pytest.mark.parametrize("kind", [CosineClassifier, CapsuleClassifier, DeconfoundedClassifier])
def test_the_normalising_classifiers_have_the_ability(kind: type[Classifier]) -> None:
    assert isinstance(kind(4, 3), Normalizing)


def test_the_linear_classifier_has_it_not() -> None:
    assert not isinstance(LinearClassifier(4, 3), Normalizing)


def test_the_loss_consumes_the_logits() -> None:
    classifier, features = LinearClassifier(4, 3), torch.randn(5, 4)
    assert torch.equal(classifier.outputs(features), classifier(features))


def test_a_classifier_without_forward_cannot_be_made() -> None:
    class Nothing(Classifier):
        pass

    with pytest.raises(TypeError, match="forward"):
        Nothing()

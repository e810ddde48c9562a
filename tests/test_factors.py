import pytest
import torch

from counterpoise.classifiers import (
    CapsuleClassifier,
    CosineClassifier,
    DeconfoundedClassifier,
    LinearClassifier,
    SoftplusClassifier,
)
from counterpoise.errors import InputError
from counterpoise.factors import factored
from counterpoise.net import Classifier

CLASSIFIERS = [
    LinearClassifier(6, 9),
    LinearClassifier(6, 9, bias=False),
    CosineClassifier(6, 9, groups=3),
    CapsuleClassifier(6, 9, groups=2),
    DeconfoundedClassifier(6, 9),
]


@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=lambda one: type(one).__name__)
def test_the_product_of_the_factors_is_the_logits(classifier: Classifier) -> None:
    features = 3 * torch.randn(5, 6)
    factors = factored(classifier).factors(features)
    assert (factors.features.shape, factors.weight.shape) == ((5, 6), (9, 6))
    torch.testing.assert_close(factors.logits(), classifier(features))


def test_a_classifier_without_a_product_is_refused() -> None:
    with pytest.raises(InputError, match="but SoftplusClassifier has none; leave chunked_logits out"):
        factored(SoftplusClassifier(6, 9))

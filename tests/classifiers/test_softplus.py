import pytest
import torch
from torch.testing import assert_close

from counterpoise.classifiers import SoftplusClassifier
from counterpoise.errors import InputError


def test_logits_are_those_of_the_formula() -> None:
    classifier = SoftplusClassifier(8, 5, hidden=3).double()
    features = torch.randn(6, 8, dtype=torch.float64)
    first, first_bias, second, second_bias = (weight.detach() for weight in classifier.parameters())
    hidden = (1 + (features @ first.T + first_bias).exp()).log()
    wanted = hidden @ second.T + second_bias
    assert_close(classifier(features).detach(), wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("dim", "hidden"), [(2048, 512), (8, 2), (3, 1)])
def test_the_hidden_layer_is_a_quarter_of_the_features(dim: int, hidden: int) -> None:
    assert next(SoftplusClassifier(dim, 5).parameters()).shape == (hidden, dim)


def test_no_hidden_unit_is_refused() -> None:
    with pytest.raises(InputError, match="hidden must be 1 or more, but 0 came"):
        SoftplusClassifier(8, 5, hidden=0)

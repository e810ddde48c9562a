import math

import pytest
import torch
from torch import Tensor

from counterpoise.bins import class_of, integer_edges, midpoints
from counterpoise.classifiers import LinearClassifier
from counterpoise.errors import InputError
from counterpoise.predictors import ExpectedValue, MostLikelyValue, expected_value, most_likely_value

VALUES = torch.tensor([1.0, 2.0, 5.0, 11.0], dtype=torch.float64)


@pytest.fixture
def logits() -> Tensor:
    return 2 * torch.randn(6, 4, dtype=torch.float64)


def test_the_most_likely_value_is_that_of_a_loop(logits: Tensor) -> None:
    wanted = [VALUES[row.index(max(row))].item() for row in logits.tolist()]
    assert most_likely_value(logits, VALUES).tolist() == wanted


def test_the_expected_value_is_that_of_a_loop(logits: Tensor) -> None:
    wanted = [
        sum(math.exp(z) * v for z, v in zip(row, VALUES.tolist(), strict=True)) / sum(map(math.exp, row))
        for row in logits.tolist()
    ]
    assert expected_value(logits, VALUES).tolist() == pytest.approx(wanted, rel=1e-12)


def test_of_equally_likely_classes_the_first_counts() -> None:
    assert most_likely_value(torch.zeros(1, 4), VALUES).item() == 1


def test_sure_answers_have_the_value_of_their_class() -> None:
    logits = 1e4 * torch.eye(4, dtype=torch.float64)
    assert torch.equal(expected_value(logits, VALUES), VALUES)
    assert torch.equal(most_likely_value(logits, VALUES), VALUES)


def test_unsure_answers_lie_in_the_middle() -> None:
    assert expected_value(torch.zeros(1, 4), VALUES).item() == pytest.approx(19 / 4)


@pytest.mark.parametrize(
    ("kind", "decode"), [(MostLikelyValue, most_likely_value), (ExpectedValue, expected_value)]
)
def test_a_decoder_has_one_value_for_each_sample(kind, decode) -> None:
    classifier, features = LinearClassifier(3, 4).double(), torch.randn(5, 3, dtype=torch.float64)
    decoder = kind(classifier, VALUES)
    assert decoder(features).shape == (5,)
    assert torch.equal(decoder(features), decode(classifier(features), VALUES))


def test_ages_survive_the_way_there_and_back() -> None:
    ages, edges = torch.tensor([0, 17, 120, 64]), integer_edges(0, 120)
    logits = torch.nn.functional.one_hot(class_of(ages, edges), 121).double()
    assert torch.equal(most_likely_value(logits, midpoints(edges)), ages.double())


def test_another_number_of_representatives_is_refused() -> None:
    with pytest.raises(InputError, match=r"expected 5 representatives, one for each class, but \(4,\) came"):
        MostLikelyValue(LinearClassifier(3, 5), VALUES)

import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.classifiers import CosineClassifier, LinearClassifier
from counterpoise.errors import InputError
from counterpoise.net import Classifier
from counterpoise.predictors import LogitAdjusted

COUNTS = torch.tensor([200.0, 40.0, 7.0, 3.0], dtype=torch.float64)


def trained() -> Classifier:
    torch.manual_seed(0)
    return LinearClassifier(6, 4).double()


def features(rows: int = 5) -> Tensor:
    return torch.randn(rows, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.mark.parametrize("tau", [0.5, 1.0, 2.0])
def test_logits_are_those_of_a_loop(tau: float) -> None:
    classifier = trained()
    looped = classifier(features()).tolist()
    for row in looped:
        for c, count in enumerate(COUNTS.tolist()):
            row[c] -= math.log((count / 250) ** tau + 1e-12)
    produced = LogitAdjusted(classifier, COUNTS, tau=tau)(features())
    assert_close(produced, torch.tensor(looped, dtype=torch.float64), rtol=1e-12, atol=1e-12)


def test_it_turns_the_answer_for_the_training_prior_into_that_for_a_uniform_one() -> None:
    classifier = trained()
    likelihood = classifier(features()).softmax(dim=1) / COUNTS
    wanted = likelihood / likelihood.sum(dim=1, keepdim=True)
    assert_close(LogitAdjusted(classifier, COUNTS)(features()).softmax(dim=1), wanted, rtol=1e-8, atol=0)


@pytest.mark.parametrize("counts", [COUNTS, torch.tensor([9, 9, 9, 9])])
def test_tau_zero_and_equal_counts_change_no_probability(counts: Tensor) -> None:
    classifier = trained()
    tau = 0.0 if counts is COUNTS else 1.0
    adjusted = LogitAdjusted(classifier, counts, tau=tau)(features())
    assert_close(adjusted.softmax(dim=1), classifier(features()).softmax(dim=1), rtol=1e-6, atol=0)


def test_a_class_without_samples_stays_finite() -> None:
    classifier = trained()
    adjusted = LogitAdjusted(classifier, torch.tensor([5.0, 0.0, 2.0, 1.0], dtype=torch.float64))
    moved = adjusted(features()) - classifier(features())
    assert_close(moved[:, 1], torch.full((5,), -math.log(1e-12), dtype=torch.float64))


def test_it_takes_any_classifier_and_an_empty_batch() -> None:
    assert LogitAdjusted(CosineClassifier(6, 4), COUNTS.float())(torch.empty(0, 6)).shape == (0, 4)


def test_counts_of_another_number_of_classes_are_refused() -> None:
    with pytest.raises(InputError, match=r"class_counts must hold 4 numbers.*but 3 came"):
        LogitAdjusted(trained(), COUNTS[:3])


def test_a_negative_tau_is_refused() -> None:
    with pytest.raises(InputError, match=r"tau must be 0 or more"):
        LogitAdjusted(trained(), COUNTS, tau=-1.0)

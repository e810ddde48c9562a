import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import BalancedSoftmaxLoss, CrossEntropy, InverseSoftmaxLoss, inverse_prior

Batch = tuple[Tensor, Tensor]


def test_it_is_the_cross_entropy_of_shifted_logits(batch: Batch, counts: Tensor) -> None:
    logits, targets = batch
    prior = counts / 129
    shifted = logits + prior.log() - 2 * prior.flip(0).log()
    produced = InverseSoftmaxLoss(counts).per_sample(logits, targets)
    assert_close(produced, CrossEntropy().per_sample(shifted, targets), rtol=1e-6, atol=1e-7)


def test_at_0_it_is_balanced_softmax(batch: Batch, counts: Tensor) -> None:
    wanted = BalancedSoftmaxLoss(counts)(*batch)
    assert_close(InverseSoftmaxLoss(counts, tau=0.0)(*batch), wanted, rtol=1e-6, atol=0)


@pytest.mark.parametrize("tau", [0.0, 1.0, 2.0])
def test_on_balanced_data_it_is_cross_entropy(batch: Batch, tau: float) -> None:
    loss = InverseSoftmaxLoss(torch.full((4,), 9.0, dtype=torch.float64), tau=tau)
    assert_close(loss(*batch), CrossEntropy()(*batch))


def test_ranks_are_turned_and_not_places() -> None:
    prior = torch.tensor([0.2, 0.5, 0.05, 0.25])
    assert inverse_prior(prior).tolist() == torch.tensor([0.25, 0.05, 0.5, 0.2]).tolist()
    assert torch.equal(inverse_prior(inverse_prior(prior)), prior)


def test_of_equal_shares_the_lower_number_counts_as_rarer() -> None:
    assert inverse_prior(torch.tensor([3.0, 1, 1, 9])).tolist() == [1, 9, 3, 1]
    assert inverse_prior(torch.ones(4)).tolist() == [1, 1, 1, 1]


def test_a_class_without_samples_stays_finite(batch: Batch) -> None:
    loss = InverseSoftmaxLoss(torch.tensor([9, 4, 2, 0]))
    assert loss.per_sample(*batch).isfinite().all()


def test_what_makes_no_sense_is_refused(counts: Tensor) -> None:
    with pytest.raises(InputError, match="tau must be 0 or more, but -1 came"):
        InverseSoftmaxLoss(counts, tau=-1)
    with pytest.raises(InputError, match="class counts must be"):
        InverseSoftmaxLoss(torch.zeros(4))

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import ClassWeighted, CrossEntropy, Deferred, EachExpert, FocalLoss

TARGETS = torch.tensor([0, 3, 1, 1, 2, 0])


@pytest.fixture
def outputs() -> Tensor:
    return 3 * torch.randn(6, 3 * 4, dtype=torch.float64)


def test_every_expert_has_its_own_loss_of_its_own_logits(outputs: Tensor, counts: Tensor) -> None:
    losses = [CrossEntropy(), FocalLoss(), ClassWeighted(CrossEntropy(), 1 / counts)]
    pairs = list(zip(losses, outputs.split(4, dim=1), strict=True))
    wanted = torch.stack([loss(logits, TARGETS) for loss, logits in pairs])
    assert_close(EachExpert(losses).per_expert(outputs, TARGETS), wanted)
    assert_close(EachExpert(losses)(outputs, TARGETS), wanted.sum())
    rows = sum(loss.per_sample(logits, TARGETS) for loss, logits in pairs)
    assert_close(EachExpert(losses).per_sample(outputs, TARGETS), rows)


def test_a_weighted_mean_stays_one(outputs: Tensor, counts: Tensor) -> None:
    loss = EachExpert([ClassWeighted(CrossEntropy(), 1 / counts)] * 3)
    assert not torch.isclose(loss(outputs, TARGETS), loss.per_sample(outputs, TARGETS).mean(), rtol=1e-3)


def test_no_expert_learns_from_another(outputs: Tensor) -> None:
    loss, outputs = EachExpert([CrossEntropy()] * 3), outputs.requires_grad_()
    loss(outputs, TARGETS).backward()
    other = outputs.detach().clone()
    other[:, 4:8] = 0
    other.requires_grad_()
    loss(other, TARGETS).backward()
    assert outputs.grad is not None
    assert other.grad is not None
    assert torch.equal(other.grad[:, :4], outputs.grad[:, :4])
    assert not torch.isclose(other.grad[:, 4:8], outputs.grad[:, 4:8]).any()


def test_every_loss_hears_the_time() -> None:
    losses = [Deferred(CrossEntropy(), FocalLoss(), start=2) for _ in range(2)]
    EachExpert(losses).set_epoch(2)
    assert [loss.epoch for loss in losses] == [2, 2]


def test_what_does_not_fit_is_refused(outputs: Tensor) -> None:
    with pytest.raises(InputError, match=r"outputs of 5 experts, .* but \(6, 12\) came"):
        EachExpert([CrossEntropy()] * 5)(outputs, TARGETS)
    with pytest.raises(InputError, match="one loss each, but none came"):
        EachExpert([])

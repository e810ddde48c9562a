import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.losses import ClassWeighted, CrossEntropy, Deferred, FocalLoss

Batch = tuple[Tensor, Tensor]


def test_it_is_the_one_loss_before_and_the_other_from_its_start_on(batch: Batch, counts: Tensor) -> None:
    before, after = FocalLoss(), ClassWeighted(CrossEntropy(), 1 / counts)
    loss = Deferred(before, after, start=3)
    for epoch in (0, 2, 3, 4, 1):
        loss.set_epoch(epoch)
        wanted = after if epoch >= 3 else before
        assert torch.equal(loss(*batch), wanted(*batch))
        assert torch.equal(loss.per_sample(*batch), wanted.per_sample(*batch))


def test_the_later_loss_keeps_its_own_mean(batch: Batch, counts: Tensor) -> None:
    loss = Deferred(CrossEntropy(), ClassWeighted(CrossEntropy(), 1 / counts), start=0)
    wanted = torch.nn.functional.cross_entropy(*batch, weight=1 / counts)
    assert_close(loss(*batch), wanted, rtol=1e-12, atol=0)
    assert not torch.isclose(loss(*batch), loss.per_sample(*batch).mean(), rtol=1e-3)


def test_its_clock_starts_at_zero_and_is_not_stored() -> None:
    loss = Deferred(CrossEntropy(), FocalLoss(), start=1)
    assert loss.active is loss.before
    loss.set_epoch(1)
    assert loss.active is loss.after
    assert not loss.state_dict()


def test_it_tells_the_time_to_both() -> None:
    early, late = (Deferred(CrossEntropy(), FocalLoss(), start=start) for start in (2, 5))
    outer = Deferred(early, late, start=4)
    outer.set_epoch(3)
    assert (early.epoch, late.epoch) == (3, 3)
    assert isinstance(early.active, FocalLoss)
    assert isinstance(late.active, CrossEntropy)

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import ClassWeighted, CrossEntropy, Deferred, FocalLoss

Batch = tuple[Tensor, Tensor]


@pytest.fixture
def weights() -> Tensor:
    return torch.tensor([0.2, 0.5, 1.1, 2.2], dtype=torch.float64)


def test_losses_are_those_of_a_loop(batch: Batch, weights: Tensor) -> None:
    losses, targets = FocalLoss().per_sample(*batch).tolist(), batch[1].tolist()
    weighed = [weights[target].item() * loss for target, loss in zip(targets, losses, strict=True)]
    loss = ClassWeighted(FocalLoss(), weights)
    assert loss.per_sample(*batch).tolist() == pytest.approx(weighed, rel=1e-12)
    divisor = sum(weights[target].item() for target in targets)
    assert loss(*batch).item() == pytest.approx(sum(weighed) / divisor, rel=1e-12)


def test_around_cross_entropy_it_is_torchs(batch: Batch, weights: Tensor) -> None:
    logits = batch[0].requires_grad_()
    values = [
        kind(logits, batch[1])
        for kind in (ClassWeighted(CrossEntropy(), weights), nn.CrossEntropyLoss(weight=weights))
    ]
    assert_close(*values, rtol=1e-12, atol=0)
    gradients = [torch.autograd.grad(value, logits)[0] for value in values]
    assert_close(*gradients, rtol=1e-12, atol=1e-15)


def test_only_ratios_of_the_weights_matter(batch: Batch, weights: Tensor) -> None:
    produced = [ClassWeighted(CrossEntropy(), factor * weights)(*batch) for factor in (1, 7)]
    assert_close(*produced, rtol=1e-12, atol=0)


def test_a_batch_without_weight_has_loss_and_gradient_zero(batch: Batch) -> None:
    logits = batch[0].requires_grad_()
    loss = ClassWeighted(CrossEntropy(), torch.zeros(4))(logits, batch[1])
    assert loss.item() == 0
    assert torch.autograd.grad(loss, logits)[0].count_nonzero() == 0


def test_a_class_of_weight_zero_takes_no_part(batch: Batch, weights: Tensor) -> None:
    weights[0] = 0
    rest = batch[1] != 0
    produced = ClassWeighted(CrossEntropy(), weights)(*batch)
    assert_close(
        produced, ClassWeighted(CrossEntropy(), weights)(batch[0][rest], batch[1][rest]), rtol=1e-12, atol=0
    )


def test_it_tells_the_time(weights: Tensor) -> None:
    inner = Deferred(CrossEntropy(), FocalLoss(), start=2)
    ClassWeighted(inner, weights).set_epoch(2)
    assert inner.active is inner.after


@pytest.mark.parametrize("weights", [[1.0, -1.0], [1.0, float("nan")], [1.0, float("inf")], [[1.0, 1.0]]])
def test_weights_that_are_none_are_refused(weights: list[float]) -> None:
    with pytest.raises(InputError, match=r"class weights must be \(C,\) finite numbers from 0"):
        ClassWeighted(CrossEntropy(), torch.tensor(weights))

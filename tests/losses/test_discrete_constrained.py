import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import DiscreteConstrainedLoss, image_bias_mask, kept_errors, wrong_class_mask

EDGES = torch.tensor([0.0, 0.5, 1.0, 2.0, 4.0], dtype=torch.float64)


def blocks(*shape: int) -> tuple[Tensor, Tensor]:
    predictions, targets = 4 * torch.rand(2, *shape, dtype=torch.float64)
    return predictions, targets


def looped_class(value: float) -> int:
    return sum(edge <= value for edge in EDGES[1:-1].tolist())


def looped_bias(errors: list[float]) -> list[bool]:
    total = sum(errors)
    turned = [error if total > 0 else -error for error in errors]
    ordered, run, cancelled = sorted(turned), 0.0, 0
    for error in ordered:
        run += error
        cancelled += run <= 0
    limit = ordered[min(cancelled, len(ordered) - 1)]
    return [abs(total) > 0.5 and error > limit for error in turned]


def test_the_loss_is_that_of_a_loop() -> None:
    x, t = blocks(4, 1, 3, 3)
    errors = (x - t).abs()
    wrong = [
        looped_class(a) != looped_class(b)
        for a, b in zip(x.flatten().tolist(), t.flatten().tolist(), strict=True)
    ]
    biased = [looped_bias(row.tolist()) for row in (x - t).flatten(1)]
    assert any(wrong) and any(map(any, biased))
    assert wrong_class_mask(x, t, EDGES).flatten().tolist() == wrong
    assert image_bias_mask(x, t).flatten(1).tolist() == biased
    terms = [
        errors.flatten()[torch.tensor(mask)].mean()
        for mask in (wrong, [kept for row in biased for kept in row])
    ]
    for weight in (0.0, 0.5, 1.0):
        loss = DiscreteConstrainedLoss(EDGES, bias_weight=weight)
        assert_close(loss(x, t), terms[0] + weight * terms[1], rtol=1e-11, atol=0)
        assert_close(loss.per_sample(x, t).mean(), loss(x, t), rtol=1e-12, atol=0)


def test_values_of_the_right_class_cost_nothing() -> None:
    x, t = torch.tensor([0.1, 0.6, 3.9]).double(), torch.tensor([0.4, 0.9, 2.0]).double()
    assert DiscreteConstrainedLoss(EDGES, bias_weight=0.0)(x, t).item() == 0


def test_small_biases_are_forgiven() -> None:
    targets = torch.zeros(2, 4, dtype=torch.float64)
    predictions = torch.tensor([[0.2, 0.1, 0.1, 0.1], [0.2, 0.1, 0.1, 0.11]], dtype=torch.float64)
    assert image_bias_mask(predictions, targets).any(dim=1).tolist() == [False, True]


def test_errors_of_both_signs_have_the_same_mask() -> None:
    x, t = blocks(5, 9)
    assert torch.equal(image_bias_mask(x, t), image_bias_mask(t, x))


def test_masks_have_no_gradient() -> None:
    x, t = blocks(3, 6)
    x.requires_grad_()
    loss = DiscreteConstrainedLoss(EDGES)(x, t)
    shares = [mask / mask.sum().double() for mask in (wrong_class_mask(x, t, EDGES), image_bias_mask(x, t))]
    wanted = (x - t).detach().sign() * (shares[0] + shares[1])
    assert_close(torch.autograd.grad(loss, x)[0], wanted, rtol=1e-12, atol=0)


def test_nothing_kept_is_zero() -> None:
    x = torch.rand(3, 2, requires_grad=True)
    value = kept_errors(x, torch.zeros(3, 2, dtype=torch.bool)).mean()
    assert value.item() == 0
    assert torch.autograd.grad(value, x)[0].abs().sum() == 0


def test_one_number_for_each_sample_will_do() -> None:
    x, t = torch.tensor([0.2, 3.0]).double(), torch.tensor([0.7, 1.5]).double()
    assert_close(DiscreteConstrainedLoss(EDGES, bias_weight=0.0)(x, t).item(), 1.0)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match="rising"):
        DiscreteConstrainedLoss(EDGES.flip(0))
    with pytest.raises(InputError, match=r"bias_weight must be 0 or more, but -1.0 came"):
        DiscreteConstrainedLoss(EDGES, bias_weight=-1.0)

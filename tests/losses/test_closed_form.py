import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from counterpoise.losses import closed_form_cross_entropy
from counterpoise.losses.closed_form import at_least_float32

Batch = tuple[Tensor, Tensor]


def differentiated(batch: Batch, loss: object) -> tuple[Tensor, Tensor]:
    """Losses, and the gradient of a sum that weighs each sample differently."""
    logits = batch[0].clone().requires_grad_()
    losses = loss(logits, batch[1])  # pyright: ignore[reportCallIssue]
    weights = torch.arange(1.0, len(losses) + 1, dtype=losses.dtype)
    return losses, torch.autograd.grad((weights * losses).sum(), logits)[0]


def torchs(logits: Tensor, targets: Tensor) -> Tensor:
    return F.cross_entropy(logits, targets, reduction="none")


@pytest.mark.parametrize(("scale", "dtype"), [(1, torch.float64), (100, torch.float64), (30, torch.float32)])
def test_values_and_gradients_are_torchs(scale: float, dtype: torch.dtype, batch: Batch) -> None:
    scaled = (scale * batch[0].to(dtype), batch[1])
    for produced, wanted in zip(
        differentiated(scaled, closed_form_cross_entropy), differentiated(scaled, torchs), strict=True
    ):
        assert_close(produced, wanted, rtol=1e-6 if dtype is torch.float32 else 1e-12, atol=1e-6)


def test_first_and_second_derivatives_are_those_of_the_values(batch: Batch) -> None:
    logits = batch[0].requires_grad_()
    assert torch.autograd.gradcheck(lambda z: closed_form_cross_entropy(z, batch[1]), logits)
    assert torch.autograd.gradgradcheck(lambda z: closed_form_cross_entropy(z, batch[1]), logits)


def test_scale_and_margins_change_the_logits_first(batch: Batch) -> None:
    logits, targets = batch[0].requires_grad_(), batch[1]
    margins = torch.linspace(0.1, 2, len(targets), dtype=torch.float64)

    def loss(z: Tensor) -> Tensor:
        return closed_form_cross_entropy(z, targets, scale=3.0, margins=margins)

    changed = 3 * logits - F.one_hot(targets, logits.shape[1]) * margins.unsqueeze(1)
    assert_close(loss(logits), torchs(changed, targets), rtol=1e-12, atol=1e-12)
    assert torch.autograd.gradcheck(loss, logits)
    assert torch.autograd.gradgradcheck(loss, logits)


def test_minus_infinity_takes_no_part(batch: Batch) -> None:
    logits, targets = batch[0].clone(), torch.tensor([0, 1, 2, 2, 1, 0])
    logits[:, 3] = -torch.inf
    losses, gradient = differentiated((logits, targets), closed_form_cross_entropy)
    assert_close(losses, torchs(logits[:, :3], targets), rtol=1e-12, atol=0)
    assert gradient[:, 3].count_nonzero() == 0
    assert gradient.isfinite().all()


def test_extreme_logits_stay_finite() -> None:
    logits = torch.tensor([[1e4, 0.0], [0.0, 1e4]])
    losses, gradient = differentiated((logits, torch.tensor([0, 0])), closed_form_cross_entropy)
    assert losses.tolist() == [0.0, 1e4]
    assert gradient.tolist() == [[0.0, 0.0], [-2.0, 2.0]]


def test_one_class_and_no_samples() -> None:
    assert closed_form_cross_entropy(torch.randn(3, 1), torch.zeros(3, dtype=torch.int64)).tolist() == [0] * 3
    assert closed_form_cross_entropy(torch.empty(0, 4), torch.empty(0, dtype=torch.int64)).shape == (0,)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(dtype: torch.dtype, batch: Batch) -> None:
    logits = batch[0].to(dtype)
    losses, gradient = differentiated((logits, batch[1]), closed_form_cross_entropy)
    assert_close(losses, torchs(logits.float(), batch[1]))
    assert gradient.dtype == dtype
    assert at_least_float32(batch[0]) is batch[0]

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import irm_l1_penalty, irm_v1_penalty


def batch(rows: int = 7, classes: int = 4) -> tuple[Tensor, Tensor]:
    logits = torch.randn(rows, classes, dtype=torch.float64, requires_grad=True)
    return logits, torch.randint(classes, (rows,))


def slope(logits: Tensor, targets: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Derivative of the risk by a scale, by automatic differentiation."""
    scale = torch.ones(shape, dtype=logits.dtype, requires_grad=True)
    risk = F.cross_entropy(logits * scale, targets)
    return torch.autograd.grad(risk, scale, create_graph=True)[0]


def test_irm_v1_is_the_product_of_the_slopes_of_both_halves() -> None:
    logits, targets = batch()
    wanted = slope(logits[0::2], targets[0::2], ()) * slope(logits[1::2], targets[1::2], ())
    found = irm_v1_penalty(logits, targets)
    assert_close(found, wanted)
    for one, other in zip(
        torch.autograd.grad(found, logits), torch.autograd.grad(wanted, logits), strict=True
    ):
        assert_close(one, other)


def test_irm_v1_is_the_squared_slope_where_both_halves_are_alike() -> None:
    logits, targets = batch()
    twice, labels = logits.repeat_interleave(2, dim=0), targets.repeat_interleave(2)
    assert_close(irm_v1_penalty(twice, labels), slope(logits, targets, ()).square())


def test_the_l1_form_sums_the_slopes_of_all_classes() -> None:
    logits, targets = batch()
    wanted = slope(logits, targets, (1, 4)).abs().sum()
    found = irm_l1_penalty(logits, targets)
    assert_close(found, wanted)
    assert_close(*(torch.autograd.grad(value, logits)[0] for value in (found, wanted)))


def test_sure_and_right_answers_have_no_penalty() -> None:
    logits, targets = 200 * torch.eye(4), torch.arange(4)
    assert irm_l1_penalty(logits, targets) == 0
    assert irm_v1_penalty(logits, targets) == 0


def test_a_single_row_is_refused() -> None:
    with pytest.raises(InputError, match="needs 2 rows of each environment"):
        irm_v1_penalty(torch.zeros(1, 3), torch.tensor([0]))

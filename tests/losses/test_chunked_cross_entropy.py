import pytest
import torch
import torch.nn.functional as F

from counterpoise.errors import InputError
from counterpoise.factors import Factors
from counterpoise.losses import (
    BalancedSoftmaxLoss,
    ChunkedCrossEntropy,
    CrossEntropy,
    FocalLoss,
    LogitAdjustedLoss,
    chunked,
    chunked_cross_entropy,
)
from counterpoise.losses.loss import Loss

COUNTS = torch.tensor([50, 20, 9, 4, 2, 1] * 20)
LOSSES = [CrossEntropy(), BalancedSoftmaxLoss(COUNTS), LogitAdjustedLoss(COUNTS, tau=1.5)]


@pytest.fixture(autouse=True)
def chunks_of_four_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked_cross_entropy, "CHUNK", 500)


every_loss = pytest.mark.parametrize("loss", LOSSES, ids=lambda one: type(one).__name__)


def made_up(dtype: torch.dtype = torch.float64) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Features (40, 8), weights (120, 8), a bias, and targets: chunks have 4 rows."""
    torch.manual_seed(0)
    leaves = [torch.randn(*shape, dtype=dtype, requires_grad=True) for shape in ((40, 8), (120, 8), (120,))]
    return leaves, torch.randint(0, 120, (40,))


@every_loss
@pytest.mark.parametrize("with_bias", [True, False])
def test_value_and_gradient_are_those_of_the_whole_logits(loss: Loss, with_bias: bool) -> None:
    leaves, targets = made_up()
    leaves = leaves if with_bias else leaves[:2]
    whole = loss(Factors(*leaves).logits(), targets)
    expected = torch.autograd.grad(whole, leaves)
    found = chunked(loss.double())(Factors(*leaves), targets)
    torch.testing.assert_close(found, whole)
    for one, other in zip(torch.autograd.grad(found, leaves), expected, strict=True):
        torch.testing.assert_close(one, other)


@every_loss
def test_each_sample_has_its_loss(loss: Loss) -> None:
    leaves, targets = made_up()
    weights = torch.rand(40, dtype=torch.float64)
    whole = loss.per_sample(Factors(*leaves).logits(), targets)
    found = chunked(loss.double()).per_sample(Factors(*leaves), targets)
    torch.testing.assert_close(found, whole)
    expected = torch.autograd.grad((weights * whole).sum(), leaves)
    for one, other in zip(torch.autograd.grad((weights * found).sum(), leaves), expected, strict=True):
        torch.testing.assert_close(one, other)


def test_the_loss_is_the_written_out_one() -> None:
    (features, weight, bias), targets = made_up()
    adjustment = torch.randn(120, dtype=torch.float64)
    losses = []
    for x, y in zip(features.tolist(), targets.tolist(), strict=True):
        logits = [
            sum(a * b for a, b in zip(x, row, strict=True)) + one + more
            for row, one, more in zip(weight.tolist(), bias.tolist(), adjustment.tolist(), strict=True)
        ]
        losses.append(torch.tensor(logits, dtype=torch.float64).logsumexp(dim=0) - logits[y])
    found = ChunkedCrossEntropy(adjustment).per_sample(Factors(features, weight, bias), targets)
    torch.testing.assert_close(found, torch.stack(losses))


def test_half_precision_of_autocast_is_that_of_the_product() -> None:
    (features, weight, bias), targets = made_up(torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        expected = F.cross_entropy(F.linear(features, weight, bias).float(), targets)
        found = ChunkedCrossEntropy(None)(Factors(features.bfloat16(), weight, bias), targets)
        found.backward()
    torch.testing.assert_close(found.float(), expected, atol=0.02, rtol=0)
    assert weight.grad is not None
    assert weight.grad.dtype == torch.float32


def test_another_loss_is_refused() -> None:
    with pytest.raises(
        InputError, match="but FocalLoss came; name modifiers of the loss after chunked_logits"
    ):
        chunked(FocalLoss())


def test_an_older_torch_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(F, "linear_cross_entropy")
    with pytest.raises(InputError, match=f"which torch {torch.__version__}".replace("+", r"\+")):
        ChunkedCrossEntropy(None)

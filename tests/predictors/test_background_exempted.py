import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.predictors import background_exempted

EPSILON = 1e-10


def looped(total: Tensor, direct: Tensor, background: int) -> Tensor:
    out = torch.zeros_like(total)
    for b in range(len(total)):
        p, q = total[b].exp() / total[b].exp().sum(), direct[b].exp() / direct[b].exp().sum()
        foreground = [c for c in range(len(p)) if c != background]
        mass, direct_mass = sum(p[c] for c in foreground), sum(q[c] for c in foreground)
        out[b, background] = p[background]
        for c in foreground:
            out[b, c] = mass * (q[c] + EPSILON) / (direct_mass + EPSILON)
    return out


@pytest.fixture
def logits() -> tuple[Tensor, Tensor]:
    total, direct = 3 * torch.randn(2, 6, 5, dtype=torch.float64)
    return total, direct


@pytest.mark.parametrize("background", [0, 2, 4])
def test_probabilities_are_those_of_a_loop(logits: tuple[Tensor, Tensor], background: int) -> None:
    wanted = looped(*logits, background)
    assert_close(background_exempted(*logits, background=background), wanted, rtol=1e-12, atol=1e-15)


def test_the_background_keeps_its_probability_and_the_sum_stays_one(logits: tuple[Tensor, Tensor]) -> None:
    total, direct = logits
    out = background_exempted(total, direct, background=0)
    assert torch.equal(out[:, 0], total.softmax(dim=1)[:, 0])
    assert_close(out.sum(dim=1), torch.ones(6, dtype=torch.float64), rtol=1e-8, atol=0)


def test_the_foreground_is_ranked_by_the_direct_effect(logits: tuple[Tensor, Tensor]) -> None:
    total, direct = logits
    out = background_exempted(total, direct, background=4)
    assert torch.equal(out[:, :4].argsort(dim=1), direct[:, :4].argsort(dim=1))


def test_equal_logits_give_their_softmax(logits: tuple[Tensor, Tensor]) -> None:
    total, _ = logits
    assert_close(background_exempted(total, total, background=1), total.softmax(dim=1), rtol=1e-6, atol=1e-9)


def test_a_negative_index_counts_from_the_end(logits: tuple[Tensor, Tensor]) -> None:
    assert torch.equal(
        background_exempted(*logits, background=-1), background_exempted(*logits, background=4)
    )


def test_the_order_of_the_classes_does_not_matter(logits: tuple[Tensor, Tensor]) -> None:
    total, direct = logits
    order = torch.tensor([3, 1, 0, 4, 2])
    permuted = background_exempted(total[:, order], direct[:, order], background=2)
    assert_close(permuted, background_exempted(total, direct, background=0)[:, order], rtol=1e-12, atol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("winner", [0, 3])
def test_extreme_logits_stay_finite(dtype: torch.dtype, winner: int) -> None:
    total = torch.zeros(2, 5, dtype=dtype)
    total[:, winner] = 500
    assert background_exempted(total, total, background=0).isfinite().all()


def test_no_regions_give_no_probabilities() -> None:
    assert background_exempted(torch.empty(0, 5), torch.empty(0, 5), background=0).shape == (0, 5)

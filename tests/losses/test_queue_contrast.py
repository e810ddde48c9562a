import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import contrastive_logits
from counterpoise.losses.queue_contrast import PART, attended, queue_contrast


def unit_rows(*counts: int) -> list[Tensor]:
    return [F.normalize(torch.randn(count, 16, dtype=torch.float64)) for count in counts]


@pytest.mark.parametrize("size", [1, PART, 2 * PART + 5])
@pytest.mark.parametrize("temperature", [0.001, 0.2, 3.0])
def test_it_is_the_cross_entropy_of_the_logits(size: int, temperature: float) -> None:
    queries, keys, queue = unit_rows(6, 6, size)
    queries.requires_grad_()
    logits = contrastive_logits(queries, keys, queue, temperature=temperature)
    wanted = F.cross_entropy(logits, torch.zeros(6, dtype=torch.int64), reduction="none")
    found = queue_contrast(queries, keys, queue, temperature=temperature)
    assert_close(found, wanted)
    share = torch.rand(6, dtype=torch.float64)
    (expected,) = torch.autograd.grad((share * wanted).sum(), queries)
    (gradient,) = torch.autograd.grad((share * found).sum(), queries)
    assert_close(gradient, expected)


def test_the_gradient_is_that_of_finite_differences() -> None:
    queries, keys, queue = unit_rows(3, 3, 9)
    assert torch.autograd.gradcheck(
        lambda rows: queue_contrast(rows, keys, queue, temperature=0.5), queries.requires_grad_()
    )


def test_later_parts_may_hold_the_highest_similarity() -> None:
    (queries,) = unit_rows(2)
    queue = torch.cat([torch.zeros(PART, 16, dtype=torch.float64), 2000 * queries])
    value, mean = attended(queries, queue)
    assert_close(value, torch.full((2,), 2000.0, dtype=torch.float64))
    assert_close(mean, 2000 * queries)


def test_keys_and_queue_get_no_gradient() -> None:
    queries, keys, queue = (rows.requires_grad_() for rows in unit_rows(3, 3, 9))
    queue_contrast(queries, keys, queue, temperature=0.5).sum().backward()
    assert queries.grad is not None
    assert keys.grad is None
    assert queue.grad is None


def test_single_precision_stays() -> None:
    queries, keys, queue = (rows.float() for rows in unit_rows(3, 3, 9))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = queue_contrast(queries, keys, queue, temperature=0.2)
    assert found.dtype == torch.float32
    assert_close(found, queue_contrast(queries, keys, queue, temperature=0.2), atol=0.05, rtol=0.02)


def test_a_temperature_is_above_zero() -> None:
    with pytest.raises(InputError, match="the temperature must be above 0, but 0 came"):
        queue_contrast(*unit_rows(2, 2, 4), temperature=0)

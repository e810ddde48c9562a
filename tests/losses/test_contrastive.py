import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import NegativeCosine, contrastive_logits


def units(rows: int) -> Tensor:
    return F.normalize(torch.randn(rows, 4, dtype=torch.float64)).requires_grad_()


def test_the_own_key_comes_first_and_the_queue_behind() -> None:
    queries, keys, queue = units(3), units(3), units(5)
    logits = contrastive_logits(queries, keys, queue, temperature=0.2)
    assert logits.shape == (3, 6)
    for row in range(3):
        wanted = [queries[row] @ keys[row], *(queries[row] @ other for other in queue)]
        assert_close(logits[row], torch.stack(wanted) / 0.2)


def test_only_queries_learn() -> None:
    queries, keys, queue = units(3), units(3), units(5)
    contrastive_logits(queries, keys, queue, temperature=0.2).logsumexp(1).sum().backward()
    assert queries.grad is not None
    assert keys.grad is None
    assert queue.grad is None


def test_a_temperature_is_above_zero() -> None:
    with pytest.raises(InputError, match="the temperature must be above 0, but 0 came"):
        contrastive_logits(units(1), units(1), units(1), temperature=0)


def test_negative_cosine_stops_the_gradient_of_the_projection() -> None:
    predicted, projected = units(3), units(3)
    cost = NegativeCosine()(3 * predicted, 7 * projected)
    assert_close(cost, -(predicted * projected).sum(1).mean())
    cost.backward()
    assert predicted.grad is not None
    assert predicted.grad.abs().max() > 1e-3
    assert projected.grad is None

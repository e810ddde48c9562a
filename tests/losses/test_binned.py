import pytest
import torch
from torch import Tensor

from counterpoise.bins import integer_edges, linear_edges
from counterpoise.errors import InputError
from counterpoise.losses import Binned, ClassWeighted, CrossEntropy, Deferred, FocalLoss, SoftOrdinalLoss


@pytest.fixture
def logits() -> Tensor:
    return torch.randn(5, 4, dtype=torch.float64)


VALUES = torch.tensor([0.0, 1.2, 2.9, 3.0, 77.0])
CLASSES = torch.tensor([0, 1, 2, 3, 3])


@pytest.mark.parametrize(
    "loss",
    [
        CrossEntropy(),
        SoftOrdinalLoss(torch.arange(4)),
        ClassWeighted(CrossEntropy(), torch.tensor([1.0, 2.0, 3.0, 4.0])),
    ],
)
def test_a_value_has_the_loss_of_its_class(loss, logits: Tensor) -> None:
    binned = Binned(loss, linear_edges(0, 4, 4))
    assert torch.equal(binned.per_sample(logits, VALUES), loss.per_sample(logits, CLASSES))
    assert torch.equal(binned(logits, VALUES), loss(logits, CLASSES))


def test_ages_are_classes(logits: Tensor) -> None:
    ages = torch.tensor([0, 3, 1, 1, 2])
    assert torch.equal(
        Binned(CrossEntropy(), integer_edges(0, 3))(logits, ages), CrossEntropy()(logits, ages)
    )


def test_it_tells_the_time() -> None:
    inner = Deferred(CrossEntropy(), FocalLoss(), start=2)
    Binned(inner, linear_edges(0, 1, 2)).set_epoch(5)
    assert inner.epoch == 5


def test_edges_that_do_not_rise_are_refused() -> None:
    with pytest.raises(InputError, match="rising numbers"):
        Binned(CrossEntropy(), torch.tensor([0.0, 2.0, 1.0]))

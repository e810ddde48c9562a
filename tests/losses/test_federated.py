import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import FederatedLoss

COUNTS = torch.tensor([400, 100, 0, 25, 4, 1])
TARGETS = torch.tensor([1, 6, 3, 6, 1])


def test_the_categories_of_the_batch_are_heard_and_others_up_to_a_number() -> None:
    loss = FederatedLoss(COUNTS, heard=4)
    for _ in range(50):
        (heard,) = loss.weights(TARGETS)
        assert heard[1] and heard[3]
        assert not heard[2], "it is in no image"
        assert heard.sum() == 4


def test_more_categories_in_the_batch_are_all_heard() -> None:
    (heard,) = FederatedLoss(COUNTS, heard=2).weights(torch.tensor([0, 2, 4, 5, 6]))
    assert heard.tolist() == [True, False, True, False, True, True]


def test_no_more_are_heard_than_are_in_an_image() -> None:
    (heard,) = FederatedLoss(COUNTS).weights(torch.tensor([6]))
    assert heard.tolist() == [True, True, False, True, True, True]


def test_the_first_of_the_others_is_drawn_by_the_root_of_its_images() -> None:
    loss = FederatedLoss(COUNTS, heard=1)
    drawn = torch.cat([loss.weights(torch.tensor([6])) for _ in range(4000)]).double().mean(dim=0)
    roots = COUNTS.double().sqrt()
    assert_close(drawn, roots / roots.sum(), rtol=0, atol=0.03)


def test_with_power_0_all_are_drawn_alike_that_are_in_an_image() -> None:
    loss = FederatedLoss(COUNTS, heard=1, power=0.0)
    drawn = torch.cat([loss.weights(torch.tensor([6])) for _ in range(2000)]).double().mean(dim=0)
    assert_close(drawn, torch.tensor([0.2, 0.2, 0.0, 0.2, 0.2, 0.2]).double(), rtol=0, atol=0.03)


def test_the_loss_is_that_of_what_is_heard() -> None:
    loss, logits = FederatedLoss(COUNTS, heard=4), torch.randn(5, 6, dtype=torch.float64)
    torch.manual_seed(3)
    heard = loss.weights(TARGETS)
    torch.manual_seed(3)
    produced = loss(logits, TARGETS)
    truth = F.one_hot(TARGETS, 7)[:, :6].double()
    each = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    assert_close(produced, (each * heard).sum() / 5, rtol=1e-12, atol=0)


def test_all_are_heard_in_evaluation() -> None:
    assert FederatedLoss(COUNTS, heard=2).eval().weights(TARGETS).all()


def test_a_step_must_hear_something() -> None:
    with pytest.raises(InputError, match="at least 1 category must be heard in a step, but 0 came"):
        FederatedLoss(COUNTS, heard=0)

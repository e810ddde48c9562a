import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import RoutingLoss, worth_going_on

SUMS = {"right": [9.0, 0, 0], "wrong": [0, 9.0, 0]}
CASES = [
    (("right", "right", "right"), (0, 0)),
    (("wrong", "right", "right"), (1, 0)),
    (("wrong", "wrong", "right"), (1, 1)),
    (("wrong", "right", "wrong"), (1, 0)),
    (("right", "wrong", "right"), (0, 1)),
    (("right", "wrong", "wrong"), (0, 0)),
    (("wrong", "wrong", "wrong"), (0, 0)),
]


def logits_of(case: tuple[str, ...]) -> Tensor:
    """Experts of class 0 whose running sums are as told; (E, C)."""
    sums = torch.tensor([SUMS[answer] for answer in case])
    return sums.diff(dim=0, prepend=torch.zeros(1, 3))


@pytest.mark.parametrize(("case", "wanted"), CASES)
def test_it_is_worth_going_on_where_an_error_would_be_put_right(
    case: tuple[str, ...], wanted: tuple[int, ...]
) -> None:
    found = worth_going_on(logits_of(case).unsqueeze(0), torch.tensor([0]))
    assert found.long().tolist() == [list(wanted)]


def test_the_loss_is_the_mean_binary_cross_entropy_of_the_routers() -> None:
    logits = torch.stack([logits_of(case) for case, _ in CASES])
    wanted, scores = torch.tensor([wanted for _, wanted in CASES]).float(), torch.randn(len(CASES), 2)
    outputs, targets = (
        torch.cat([logits.flatten(1), scores], dim=1),
        torch.zeros(len(CASES), dtype=torch.int64),
    )
    loss = RoutingLoss(3, positive_weight=20.0)
    terms = -(20 * wanted * F.logsigmoid(scores) + (1 - wanted) * F.logsigmoid(-scores))
    assert_close(loss.per_sample(outputs, targets), terms.mean(dim=1))
    assert_close(loss(outputs, targets), terms.mean())


def test_only_the_scores_get_a_gradient() -> None:
    outputs = torch.randn(5, 3 * 4 + 2, requires_grad=True)
    RoutingLoss(3)(outputs, torch.tensor([0, 1, 2, 3, 0])).backward()
    assert outputs.grad is not None
    assert not outputs.grad[:, :12].any()
    assert outputs.grad[:, 12:].all()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match=r"but 1 and 100\.0 came; the release has a weight of 100"):
        RoutingLoss(1)
    with pytest.raises(InputError, match="but 3 and 0 came"):
        RoutingLoss(3, positive_weight=0)
    with pytest.raises(InputError, match=r"outputs of 3 experts, .* but \(5, 10\) came"):
        RoutingLoss(3)(torch.rand(5, 12), torch.zeros(5, dtype=torch.int64))

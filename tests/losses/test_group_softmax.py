import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import CrossEntropy, GroupSoftmaxLoss

GROUPS = torch.tensor([1, 0, 1])
MEMBERS = [[1], [0, 2]]
OFFSETS = [2, 4]
TARGETS = torch.tensor([0, 0, 0, 2, 1, 3, 0])


@pytest.fixture
def logits() -> Tensor:
    return torch.randn(7, 7, dtype=torch.float64)


def cross_entropy(scores: list[float], label: int) -> float:
    return math.log(sum(map(math.exp, scores))) - scores[label]


def written_out(logits: Tensor, targets: Tensor, others: float) -> float:
    """The mean over regions for objects and background, then for each group over what is heard of it."""
    rows, labels = logits.tolist(), targets.tolist()
    total = sum(
        cross_entropy(row[:2], int(label > 0)) for row, label in zip(rows, labels, strict=True)
    ) / len(rows)
    for members, offset in zip(MEMBERS, OFFSETS, strict=True):
        parts = [row[offset : offset + len(members) + 1] for row in rows]
        inside = [members.index(label - 1) + 1 if label - 1 in members else 0 for label in labels]
        own = sum(place > 0 for place in inside)
        weight = min(1.0, others * own / (len(rows) - own))
        weights = [1.0 if place else weight for place in inside]
        if own:
            losses = [
                w * cross_entropy(part, place) for w, part, place in zip(weights, parts, inside, strict=True)
            ]
            total += sum(losses) / sum(weights)
    return total


@pytest.mark.parametrize("others", [0.0, 0.5, 1.5, 8.0])
def test_the_loss_is_that_of_a_loop(others: float, logits: Tensor) -> None:
    produced = GroupSoftmaxLoss(GROUPS, others=others)(logits, TARGETS).item()
    assert produced == pytest.approx(written_out(logits, TARGETS, others), rel=1e-12)


def test_a_group_without_regions_has_no_loss(logits: Tensor) -> None:
    background = torch.zeros(7, dtype=torch.int64)
    produced = GroupSoftmaxLoss(GROUPS)(logits, background)
    assert_close(produced, CrossEntropy()(logits[:, :2], background), rtol=1e-12, atol=0)


def test_categories_of_other_groups_are_not_pushed_down(logits: Tensor) -> None:
    """A region of category 1 moves the categories 0 and 2 of the other group only as "others" does."""
    logits.requires_grad_()
    GroupSoftmaxLoss(GROUPS, others=0.0)(logits, TARGETS).backward()
    assert logits.grad is not None
    assert logits.grad[3, 4:].tolist() == [0, 0, 0]
    assert logits.grad[3, 2:4].abs().min() > 0


def test_a_negative_number_of_others_is_refused() -> None:
    with pytest.raises(InputError, match="others must be 0 or more, but -1 came"):
        GroupSoftmaxLoss(GROUPS, others=-1)

from unittest.mock import patch

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close
from torchvision.ops import batched_nms

from counterpoise.detection import Choice, Found, choice

BOXES = torch.tensor([[0.0, 0, 10, 10], [1, 0, 11, 10], [30, 30, 40, 40]])


def probabilities(*foreground: list[float]) -> Tensor:
    told = torch.tensor(foreground)
    return torch.cat([1 - told.sum(dim=1, keepdim=True), told], dim=1)


def test_of_regions_that_overlap_as_one_category_the_surest_is_told() -> None:
    found = Choice()(BOXES, probabilities([0.6, 0.3], [0.5, 0.0], [0.1, 0.2]))
    assert found.labels.tolist() == [0, 1, 1, 0]
    assert_close(found.scores, torch.tensor([0.6, 0.3, 0.2, 0.1]))
    assert_close(found.boxes, BOXES[[0, 0, 2, 2]])


def test_the_background_is_never_told() -> None:
    assert len(Choice()(BOXES, probabilities([0.0, 0.0], [0.0, 0.0], [0.0, 0.0]))) == 0


def test_unsure_categories_and_what_is_too_much_are_left_out() -> None:
    told = probabilities([0.6, 0.3], [0.5, 0.0], [0.1, 0.2])
    assert Choice(threshold=0.25)(BOXES, told).scores.tolist() == pytest.approx([0.6, 0.3])
    assert Choice(most=1)(BOXES, told).scores.tolist() == pytest.approx([0.6])


def test_no_regions() -> None:
    found = Choice()(torch.zeros(0, 4), torch.zeros(0, 5))
    assert (found.boxes.shape, found.scores.shape, found.labels.shape) == ((0, 4), (0,), (0,))


def everything_at_once(rule: Choice, boxes: Tensor, scores: Tensor) -> Found:
    regions, labels = (scores > rule.threshold).nonzero(as_tuple=True)
    told = scores[regions, labels]
    kept = batched_nms(boxes[regions], told, labels, rule.overlap)[: rule.most]
    return Found(boxes[regions[kept]], told[kept], labels[kept])


@pytest.mark.parametrize("crowded", [True, False])
def test_looking_at_the_surest_first_changes_nothing(crowded: bool) -> None:
    corners = torch.rand(200, 2) * (5 if crowded else 200)
    boxes, told = torch.cat([corners, corners + 20], dim=1), torch.rand(200, 6).softmax(dim=1)
    rule = Choice(most=8, threshold=0.05)
    with patch.object(choice, "FIRST", 10):
        found = rule(boxes, told)
    expected = everything_at_once(rule, boxes, told[:, 1:])
    assert_close(found.boxes, expected.boxes)
    assert_close(found.scores, expected.scores)
    assert torch.equal(found.labels, expected.labels)


def test_many_categories_cost_no_precision() -> None:
    touching = torch.tensor([[1000.0, 1000, 1010, 1010], [1000, 1000, 1010, 1005.1]])
    told = torch.zeros(2, 1204)
    told[:, 1203] = torch.tensor([0.6, 0.5])
    assert len(Choice(overlap=0.511)(touching, told)) == 2
    assert len(Choice(overlap=0.509)(touching, told)) == 1

"""A detector without decisions of Python finds what the detector finds."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torchvision.models.detection.roi_heads import paste_masks_in_image
from torchvision.models.detection.transform import GeneralizedRCNNTransform

from counterpoise.data.data import Data
from counterpoise.detection.choice import Choice
from counterpoise.export.pictures import brought, chosen, objects_apart, whole
from counterpoise.export.served import expected
from counterpoise.recipes.words import all_words

RECIPES = [
    name for name in all_words() if name.startswith("detection_") and all_words()[name].role == "recipe"
]
SIZES = [(40, 48), (37, 61), (90, 50), (333, 500), (20, 24), (101, 77)]


def random_boxes(count: int, side: int) -> torch.Tensor:
    corners = torch.rand(count, 2) * side * 0.6
    return torch.cat([corners, corners + 1 + torch.rand(count, 2) * side * 0.4], dim=1)


@pytest.mark.parametrize("size", SIZES)
def test_a_picture_is_brought_as_torchvision_does(size: tuple[int, int]) -> None:
    transform = GeneralizedRCNNTransform(40, 48, [0.2] * 3, [0.3] * 3).eval()
    image = torch.randint(0, 256, (*size, 3), dtype=torch.uint8)
    known, _ = transform([image.permute(2, 0, 1).float() / 255])
    picture, (height, width) = brought(image, tuple(map(torch.tensor, size)), transform)
    assert (height.item(), width.item()) == known.image_sizes[0]
    torch.testing.assert_close(picture, known.tensors, rtol=0, atol=2e-5)


def test_masks_are_pasted_as_torchvision_does() -> None:
    masks, boxes = torch.rand(9, 1, 28, 28), random_boxes(9, 60) - 8
    boxes[0] = torch.tensor([3.0, 3, 3, 3])
    known = paste_masks_in_image(masks, boxes, (50, 70))[:, 0]
    found = whole(masks, boxes, (torch.tensor(50), torch.tensor(70)))
    torch.testing.assert_close(found, known, rtol=0, atol=1e-5)


@pytest.mark.parametrize("choice", [Choice(), Choice(most=7), Choice(threshold=0.3, overlap=0.1)])
def test_what_is_told_is_what_the_choice_tells(choice: Choice) -> None:
    boxes, probabilities = random_boxes(80, 50), torch.rand(80, 6)
    known = choice(boxes, probabilities)
    found = chosen(boxes, probabilities, choice)
    for one, other in zip(found, (known.boxes, known.labels, known.scores), strict=True):
        assert torch.equal(one, other)


def test_nothing_may_be_found() -> None:
    boxes, labels, scores = chosen(random_boxes(5, 50), torch.zeros(5, 3), Choice())
    assert (boxes.shape, labels.shape, scores.shape) == ((0, 4), (0,), (0,))


@torch.no_grad()
@pytest.mark.filterwarnings("ignore:To copy construct")
@pytest.mark.parametrize("word", RECIPES)
def test_a_graph_finds_what_the_detector_finds(
    word: str, tiny_scenes: Data, make_predictor: Callable[..., Any]
) -> None:
    made = make_predictor(tiny_scenes, [word])
    for size in SIZES[:2]:
        case = (torch.randint(0, 256, (*size, 3), dtype=torch.uint8),)
        known, found = expected(made.predictor, made.facts, case), made.graph()(*case)
        assert len(known[0]) > 10
        assert made.graph().apart(known, found) < 1e-5


def test_objects_are_told_apart_by_box_category_score_and_mask() -> None:
    boxes, labels, scores = (
        random_boxes(4, 100),
        torch.tensor([0, 1, 1, 2]),
        torch.tensor([0.9, 0.8, 0.7, 0.6]),
    )
    masks = torch.zeros(4, 10, 10, dtype=torch.bool)
    known = (boxes, labels, scores, masks)
    assert objects_apart(known, tuple(one.flip(0) for one in known)) == 0
    assert objects_apart(known, (boxes * 1.01, *known[1:])) == pytest.approx(0.01, rel=1e-4)
    assert objects_apart(known, (boxes, labels, scores + 0.02, masks)) == pytest.approx(0.02, rel=1e-4)
    assert objects_apart(known, (boxes, labels, scores, ~masks)) == 1
    assert objects_apart(known, (boxes, torch.tensor([0, 1, 1, 3]), scores, masks)) == torch.inf
    assert objects_apart(known, tuple(one[:3] for one in known)) == torch.inf
    none = tuple(one[:0] for one in known)
    assert objects_apart(none, none) == 0

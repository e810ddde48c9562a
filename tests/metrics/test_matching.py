"""One category against matching and precision written out slowly, in double precision."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from counterpoise.metrics.detections import Detections, Truth
from counterpoise.metrics.matching import category_precisions
from counterpoise.metrics.packed_masks import PackedMasks

from .scattered_detections import scattered

AREAS = ((0, 1e10), (0, 32**2), (32**2, 96**2), (96**2, 1e10))


def overlap(guess: list[float], box: list[float], crowd: bool) -> float:
    """Intersection over union; over the guess alone where the box is of a crowd."""
    width = min(guess[2], box[2]) - max(guess[0], box[0])
    height = min(guess[3], box[3]) - max(guess[1], box[1])
    inside = max(width, 0) * max(height, 0)
    own = (guess[2] - guess[0]) * (guess[3] - guess[1])
    return inside / (own if crowd else own + (box[2] - box[0]) * (box[3] - box[1]) - inside)


def outcomes(
    truth: Truth, found: Detections, image: int, least: float, area: tuple[float, float]
) -> list[tuple[float, bool | None]]:
    """Score of each guess in an image, surest first, and whether it is right; None where it does not count."""
    boxes, own_areas = truth.boxes.double().tolist(), truth.areas.tolist()
    there = [i for i in range(len(truth)) if truth.images[i] == image]
    unwanted = {i: bool(truth.crowd[i]) or not area[0] <= own_areas[i] <= area[1] for i in there}
    incomplete = truth.incomplete is not None and image in truth.incomplete[:, 0].tolist()
    guesses = [i for i in range(len(found)) if found.images[i] == image]
    taken: set[int] = set()
    results = []
    for guess in sorted(guesses, key=lambda i: -found.scores[i].item()):
        box = found.boxes[guess].double().tolist()
        best = None
        for ignored in (False, True):
            free = [i for i in there if unwanted[i] == ignored and (i not in taken or bool(truth.crowd[i]))]
            near = [(overlap(box, boxes[i], bool(truth.crowd[i])), i) for i in free]
            near = [pair for pair in near if pair[0] >= least]
            if best is None and near:
                best = max(near)[1]
        size = (box[2] - box[0]) * (box[3] - box[1])
        if best is None:
            right = None if incomplete or not area[0] <= size <= area[1] else False
        else:
            taken.add(best)
            right = None if unwanted[best] else True
        results.append((found.scores[guess].item(), right))
    return results


def slow_precision(truth: Truth, found: Detections, least: float, area: tuple[float, float]) -> float:
    """Mean over 101 recalls of the best precision at that recall or a higher one."""
    wanted = sum(
        area[0] <= own <= area[1] and not crowd
        for own, crowd in zip(truth.areas.tolist(), truth.crowd.tolist(), strict=True)
    )
    if not wanted:
        return math.nan
    images = sorted({*truth.images.tolist(), *found.images.tolist()})
    results = [one for image in images for one in outcomes(truth, found, image, least, area)]
    right = wrong = 0
    points = []
    for _, was_right in sorted(results, key=lambda one: -one[0]):
        right, wrong = right + (was_right is True), wrong + (was_right is False)
        points.append((right / wanted, right / max(right + wrong, 1)))
    levels = np.linspace(0, 1, 101).tolist()
    return sum(max((p for r, p in points if r >= level), default=0.0) for level in levels) / 101


def one_category(seed: int, *, federated: bool) -> tuple[Truth, Detections]:
    """All objects and detections under one name, in images that tell of it; of three some objects are not marked."""
    truth, found = scattered(seed, images=8, guesses=10, federated=federated)
    incomplete = None if truth.incomplete is None else truth.incomplete[:3]
    return replace(truth, masks=None, incomplete=incomplete), replace(found, masks=None)


@pytest.mark.parametrize("federated", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_precisions_equal_slow_ones(seed: int, federated: bool) -> None:
    truth, found = one_category(seed, federated=federated)
    assert truth.crowd.any() != federated
    result = category_precisions(truth, found)
    for row, least in zip(result.tolist(), np.linspace(0.5, 0.95, 10).tolist(), strict=True):
        slow = [slow_precision(truth, found, least, area) for area in AREAS]
        assert row == pytest.approx(slow, abs=1e-9, nan_ok=True)
    assert 0.05 < result[0, 0] < 0.95, "the example must have right and wrong answers"


def test_a_guess_counts_less_where_not_all_objects_are_marked() -> None:
    truth, found = one_category(0, federated=True)
    strict = replace(truth, incomplete=torch.empty(0, 2, dtype=torch.int64))
    assert (category_precisions(truth, found)[:5, 0] > category_precisions(strict, found)[:5, 0]).all()


def empty_mask_first(*, federated: bool) -> float:
    """Precision where the surest guess has no pixel and the second one is right."""
    pixels = torch.zeros(2, 40, 40)
    pixels[1, 5:35, 5:35] = 1
    pairs = torch.empty(0, 2, dtype=torch.int64) if federated else None
    zero, area = torch.zeros(1, dtype=torch.int64), torch.tensor([900.0])
    thing = PackedMasks.of_pixels(pixels[1:])
    truth = Truth(zero, zero, torch.zeros(1, 4), area, zero.bool(), thing, pairs, pairs)
    both = zero.repeat(2)
    scores, masks = torch.tensor([0.9, 0.8]), PackedMasks.of_pixels(pixels)
    return category_precisions(truth, Detections(both, both, scores, torch.zeros(2, 4), masks))[0, 0].item()


def test_an_empty_mask_is_wrong_by_the_rule_of_coco_and_nothing_by_that_of_lvis() -> None:
    assert empty_mask_first(federated=True) == pytest.approx(1)
    assert empty_mask_first(federated=False) == pytest.approx(0.5)

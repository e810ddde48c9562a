"""Average precisions against the official evaluations and against slow counts."""

from dataclasses import replace

import pytest
import torch

from counterpoise.errors import InputError
from counterpoise.metrics import detection
from counterpoise.metrics.detection import (
    counted_by_category,
    counted_by_rule,
    detection_precisions,
    judged,
    most_certain,
    precision_summary,
)
from counterpoise.metrics.detections import Detections, Truth

from .official_numbers import COCO, LVIS, NAMES, Case
from .scattered_detections import CLASSES, FREQUENCY, scattered


@pytest.mark.parametrize("case", LVIS)
def test_numbers_are_those_of_the_official_lvis_evaluation(case: Case) -> None:
    seed, images, guesses, kind = case
    truth, found = scattered(seed, images=images, guesses=guesses)
    counted = counted_by_rule(truth, found, CLASSES)
    assert (len(counted) < len(found)) == (guesses > 300), "one case has more than LVIS counts"
    precisions = detection_precisions(truth, found.subset(counted), CLASSES, masks=kind == "segm")
    numbers = precision_summary(precisions, FREQUENCY)
    assert numbers == pytest.approx(LVIS[case], abs=1e-7)


@pytest.mark.parametrize("case", COCO)
def test_numbers_are_those_of_the_official_coco_evaluation(case: Case) -> None:
    seed, images, guesses, kind = case
    truth, found = scattered(seed, images=images, guesses=guesses, federated=False)
    assert truth.crowd.any()
    counted = counted_by_rule(truth, found, CLASSES)
    assert (len(counted) < len(found)) == (guesses > 300), "one case has more than COCO counts"
    precisions = detection_precisions(truth, found.subset(counted), CLASSES, masks=kind == "segm")
    numbers = precision_summary(precisions, FREQUENCY)
    assert {name: numbers[name] for name in COCO[case]} == pytest.approx(COCO[case], abs=1e-7)


def test_fixed_ap_counts_the_surest_of_a_category_whatever_image_they_are_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    truth, found = scattered(6, images=3, guesses=500)
    monkeypatch.setattr(detection, "MOST_PER_CATEGORY", 50)
    kept = []
    for label in range(CLASSES):
        own = [i for i in range(len(found)) if found.labels[i] == label]
        kept += sorted(own, key=lambda i: (-found.scores[i].item(), i))[:50]
    assert counted_by_category(found).tolist() == sorted(kept)
    fixed = detection_precisions(truth, found.subset(counted_by_category(found)), CLASSES)
    slow = detection_precisions(truth, found.subset(torch.tensor(sorted(kept))), CLASSES)
    usual = detection_precisions(truth, found.subset(counted_by_rule(truth, found, CLASSES)), CLASSES)
    assert torch.equal(fixed.nan_to_num(), slow.nan_to_num())
    assert not torch.equal(fixed.nan_to_num(), usual.nan_to_num())


def test_of_equal_scores_the_first_are_the_most_certain() -> None:
    scores = torch.tensor([0.5, 0.9, 0.5, 0.5, 0.1, 0.5])
    groups = torch.tensor([7, 7, 7, 2, 2, 7])
    assert most_certain(scores, groups, 2).tolist() == [0, 1, 3, 4]
    assert most_certain(scores, groups, 9).tolist() == [0, 1, 2, 3, 4, 5]
    assert most_certain(scores[:0], groups[:0], 2).tolist() == []


def test_only_what_is_known_of_an_image_counts() -> None:
    truth, found = scattered(0)
    shown = set(zip(truth.images.tolist(), truth.labels.tolist(), strict=True))
    assert truth.absent is not None
    absent = {(image, label) for image, label in truth.absent.tolist()}
    pairs = zip(found.images.tolist(), found.labels.tolist(), strict=True)
    assert judged(truth, found, CLASSES).tolist() == [pair in shown | absent for pair in pairs]
    everything, also = scattered(0, federated=False)
    assert judged(everything, also, CLASSES).all()


def test_categories_without_objects_have_no_number() -> None:
    truth, found = scattered(1)
    precisions = detection_precisions(truth, found, CLASSES)
    assert precisions.shape == (CLASSES, 10, 4)
    assert precisions[CLASSES - 1].isnan().all()
    assert not precisions[: CLASSES - 1, :, 0].isnan().any()
    rare = precision_summary(precisions, "r" * CLASSES)
    assert rare["apr"] == rare["ap"]
    assert rare["apf"] is None


def test_nothing_found_is_zero_and_nothing_there_is_unknown() -> None:
    truth, found = scattered(2)
    nothing = torch.arange(0)
    assert (
        precision_summary(detection_precisions(truth, found.subset(nothing), CLASSES), FREQUENCY)["ap"] == 0
    )
    empty = detection_precisions(truth.subset(nothing), found, CLASSES)
    assert precision_summary(empty, FREQUENCY) == dict.fromkeys(NAMES)


def test_everything_found_is_one() -> None:
    truth, _ = scattered(3, federated=False)
    truth = truth.subset((~truth.crowd).nonzero().flatten())
    found = Detections(truth.images, truth.labels, torch.ones(len(truth)), truth.boxes, truth.masks)
    for masks in (False, True):
        assert precision_summary(detection_precisions(truth, found, CLASSES, masks=masks), FREQUENCY)[
            "ap"
        ] == pytest.approx(1)


def test_images_in_another_order_have_the_same_numbers() -> None:
    truth, found = scattered(4)
    assert truth.absent is not None
    assert truth.incomplete is not None
    scores = torch.rand(len(found), generator=torch.Generator().manual_seed(0))
    found = Detections(found.images, found.labels, scores, found.boxes)
    turned = Truth(
        24 - truth.images,
        truth.labels,
        truth.boxes,
        truth.areas,
        truth.crowd,
        absent=torch.tensor([24, 0]) + torch.tensor([-1, 1]) * truth.absent,
        incomplete=torch.tensor([24, 0]) + torch.tensor([-1, 1]) * truth.incomplete,
    )
    also = Detections(24 - found.images, found.labels, scores, found.boxes).subset(torch.randperm(len(found)))
    ours, theirs = detection_precisions(truth, found, CLASSES), detection_precisions(turned, also, CLASSES)
    torch.testing.assert_close(ours, theirs, equal_nan=True)


def test_masks_are_not_compared_with_boxes() -> None:
    truth, found = scattered(5, images=2, guesses=2)
    with pytest.raises(InputError, match="one side has boxes alone"):
        detection_precisions(truth, replace(found, masks=None), CLASSES, masks=True)

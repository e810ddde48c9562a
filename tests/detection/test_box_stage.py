import torch
from torch import Tensor
from torch.testing import assert_close
from torchvision.ops import box_iou

from counterpoise.detection.box_stage import BoxStage, with_area
from counterpoise.detection.plan import SMALL
from counterpoise.detection.sampled import Sampled
from counterpoise.detection.stage_rules import CASCADE

OBJECT = torch.tensor([[10.0, 10, 30, 30]])
SIZES = [(64, 64)]


def stage(number: int = 0) -> BoxStage:
    return BoxStage(8, 1, plan=SMALL, rule=CASCADE[number])


def objects(boxes: Tensor) -> list[dict[str, Tensor]]:
    return [{"boxes": boxes, "labels": torch.full((len(boxes),), 2)}]


def near(share: float) -> Tensor:
    """A box whose intersection over union with the object is the share."""
    return torch.tensor([[10.0, 10, 30, 10 + 20 * share]])


def test_later_stages_ask_for_more_overlap() -> None:
    proposals = [torch.cat([near(0.55), near(0.65), near(0.75)])]
    on = [
        sum((stage(number).sampled(proposals, objects(OBJECT)).labels[0] > 0).tolist()) for number in range(3)
    ]
    assert on == [4, 3, 2], "the object itself is always among them"


def test_offsets_lead_from_the_regions_to_their_objects() -> None:
    one = stage()
    sampled = one.sampled([near(0.6)], objects(OBJECT))
    for moved in one.refined(sampled.boxes, sampled.offsets, SIZES)[0]:
        assert_close(moved, OBJECT[0])


def test_objects_themselves_are_not_passed_on() -> None:
    one = stage()
    sampled = one.sampled([near(0.6)], objects(OBJECT))
    (passed,) = one.passed_on(sampled, torch.zeros(2, 4), SIZES)
    assert_close(passed, near(0.6))


def test_an_image_without_objects_is_background_and_without_loss() -> None:
    one = stage()
    sampled = one.sampled([near(0.6)], objects(OBJECT[:0]))
    offsets = torch.randn(1, 4, requires_grad=True)
    one.loss(offsets, sampled).backward()
    assert sampled.labels[0].tolist() == [0]
    assert offsets.grad is not None and offsets.grad.abs().sum() == 0
    assert len(one.passed_on(sampled, offsets, SIZES)[0]) == 1


def test_the_loss_is_over_the_regions_on_objects_and_divided_by_all() -> None:
    sampled = Sampled(
        boxes=[OBJECT, near(0.1)],
        matches=[torch.zeros(1).long()] * 2,
        labels=[torch.tensor([1]), torch.tensor([0])],
        offsets=torch.zeros(2, 4),
    )
    offsets = torch.full((2, 4), 2.0)
    expected = 4 * (2 - 1 / 18) / 2
    assert_close(stage(0).loss(offsets, sampled), torch.tensor(expected))
    assert_close(stage(2).loss(offsets, sampled), torch.tensor(expected / 4))


def test_refined_boxes_stay_inside_and_keep_an_area() -> None:
    far = torch.tensor([[1e4, 0, 0, 0], [0, 0, -1e4, 0], [0, 0, 1e4, 1e4]])
    moved = stage().refined([OBJECT.expand(3, 4)], far, SIZES)[0]
    assert moved.isfinite().all()
    assert (moved[:, 2:] > moved[:, :2]).all()
    assert moved.min() >= 0 and moved.max() <= 64 + 0.02


def test_boxes_with_area_are_left_alone() -> None:
    assert torch.equal(with_area(OBJECT), OBJECT)
    assert box_iou(with_area(OBJECT), OBJECT).item() == 1


def test_features_and_offsets_of_no_region() -> None:
    features, offsets = stage()({"0": torch.rand(1, 8, 16, 16)}, [torch.zeros(0, 4)], SIZES)
    assert (features.shape, offsets.shape) == ((0, SMALL.dim), (0, 4))

import torch
from torchvision.models.detection.image_list import ImageList

from counterpoise.detection.plan import SMALL
from counterpoise.detection.proposals import ExactRPNHead, proposal_network


def test_the_head_answers_in_full_precision() -> None:
    head = ExactRPNHead(8, 3)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        answers = head([torch.rand(1, 8, 4, 4)])
    assert {one.dtype for part in answers for one in part} == {torch.float32}


def test_proposals_lie_in_their_image_and_are_at_most_as_many_as_planned() -> None:
    network = proposal_network(8, 2, SMALL).eval()
    maps = {"0": torch.rand(2, 8, 16, 16), "1": torch.rand(2, 8, 8, 8), "pool": torch.rand(2, 8, 4, 4)}
    boxes, losses = network(ImageList(torch.zeros(2, 3, 64, 64), [(64, 64), (40, 50)]), maps)
    assert losses == {}
    assert all(0 < len(found) <= SMALL.proposals[1] for found in boxes)
    assert boxes[1][:, 2].max() <= 50 and boxes[1][:, 3].max() <= 40


def test_anchors_grow_with_the_strides() -> None:
    anchors = proposal_network(8, 3, SMALL).anchor_generator
    assert anchors.sizes == ((16,), (32,), (64,), (128,))

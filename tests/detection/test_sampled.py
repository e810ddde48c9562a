import torch

from counterpoise.detection.sampled import Sampled

BOXES = [torch.rand(1, 4), torch.rand(2, 4)]
SAMPLED = Sampled(
    boxes=BOXES,
    matches=[torch.tensor([2]), torch.tensor([1, 0])],
    labels=[torch.tensor([3]), torch.tensor([0, 1])],
    offsets=torch.zeros(3, 4),
)


def test_a_site_knows_the_image_of_each_region() -> None:
    features = torch.rand(3, 5)
    site = SAMPLED.site(features, 0.5)
    assert site.features is features
    assert site.images.tolist() == [0, 1, 1]
    assert site.targets.tolist() == [3, 0, 1]
    assert site.weight == 0.5


def test_regions_on_objects_know_which() -> None:
    boxes, matches = SAMPLED.foreground()
    assert torch.equal(boxes[0], BOXES[0]) and torch.equal(boxes[1], BOXES[1][1:])
    assert [one.tolist() for one in matches] == [[2], [0]]

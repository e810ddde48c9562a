import torch

from counterpoise.metrics.detections import Detections

from .scattered_detections import scattered


def test_detections_are_picked_with_all_that_belongs_to_them() -> None:
    _, found = scattered(0, images=2, guesses=5)
    some = found.subset(torch.tensor([7, 2]))
    assert len(some) == 2
    assert found.masks
    assert some.masks
    for place, position in enumerate((7, 2)):
        assert some.images[place] == found.images[position]
        assert some.labels[place] == found.labels[position]
        assert some.scores[place] == found.scores[position]
        assert torch.equal(some.boxes[place], found.boxes[position])
        assert some.masks[place] == found.masks[position]


def test_parts_are_joined_in_order() -> None:
    _, found = scattered(1, images=2, guesses=5)
    first, second = torch.arange(4), torch.arange(4, 10)
    whole = Detections.joined([found.subset(first), found.subset(second)])
    assert torch.equal(whole.boxes, found.boxes)
    assert torch.equal(whole.scores, found.scores)
    assert whole.masks
    assert found.masks
    assert [whole.masks[i] for i in range(10)] == [found.masks[i] for i in range(10)]


def test_objects_are_picked_with_what_is_known_of_all_images() -> None:
    truth, _ = scattered(2, images=4)
    some = truth.subset(torch.tensor([3, 1]))
    assert len(some) == 2
    assert torch.equal(some.areas, truth.areas[[3, 1]])
    assert torch.equal(some.crowd, truth.crowd[[3, 1]])
    assert some.masks
    assert truth.masks
    assert some.masks[1] == truth.masks[1]
    assert some.absent is truth.absent
    assert some.incomplete is truth.incomplete

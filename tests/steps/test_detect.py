"""Pictures become regions with targets."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from counterpoise.classifiers import LinearClassifier
from counterpoise.data.data import Data
from counterpoise.data.streams import Batch, Stream
from counterpoise.detection import Detector, detector_of
from counterpoise.errors import InputError
from counterpoise.losses import CrossEntropy
from counterpoise.net import Net
from counterpoise.samplers import InOrder
from counterpoise.steps import Detect, Seen, supervised, total


def detector(data: Data, name: str = "cascade_mask_rcnn") -> Detector:
    return detector_of(name, "auto", data.facts, LinearClassifier)  # pyright: ignore[reportArgumentType]


def first(data: Data, pictures: int) -> Batch:
    stream = Stream(data.splits["train"], InOrder(16), pictures, data.facts.plain, workers=0)
    return next(iter(stream.batches(seed=(0,))))


def test_regions_of_each_place_are_rows_with_targets(tiny_scenes: Data) -> None:
    batch = first(tiny_scenes, 3)
    before = Seen(
        {"train": batch}, inputs=batch.inputs, index=batch.index + 5, terms={"other": torch.ones(())}
    )
    seen = Detect()(detector(tiny_scenes).train(), before)
    assert list(seen.sites) == ["box0", "box1", "box2"]
    assert seen.terms.keys() == {"other", "rpn_objectness", "rpn_box", "box", "mask"}
    for site, weight in zip(seen.sites.values(), (1, 0.5, 0.25), strict=True):
        ((share, targets),) = site.mixture
        assert (share, site.weight) == (1.0, weight)
        assert len(site.features) == len(targets) == len(site.index) == len(site.foreground)
        assert torch.equal(site.foreground, targets > 0)
        assert site.index.unique().tolist() == [5, 6, 7]
        assert targets.max() <= 4


def test_objects_are_among_the_regions_of_their_picture(tiny_scenes: Data) -> None:
    """The boxes of the objects are added to the proposals, so that there is foreground from the first step on."""
    batch = first(tiny_scenes, 14)
    (site,) = Detect()(detector(tiny_scenes, "mask_rcnn").train(), seen_of(batch)).sites.values()
    for picture, shown in enumerate(batch.inputs.objects):
        here = site.mixture[0][1][(site.index == picture) & site.foreground]
        assert set(here.tolist()) == set(shown["labels"].tolist())


def test_pictures_without_objects_teach_the_background(tiny_scenes: Data) -> None:
    empty = Stream(
        tiny_scenes.splits["train"].subset(torch.tensor([14, 15])),
        InOrder(2),
        2,
        tiny_scenes.facts.plain,
        workers=0,
    )
    net, objective = detector(tiny_scenes).train(), supervised(CrossEntropy(), Detect())
    seen = objective(net, {"train": next(iter(empty.batches(seed=(0,))))})
    assert not any(site.foreground.any() for site in seen.sites.values())
    assert all(term.isfinite() for term in seen.terms.values())
    assert seen.terms["mask"] == seen.terms["box"] == 0


def test_the_loss_is_the_weighed_one_of_all_stages(tiny_scenes: Data) -> None:
    net, objective = detector(tiny_scenes).train(), supervised(CrossEntropy(), Detect())
    seen = objective(net, {"train": first(tiny_scenes, 4)})
    each = [CrossEntropy()(site.outputs, site.mixture[0][1]) for site in seen.sites.values()]
    assert_close(seen.terms["loss"], each[0] + 0.5 * each[1] + 0.25 * each[2])


def test_all_parts_get_gradients(tiny_scenes: Data) -> None:
    net, objective = detector(tiny_scenes).train(), supervised(CrossEntropy(), Detect())
    total(objective(net, {"train": first(tiny_scenes, 14)}).terms).backward()
    without = [name for name, one in net.named_parameters() if one.grad is None]
    assert without == []


def test_another_net_is_refused() -> None:
    with pytest.raises(InputError, match="regions are those of a Detector, but a Net came"):
        Detect()(Net(nn.Identity(), LinearClassifier(2, 2)), Seen({}))


def seen_of(batch: Batch) -> Seen:
    return Seen({"train": batch}, inputs=batch.inputs, index=batch.index)

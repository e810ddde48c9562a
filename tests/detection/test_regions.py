import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from counterpoise.classifiers import LinearClassifier
from counterpoise.data.scenes import SceneBatch
from counterpoise.detection import Detector, DetectorName, Looks, detector_of

from .made_up import SIDE, facts, scenes

TERMS = {"rpn_objectness", "rpn_box", "box"}
EVERY_KIND: tuple[DetectorName, ...] = ("faster_rcnn", "mask_rcnn", "cascade_rcnn", "cascade_mask_rcnn")


def detector(name: DetectorName = "faster_rcnn") -> Detector:
    return detector_of(name, "auto", facts(), LinearClassifier).train()


def whole_loss(net: Detector, looks: Looks) -> Tensor:
    supervised = [
        site.weight * F.cross_entropy(net.classifiers[place](site.features), site.targets)
        for place, site in looks.sites.items()
    ]
    return torch.stack([*looks.terms.values(), *supervised]).sum()


@pytest.mark.parametrize("name", EVERY_KIND)
@pytest.mark.parametrize("counts", [(2, 0, 1), (1,), (0, 0)], ids=["mixed", "one object", "no objects"])
def test_every_weight_gets_a_finite_gradient(name: DetectorName, counts: tuple[int, ...]) -> None:
    net = detector(name)
    looks = net.look(scenes(counts, masks="mask" in name))
    assert set(looks.terms) == TERMS | ({"mask"} if "mask" in name else set())
    whole_loss(net, looks).backward()
    gradients = {parameter: one.grad for parameter, one in net.named_parameters()}
    assert all(one is not None and one.isfinite().all() for one in gradients.values())
    still = {parameter for parameter, one in gradients.items() if one is not None and not one.any()}
    if any(counts):
        assert still == set()
    else:
        assert all("mask" in name or "regressor" in name or "bbox_pred" in name for name in still)


def test_sites_hold_regions_of_every_image_and_their_targets() -> None:
    batch = scenes((2, 0, 1))
    site = detector().look(batch).sites["box"]
    assert site.features.shape == (len(site.targets), 128)
    assert site.images.unique().tolist() == [0, 1, 2]
    for image, objects in enumerate(batch.objects):
        foreground = site.targets[site.images == image]
        assert set(foreground[foreground > 0].tolist()) == set(objects["labels"].tolist())


def test_the_sites_of_a_cascade_weigh_less_and_less() -> None:
    sites = detector("cascade_rcnn").look(scenes((2,))).sites
    assert {place: site.weight for place, site in sites.items()} == {"box0": 1, "box1": 0.5, "box2": 0.25}


def test_what_is_sampled_follows_from_the_seed() -> None:
    net, batch, features = detector(), scenes((2, 1)), []
    for _ in range(2):
        torch.manual_seed(3)
        features.append(net.look(batch).sites["box"].features)
    assert torch.equal(*features)


def test_the_batch_is_left_as_it_was() -> None:
    batch, same = scenes((2, 1)), scenes((2, 1))
    detector("mask_rcnn").look(batch)
    for objects, before in zip(batch.objects, same.objects, strict=True):
        assert all(torch.equal(objects[name], before[name]) for name in before)


def test_with_a_frozen_backbone_the_classifiers_have_regions_to_learn_from() -> None:
    net = detector()
    net.backbone.eval()
    looks = net.look(scenes((2, 1)))
    assert set(looks.terms) == {"box"}
    assert (looks.sites["box"].targets > 0).any()


def test_less_precision_gives_finite_losses_and_exact_boxes() -> None:
    net = detector("cascade_mask_rcnn")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        looks = net.look(scenes((2, 1)))
        assert whole_loss(net, looks).isfinite()
        boxes = net.eval().backbone.candidates(scenes((2, 1))).boxes
    assert {one.dtype for one in boxes} == {torch.float32}


def test_candidates_are_the_same_regions_in_every_stage() -> None:
    batch = scenes((2, 1))
    candidates = detector("cascade_rcnn").eval().backbone.candidates(batch)
    regions = sum(len(boxes) for boxes in candidates.boxes)
    assert {tuple(features.shape) for features in candidates.features.values()} == {(regions, 128)}
    assert list(candidates.features) == ["box0", "box1", "box2"]


def test_pictures_of_any_size_are_brought_to_one() -> None:
    images = [torch.rand(3, 40, 60), torch.rand(3, 200, 90)]
    candidates = detector().eval().backbone.candidates(SceneBatch(images, [{}, {}]))
    assert candidates.given == [(40, 60), (200, 90)]
    assert [min(size) for size in candidates.sizes] == [SIDE, 2 * SIDE * 90 // 200]

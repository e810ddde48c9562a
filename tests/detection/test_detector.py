import copy

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.testing import assert_close
from torchvision.models.detection.generalized_rcnn import GeneralizedRCNN
from torchvision.models.detection.roi_heads import RoIHeads
from torchvision.ops import box_iou

from counterpoise.classifiers import DeconfoundedClassifier
from counterpoise.data.scenes import SceneBatch
from counterpoise.detection import Choice, Detector, DetectorName, Found, detector_of
from counterpoise.errors import InputError
from counterpoise.net import Classifier
from counterpoise.predictors import TotalDirectEffect
from counterpoise.predictors.region_probabilities import BackgroundExempted, SoftmaxProbabilities

from .made_up import facts, scenes

BATCH, TWO = scenes((3, 1, 2, 0)), scenes((2, 0))
EVERY_KIND: tuple[DetectorName, ...] = ("faster_rcnn", "mask_rcnn", "cascade_rcnn", "cascade_mask_rcnn")


def fresh(name: DetectorName = "faster_rcnn", choice: Choice = Choice()) -> Detector:  # noqa: B008
    return detector_of(name, "auto", facts(), DeconfoundedClassifier, choice=choice)


def finished(net: Detector) -> Detector:
    return net.rewired(lambda place, one: SoftmaxProbabilities(one)).eval()


def with_effect(net: Detector, alpha: float, *, exempted: bool = False) -> Detector:
    def change(place: str, classifier: Classifier) -> Classifier:
        direction = torch.rand(128, generator=torch.Generator().manual_seed(len(place)))
        effect = TotalDirectEffect(classifier, direction, alpha=alpha)
        return BackgroundExempted(effect) if exempted else SoftmaxProbabilities(effect)

    return net.rewired(change).eval()


def same(some: list[Found], others: list[Found]) -> None:
    for one, other in zip(some, others, strict=True):
        assert_close((one.boxes, one.scores), (other.boxes, other.scores))
        assert torch.equal(one.labels, other.labels)


@pytest.fixture(scope="module")
def trained() -> Detector:
    """A Mask R-CNN that knows one picture with two objects and an empty one by heart."""
    torch.manual_seed(0)
    net = fresh("mask_rcnn").train()
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    calming = torch.optim.lr_scheduler.StepLR(optimizer, 45, gamma=0.2)
    for _ in range(60):
        looks = net.look(TWO)
        site = looks.sites["box"]
        loss = F.cross_entropy(net.classifiers["box"](site.features), site.targets)
        optimizer.zero_grad()
        torch.stack([loss, *looks.terms.values()]).sum().backward()
        optimizer.step()
        calming.step()
    return finished(net)


def sure(found: Found) -> Found:
    kept = found.scores > 0.5
    assert found.masks is not None
    return Found(found.boxes[kept], found.scores[kept], found.labels[kept], found.masks[kept])


def test_a_trained_detector_finds_its_objects(trained: Detector) -> None:
    found, objects = sure(trained(TWO)[0]), TWO.objects[0]
    overlap, nearest = box_iou(objects["boxes"], found.boxes).max(dim=1)
    assert overlap.min() > 0.5
    assert torch.equal(found.labels[nearest] + 1, objects["labels"])
    assert found.masks is not None
    ours, theirs = found.masks[nearest], objects["masks"] > 0
    assert ((ours & theirs).sum((1, 2)) / (ours | theirs).sum((1, 2))).min() > 0.5


def test_a_trained_detector_finds_nothing_else(trained: Detector) -> None:
    found, nothing = (sure(one) for one in trained(TWO))
    assert len(nothing) == 0
    overlap, nearest = box_iou(found.boxes, TWO.objects[0]["boxes"]).max(dim=1)
    assert overlap.min() > 0.1
    assert torch.equal(found.labels + 1, TWO.objects[0]["labels"][nearest])


def test_what_is_found_lies_in_the_picture_as_it_was_given(trained: Detector) -> None:
    (image,), (objects,) = TWO.images[:1], TWO.objects[:1]
    found = sure(trained(SceneBatch([F.interpolate(image[None], scale_factor=3)[0]], [{}]))[0])
    assert box_iou(objects["boxes"] * 3, found.boxes).max(dim=1).values.min() > 0.5
    assert found.masks is not None and found.masks.shape[1:] == (192, 192)


@pytest.mark.parametrize("name", EVERY_KIND)
def test_what_an_untrained_detector_gives(name: DetectorName) -> None:
    for found in finished(fresh(name, Choice(most=20)))(BATCH):
        assert len(found) <= 20
        assert found.boxes.shape == (len(found), 4)
        assert found.boxes.min() >= 0 and found.boxes.max() <= 64.1
        assert (found.scores.diff() <= 0).all()
        assert set(found.labels.tolist()) <= {0, 1, 2}
        if "mask" in name:
            assert found.masks is not None and found.masks.shape == (len(found), 64, 64)
        else:
            assert found.masks is None


def test_where_nothing_is_sure_nothing_is_found() -> None:
    for found in finished(fresh("mask_rcnn", Choice(threshold=1.0)))(BATCH):
        assert len(found) == 0
        assert found.masks is not None and found.masks.shape == (0, 64, 64)


def test_the_classifiers_stand_below_their_own_prefix() -> None:
    net = fresh("cascade_rcnn")
    assert {name.split(".")[0] for name, _ in net.named_parameters()} == {"backbone", "classifier"}
    assert list(net.classifiers) == ["box0", "box1", "box2"]
    assert net.classifiers["box1"] is net.classifier["box1"]
    assert (net.classifier.dim, net.classifier.num_classes) == (128, 4)
    assert "classifier.box2.weight" in net.state_dict()


def test_rewired_shares_the_rest() -> None:
    net = fresh("cascade_rcnn", Choice(most=7)).reading(nn.Softmax(dim=1))
    other = finished(net)
    assert other.backbone is net.backbone
    assert other.readout is net.readout
    assert other.choice == net.choice
    assert [one.classifier for one in other.classifiers.values()] == list(net.classifiers.values())


def test_a_cascade_averages_the_probabilities_of_its_stages() -> None:
    net = finished(fresh("cascade_rcnn"))
    features = {place: torch.rand(5, 128) for place in net.classifiers}
    each = [classifier(features[place]) for place, classifier in net.classifiers.items()]
    assert_close(net.probabilities(features), (each[0] + each[1] + each[2]) / 3)


def test_the_readout_is_made_of_the_averaged_probabilities() -> None:
    net, features = finished(fresh()), {"box": torch.rand(5, 128)}
    assert_close(
        net.reading(nn.Softmax(dim=1)).probabilities(features), net.probabilities(features).softmax(dim=1)
    )


@pytest.mark.parametrize("exempted", [False, True])
@pytest.mark.parametrize("name", ["faster_rcnn", "cascade_mask_rcnn"])
def test_a_sweep_gives_what_each_alpha_would(name: DetectorName, exempted: bool) -> None:
    net = fresh(name, Choice(most=20))
    swept = with_effect(net, 0.5, exempted=exempted).sweep(BATCH, [0, 1.5, 3])
    for alpha, found in zip([0, 1.5, 3], swept, strict=True):
        same(found, with_effect(net, alpha, exempted=exempted)(BATCH))
        assert all(one.masks is None for one in found)


def test_a_sweep_leaves_alpha_as_it_was() -> None:
    net = with_effect(fresh(), 0.5)
    before = net(BATCH)
    net.sweep(BATCH, [2.0])
    same(net(BATCH), before)


def test_a_sweep_needs_a_total_direct_effect() -> None:
    with pytest.raises(InputError, match="have none; train with tde"):
        finished(fresh()).sweep(BATCH, [1.0])


def test_no_gradient_is_recorded() -> None:
    assert not finished(fresh())(BATCH)[0].scores.requires_grad


def state(net: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in net.state_dict().items()}


@pytest.mark.parametrize("name", ["mask_rcnn", "cascade_rcnn"])
def test_its_state_survives_safetensors(name: DetectorName, tmp_path_factory: pytest.TempPathFactory) -> None:
    net, path = with_effect(fresh(name), 1.5), tmp_path_factory.mktemp("net") / "net.safetensors"
    save_file(net.state_dict(), path)
    torch.manual_seed(1)
    other = with_effect(fresh(name), 0.0)
    other.load_state_dict(load_file(path))
    same(other(BATCH), net(BATCH))


def test_a_copy_is_its_own() -> None:
    net = with_effect(fresh(), 1.5)
    copied = copy.deepcopy(net)
    same(copied(BATCH), net(BATCH))
    stored = {tensor.data_ptr() for tensor in net.state_dict().values()}
    assert not stored & {tensor.data_ptr() for tensor in copied.state_dict().values()}


def test_only_classifiers_and_boxes_learn_where_only_they_are_trained() -> None:
    net = fresh().train()
    net.backbone.requires_grad_(False).eval()
    site = net.look(BATCH).sites["box"]
    before = state(net)
    optimizer = torch.optim.SGD(net.classifier.parameters(), 0.1)
    F.cross_entropy(net.classifiers["box"](site.features), site.targets).backward()
    optimizer.step()
    moved = {name for name, tensor in net.state_dict().items() if not torch.equal(tensor, before[name])}
    assert moved == {"classifier.box.weight"}


class AsTorchvision(nn.Module):
    """Scores and, for each category, the one regression of a detector of ours."""

    def __init__(self, net: Detector) -> None:
        super().__init__()
        self.scores, self.offsets = net.classifiers["box"], net.backbone.by_place["box"].regressor

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        return self.scores(features), self.offsets(features).repeat(1, 4)


class BackgroundMask(nn.Module):
    """The masks of a detector of ours and one of the background, which torchvision has."""

    def __init__(self, predictor: nn.Module) -> None:
        super().__init__()
        self.predictor = predictor

    def forward(self, features: Tensor) -> Tensor:
        return F.pad(self.predictor(features), (0, 0, 0, 0, 1, 0))


def of_torchvision(net: Detector) -> GeneralizedRCNN:
    """A Mask R-CNN of torchvision with the weights of ours."""
    regions, stage, mask = net.backbone, net.backbone.by_place["box"], net.backbone.mask
    assert mask is not None
    heads = RoIHeads(
        stage.heads.box_roi_pool,
        stage.heads.box_head,
        AsTorchvision(net),
        fg_iou_thresh=0.5,
        bg_iou_thresh=0.5,
        batch_size_per_image=64,
        positive_fraction=0.25,
        bbox_reg_weights=None,
        score_thresh=1e-4,
        nms_thresh=0.5,
        detections_per_img=300,
        mask_roi_pool=mask.pool,
        mask_head=mask.head,
        mask_predictor=BackgroundMask(mask.predictor),
    )
    return GeneralizedRCNN(regions.pyramid, regions.proposals, heads, regions.transform)


def test_it_learns_as_torchvision_does() -> None:
    net = fresh("mask_rcnn").train()
    torch.manual_seed(1)
    looks = net.look(BATCH)
    site = looks.sites["box"]
    ours = {**looks.terms, "loss": F.cross_entropy(net.classifiers["box"](site.features), site.targets)}
    torch.manual_seed(1)
    theirs = of_torchvision(net).train()(BATCH.images, BATCH.objects)
    names = {
        "loss": "loss_classifier",
        "box": "loss_box_reg",
        "mask": "loss_mask",
        "rpn_objectness": "loss_objectness",
        "rpn_box": "loss_rpn_box_reg",
    }
    assert theirs.keys() == set(names.values())
    for name, term in ours.items():
        assert_close(term, theirs[names[name]], msg=name)


def test_it_finds_what_torchvision_does(trained: Detector) -> None:
    net = trained.rewired(lambda place, one: one.classifier)  # pyright: ignore
    with torch.no_grad():
        expected = of_torchvision(net).eval()(BATCH.images)
    for found, other in zip(trained(BATCH), expected, strict=True):
        assert_close((found.boxes, found.scores), (other["boxes"], other["scores"]))
        assert torch.equal(found.labels + 1, other["labels"])
        assert found.masks is not None
        assert torch.equal(found.masks, other["masks"][:, 0] > 0.5)

from typing import Any, cast

import pytest

from counterpoise.classifiers import LinearClassifier
from counterpoise.detection import Choice, DetectorName, detector_of
from counterpoise.errors import InputError

from .made_up import facts


@pytest.mark.parametrize(
    ("name", "places", "masks"),
    [
        ("faster_rcnn", ["box"], False),
        ("mask_rcnn", ["box"], True),
        ("cascade_rcnn", ["box0", "box1", "box2"], False),
        ("cascade_mask_rcnn", ["box0", "box1", "box2"], True),
    ],
)
def test_the_names(name: DetectorName, places: list[str], masks: bool) -> None:
    net = detector_of(name, "auto", facts(), LinearClassifier, choice=Choice(most=9))
    assert list(net.classifiers) == list(net.backbone.stages) == places
    assert (net.backbone.mask is not None) == masks
    assert net.choice.most == 9


@pytest.mark.parametrize("masks", [True, False])
def test_auto_takes_masks_where_there_are_some(masks: bool) -> None:
    net = detector_of("auto", "auto", facts(masks=masks), LinearClassifier)
    assert (net.backbone.mask is not None) == masks


def test_the_background_is_one_more_output() -> None:
    net = detector_of("mask_rcnn", "auto", facts(categories=5), LinearClassifier)
    assert (net.classifier.dim, net.classifier.num_classes) == (128, 6)
    mask = cast(Any, net.backbone.mask)
    assert mask.predictor.mask_fcn_logits.out_channels == 5


def test_large_pictures_get_the_published_widths() -> None:
    net = detector_of("faster_rcnn", "resnet18", facts(side=800), LinearClassifier)
    assert net.classifier.dim == 1024
    assert net.backbone.transform.min_size == (800,)
    assert net.backbone.transform.max_size == 1600
    assert net.backbone.proposals.anchor_generator.sizes == ((32,), (64,), (128,), (256,), (512,))
    assert net.backbone.by_place["box"].heads.fg_bg_sampler.batch_size_per_image == 512


def test_masks_that_are_not_there_are_refused() -> None:
    with pytest.raises(InputError, match=r"learns from masks, but .* choose cascade_rcnn"):
        detector_of("cascade_mask_rcnn", "auto", facts(masks=False), LinearClassifier)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(InputError, match="no detector 'yolo': expected auto, faster_rcnn"):
        detector_of(cast(Any, "yolo"), "auto", facts(), LinearClassifier)

"""What is said about a detector's answers."""

import json
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
import torch
from PIL import Image

from counterpoise.classifiers import LinearClassifier
from counterpoise.data.data import Data
from counterpoise.data.objects import Objects
from counterpoise.data.scenes import Scenes
from counterpoise.data.sources import Source, load
from counterpoise.detection import detector_of
from counterpoise.metrics.detection import detection_precisions, precision_summary
from counterpoise.metrics.detections import Detections
from counterpoise.predictors import BackgroundExempted, SoftmaxProbabilities
from counterpoise.training.asked import Asked
from counterpoise.training.detect import detect
from counterpoise.training.detection import CURVE, DETECTIONS, evaluate_detections, truth_of
from counterpoise.training.sample_pictures import PICTURES

from ..metrics.official_numbers import LVIS
from ..metrics.scattered_detections import HEIGHT, WIDTH, annotations, scattered
from .detectors import by_colour, exempting


def scenes_of(data: Data) -> Scenes:
    return cast(Scenes, data.splits["test"].samples)


def objects_of(data: Data) -> Objects:
    return cast(Objects, data.facts.objects)


@pytest.fixture(scope="module")
def found(tiny_scenes: Data) -> Detections:
    """What is found by its colour: yellow things, which are of the last category, are taken for two others."""
    return detect(by_colour(), tiny_scenes.splits["test"], tiny_scenes.facts, workers=0)


def test_the_numbers_are_average_precisions(tiny_scenes: Data, found: Detections) -> None:
    result, same = evaluate_detections(by_colour(), tiny_scenes, "test", found, Asked(choices=["a sentence"]))
    assert same is found
    truth = truth_of(scenes_of(tiny_scenes), objects_of(tiny_scenes))
    for kind, masks in (("box", False), ("mask", True)):
        precisions = detection_precisions(truth, found, 4, masks=masks)
        numbers = precision_summary(precisions, "fcrr")
        assert {name: value for name, value in result[kind].items() if name != "fixed_ap"} == numbers
        assert result[kind]["fixed_ap"] == numbers["ap"]
    assert result["per_class"] == pytest.approx(precisions[:, :, 0].mean(dim=1).tolist())
    mask = result["mask"]
    assert 0 < mask["ap"] < 1, "the example must have right and wrong answers"
    assert (result["overall"], result["balanced"]) == (mask["ap"], mask["ap"])
    assert (result["many"], result["medium"], result["few"]) == (mask["apf"], mask["apc"], mask["apr"])
    assert result["per_class"][3] == 0
    assert result["metric"] == "mean average precision of masks"
    assert (result["task"], result["split"], result["samples"]) == ("detection", "test", 8)
    assert result["test_counts"] == [3, 3, 3, 3]
    assert result["image_counts"] == list(objects_of(tiny_scenes).image_counts)
    assert result["shots"]["groups"] == {"many": [0], "medium": [1], "few": [2, 3]}
    assert result["choices"] == ["a sentence"]
    assert result["alpha"] is result["alpha_curve"] is None
    json.dumps(result, allow_nan=False)


def test_numbers_of_files_are_those_of_the_official_evaluation(tmp_path: Path) -> None:
    truth, found = scattered(0)
    for split in ("train", "val"):
        (tmp_path / f"{split}.json").write_text(json.dumps(annotations(truth, 25)))
    for image in range(25):
        Image.new("L", (WIDTH, HEIGHT)).save(tmp_path / f"{image}.png")
    data = load(Source(str(tmp_path)))
    assert data.facts.objects
    assert data.facts.objects.federated
    result, _ = evaluate_detections(by_colour(), data, "val", found)
    for name, kind in (("box", "bbox"), ("mask", "segm")):
        found_out = {key: value for key, value in result[name].items() if key != "fixed_ap"}
        assert found_out == pytest.approx(LVIS[0, 25, 25, kind], abs=1e-6)


def test_without_masks_boxes_are_told(tiny_scenes: Data, found: Detections) -> None:
    result, _ = evaluate_detections(by_colour(), tiny_scenes, "test", replace(found, masks=None))
    assert result["mask"] is None
    assert result["overall"] == result["box"]["ap"]
    assert result["metric"] == "mean average precision of boxes"


def test_pictures_without_objects_have_no_numbers(tiny_scenes: Data, found: Detections) -> None:
    empty = replace(tiny_scenes, splits={"test": tiny_scenes.splits["test"].subset(torch.tensor([6, 7]))})
    result, _ = evaluate_detections(by_colour(), empty, "test", found.subset(torch.arange(0)))
    assert result["overall"] is result["few"] is result["box"]["ap50"] is None
    assert result["per_class"] == [None] * 4
    json.dumps(result, allow_nan=False)


@pytest.fixture(scope="module")
def federated(tiny_scenes: Data) -> Data:
    """The same pictures; each says whether it has red things, and the first that it may have more of them."""
    scenes = scenes_of(tiny_scenes)
    first, *others = (replace(one, negative=(0,)) for one in scenes.shown)
    shown = [replace(first, not_exhaustive=(0,)), *others]
    test = replace(tiny_scenes.splits["test"], samples=Scenes(scenes.paths, shown, scenes.sides, masks=True))
    objects = replace(objects_of(tiny_scenes), federated=True)
    return Data(replace(tiny_scenes.facts, objects=objects), {"test": test})


@pytest.mark.parametrize(
    ("image", "label", "counts"),
    [(0, 3, False), (0, 0, False), (1, 0, True), (1, 1, True)],
    ids=["unknown there", "not all marked", "known not to be there", "there"],
)
def test_a_wrong_guess_counts_where_its_category_is_known(
    federated: Data, image: int, label: int, counts: bool
) -> None:
    truth = truth_of(scenes_of(federated), objects_of(federated))
    assert {(0, 0), (1, 1)} <= set(zip(truth.images.tolist(), truth.labels.tolist(), strict=True))
    right = Detections(truth.images, truth.labels, torch.full((12,), 0.5), truth.boxes)
    corner = torch.tensor([[0.0, 0, 3, 3]])
    wrong = Detections(torch.tensor([image]), torch.tensor([label]), torch.tensor([0.9]), corner)
    result, _ = evaluate_detections(by_colour(), federated, "test", Detections.joined([wrong, right]))
    wanted = [1.0] * 4
    assert (result["per_class"] != pytest.approx(wanted)) == counts
    assert (result["per_class"][label] < 0.99) == counts


def test_crowds_count_neither_as_objects_nor_against_guesses(tiny_scenes: Data) -> None:
    scenes = scenes_of(tiny_scenes)
    shown = [
        replace(one, crowd=torch.ones_like(one.crowd), segmentations=(None,) * len(one.labels))
        for one in scenes.shown[:1]
    ]
    first = replace(
        tiny_scenes.splits["test"].subset(torch.tensor([0])),
        samples=Scenes(scenes.paths[:1], shown, scenes.sides, masks=True),
    )
    truth = truth_of(cast(Scenes, first.samples), objects_of(tiny_scenes))
    assert truth.masks
    left, top, right, bottom = truth.boxes[0].int().tolist()
    assert truth.masks.pixels(0).nonzero().amin(dim=0).tolist() == [top, left]
    assert truth.masks.pixels(0).sum() == (right - left) * (bottom - top)
    some = Detections(truth.images, truth.labels, torch.ones(len(truth)), truth.boxes)
    result, _ = evaluate_detections(by_colour(), Data(tiny_scenes.facts, {"test": first}), "test", some)
    assert result["test_counts"] == [0, 0, 0, 0]
    assert result["overall"] is None


def test_the_alpha_curve_goes_through_the_evaluation(tiny_scenes: Data) -> None:
    detector = exempting(tiny_scenes, alpha=1.3)
    found = detect(detector, tiny_scenes.splits["test"], tiny_scenes.facts, workers=0)
    choices = ["alpha 1.3, as given", "another"]
    result, _ = evaluate_detections(detector, tiny_scenes, "test", found, Asked(choices=choices))
    assert result["alpha"] == {"value": 1.3, "how": "alpha 1.3, as given"}
    curve = result["alpha_curve"]
    assert curve["alphas"] == sorted({*(round(alpha, 6) for alpha in CURVE.tolist()), 1.3})
    assert curve["samples"] == 8
    place = curve["alphas"].index(1.3)
    box = result["box"]
    names = {"overall": "ap", "balanced": "ap", "many": "apf", "medium": "apc", "few": "apr"}
    for name, own in names.items():
        assert len(curve[name]) == len(curve["alphas"])
        assert curve[name][place] == pytest.approx(box[own])
    assert len(curve["per_class"][place]) == 4
    assert len({tuple(row) for row in curve["per_class"]}) > 1, "alpha must change something in this example"
    assert all(round(one.alpha.item(), 6) == 1.3 for one in detector.modules() if hasattr(one, "alpha"))


def test_the_table_has_a_row_for_each_object(tiny_scenes: Data, found: Detections) -> None:
    names = tiny_scenes.splits["test"].names
    table = DETECTIONS.table(names, tiny_scenes.facts, found, None)
    assert table.columns.tolist() == ["path", "label", "score", "x1", "y1", "x2", "y2"]
    assert len(table) == len(found)
    row = table.iloc[3]
    assert row.path == names[found.images[3]]
    assert row.label == tiny_scenes.facts.class_names[found.labels[3]]
    assert row.score == found.scores[3].item()
    assert row[["x1", "y1", "x2", "y2"]].tolist() == found.boxes[3].tolist()


def test_a_softmax_is_put_around_what_gives_no_probabilities_yet(tiny_scenes: Data) -> None:
    plain = detector_of("cascade_rcnn", "auto", tiny_scenes.facts, LinearClassifier)
    finished = DETECTIONS.finish(plain, torch.ones(5))
    assert all(isinstance(one, SoftmaxProbabilities) for one in finished.classifiers.values())
    assert list(finished.classifiers) == ["box0", "box1", "box2"]
    exempted = DETECTIONS.finish(exempting(tiny_scenes, alpha=1.0), torch.ones(5))
    assert all(isinstance(one, BackgroundExempted) for one in exempted.classifiers.values())


def test_a_run_leaves_pictures(tiny_scenes: Data, found: Detections, tmp_path: Path) -> None:
    DETECTIONS.leave(tmp_path, tiny_scenes.splits["test"], tiny_scenes.facts, found)
    assert (tmp_path / PICTURES).exists()

"""Detectors: what is trained, and what predicts."""

from dataclasses import replace
from typing import cast

import pytest
import torch
from torch import nn

from counterpoise.data.augmentation import CropFlip, SceneFlip
from counterpoise.data.data import DETECTION, Data
from counterpoise.detection import Detector
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.predictors import BackgroundExempted, SoftmaxProbabilities, TotalDirectEffect
from counterpoise.recipes import (
    background_exemption,
    detection_cross_entropy,
    detection_deconfound,
    detection_deconfound_tde,
    tde,
)
from counterpoise.recipes.compose import compose
from counterpoise.recipes.detection import DETECTION_TRAINING
from counterpoise.recipes.dry_run import made_up_scenes
from counterpoise.recipes.one_stage import augmentation
from counterpoise.recipes.words import all_words, find
from counterpoise.steps import Objective, Track
from counterpoise.training import Call, Experiment, Now, Training
from counterpoise.training.conclusion import trained_predictor

TRAINING = Training(epochs=2, batch_size=8, lr=0.01)
FAST = replace(TRAINING, epochs=1, detector="faster_rcnn")
CASCADE = replace(TRAINING, detector="cascade_rcnn")
STAGES = ["box0", "box1", "box2"]


RECIPES = {word.name for word in all_words().values() if word.role == "recipe" and DETECTION in word.tasks}
EXEMPTED = {name for name in RECIPES if name.endswith("_tde")}
NORMALISED = {"detection_capsule", "detection_cosine", "detection_deconfound"}
REFUSED = {
    "background_exemption": {"put tde before background_exemption": RECIPES},
    "repeat_factor_sampling": {},
    "tde": {
        "already a step 'track'": EXEMPTED,
        "needs a classifier that normalises its features": RECIPES - EXEMPTED - NORMALISED,
    },
}
"""Modifier -> reason -> recipes over which it makes no sense."""
OPTIONS = {"tde": {"alpha": 1.5}}


@pytest.mark.parametrize("modifier", sorted(REFUSED))
@pytest.mark.parametrize("recipe", sorted(RECIPES))
def test_a_modifier_over_a_recipe_is_built_or_refused(recipe: str, modifier: str, tiny_scenes: Data) -> None:
    why = next((why for why, recipes in REFUSED[modifier].items() if recipe in recipes), None)
    calls = [Call(recipe, {}), Call(modifier, OPTIONS.get(modifier, {}))]
    if why is None:
        assert [call.word for call in compose(tiny_scenes, FAST, calls).calls] == [recipe, modifier]
    else:
        with pytest.raises(InputError, match=why):
            compose(tiny_scenes, FAST, calls)


def after_training(experiment: Experiment) -> tuple[Objective, Net]:
    """The steps of the only stage, and the finished predictor."""
    now = Now(experiment.data, experiment.net())
    objective = experiment.stages[0].objective(now)
    for place, tracker in getattr(objective.named.get("track"), "trackers", {}).items():
        tracker.average += 1 + len(place)
    return objective, trained_predictor(experiment, now.after(objective))


def test_regions_are_trained_as_images_are(tiny_scenes: Data) -> None:
    objective, predictor = after_training(detection_cross_entropy(tiny_scenes, training=TRAINING))
    assert list(objective.steps) == ["join", "encode", "score", "loss"]
    (finished,) = predictor.classifiers.values()
    assert isinstance(finished, SoftmaxProbabilities)
    assert finished.num_classes == 5


def test_the_common_settings_are_those_of_detectors_unless_given(tiny_scenes: Data) -> None:
    assert detection_cross_entropy(tiny_scenes).training == DETECTION_TRAINING
    assert detection_cross_entropy(tiny_scenes, training=TRAINING).training == TRAINING


def test_each_stage_of_a_cascade_has_its_own_head_direction(tiny_scenes: Data) -> None:
    objective, predictor = after_training(detection_deconfound_tde(tiny_scenes, training=CASCADE))
    track = cast(Track, objective["track"])
    assert list(track.trackers) == list(predictor.classifiers) == STAGES
    assert len({id(track.at(place)) for place in STAGES}) == 3
    for exempted in predictor.classifiers.values():
        assert isinstance(exempted, BackgroundExempted)
        assert exempted.classifier.alpha == 1.5


def test_without_exemption_the_direct_effect_predicts(tiny_scenes: Data) -> None:
    trained = detection_deconfound(tiny_scenes, training=TRAINING)
    _, predictor = after_training(tde(trained, alpha=2.0))
    (finished,) = predictor.classifiers.values()
    assert isinstance(finished, SoftmaxProbabilities)
    assert isinstance(finished.classifier, TotalDirectEffect)
    assert finished.classifier.alpha == 2


def test_the_named_recipe_is_three_words(tiny_scenes: Data) -> None:
    named = detection_deconfound_tde(tiny_scenes, training=CASCADE, form="released", alpha=1.0)
    trained = detection_deconfound(tiny_scenes, training=CASCADE)
    stacked = background_exemption(tde(trained, alpha=1.0), form="released")
    predictors = []
    for experiment in (named, stacked):
        torch.manual_seed(1)
        predictors.append(after_training(experiment)[1].state_dict())
    assert predictors[0].keys() == predictors[1].keys()
    assert all(torch.equal(one, predictors[1][name]) for name, one in predictors[0].items())
    assert [call.word for call in stacked.calls] == ["detection_deconfound", "tde", "background_exemption"]


@pytest.mark.parametrize(("form", "readout"), [("paper", nn.Identity), ("released", nn.Softmax)])
def test_the_released_form_has_a_second_softmax(form, readout: type[nn.Module], tiny_scenes: Data) -> None:
    _, predictor = after_training(detection_deconfound_tde(tiny_scenes, training=CASCADE, form=form))
    detector = cast(Detector, predictor)
    features = {place: torch.rand(6, classifier.dim) for place, classifier in detector.classifiers.items()}
    assert isinstance(detector.readout, readout)
    probabilities = detector.probabilities(features)
    assert probabilities.sum(dim=1).tolist() == pytest.approx([1] * 6)
    narrow = probabilities.max() / probabilities.min() <= torch.e
    assert narrow == (form == "released")


def test_exemption_needs_a_total_direct_effect(tiny_scenes: Data) -> None:
    with pytest.raises(InputError, match="put tde before background_exemption"):
        background_exemption(detection_deconfound(tiny_scenes, training=TRAINING))
    with pytest.raises(InputError, match="needs a classifier that normalises its features"):
        tde(detection_cross_entropy(tiny_scenes, training=TRAINING), alpha=1.5)


def test_nothing_chooses_alpha_for_a_detector(tiny_scenes: Data) -> None:
    with pytest.raises(InputError, match="tde needs a number as alpha for a detector, but auto came"):
        tde(detection_deconfound(tiny_scenes, training=TRAINING))


def test_a_strength_without_end_is_refused(tiny_scenes: Data) -> None:
    with pytest.raises(InputError, match="the predictor gives scores that are not finite"):
        tde(detection_deconfound(tiny_scenes, training=TRAINING), alpha=float("inf"))


def test_masks_are_refused_where_objects_have_none(tiny_scenes: Data) -> None:
    assert tiny_scenes.facts.objects
    objects = replace(tiny_scenes.facts.objects, masks=False)
    bare = replace(tiny_scenes, facts=replace(tiny_scenes.facts, objects=objects))
    with pytest.raises(InputError, match="mask_rcnn learns from masks"):
        detection_cross_entropy(bare, training=replace(TRAINING, detector="mask_rcnn"))


def test_a_trial_is_on_a_low_picture(tiny_scenes: Data) -> None:
    scenes = made_up_scenes(replace(tiny_scenes.facts, shape=(3, 800, 1333)), masks=True).inputs
    assert [image.shape for image in scenes.images] == [(3, 50, 1333)]
    (shown,) = scenes.objects
    assert shown["labels"].tolist() == [1, 2, 3, 4]
    assert (shown["boxes"][:, 2:] > shown["boxes"][:, :2]).all()
    assert shown["boxes"][:, 2].max() <= 1333
    assert shown["masks"].shape == (4, 50, 1333)


def test_photographs_are_mirrored_and_small_scenes_are_not(tiny_scenes: Data) -> None:
    facts = tiny_scenes.facts
    assert augmentation("auto", facts) == augmentation("none", facts) == SceneFlip(flip=False)
    assert augmentation("flip", facts) == SceneFlip(flip=True)
    assert augmentation("auto", replace(facts, shape=(3, 240, 320))) == SceneFlip(flip=True)
    with pytest.raises(InputError, match="boxes cannot follow the augmentation crop_flip"):
        augmentation("crop_flip", facts)


def test_images_can_be_mirrored_without_a_crop(tiny: Data) -> None:
    mirrored = augmentation("flip", tiny.facts)
    assert mirrored == CropFlip(8, tiny.facts.mean, tiny.facts.std, padding=0, flip=True)
    images = torch.randint(0, 255, (20, 8, 8, 1), dtype=torch.uint8)
    found = mirrored.batch(images, mirrored.draw(20, torch.Generator().manual_seed(0)))
    plain = mirrored.finish(images)
    same, flipped = ((found == wanted).all(dim=(1, 2, 3)) for wanted in (plain, plain.flip(3)))
    assert (same | flipped).all()
    assert same.any()
    assert flipped.any()


def test_a_row_of_table_4_has_the_precision_of_masks_and_boxes() -> None:
    claims = find("detection_deconfound_tde", "recipe").claim
    found = {(claim.data, claim.metric): claim.value for claim in claims}
    assert len(found) == len(claims) == 14
    assert found["LVIS v0.5", "AP"] == 28.4
    assert found["LVIS v0.5", "APr"] == 22.1
    assert found["LVIS v0.5", "AP of boxes"] == 31.0
    assert found["LVIS v1", "APf"] == 32.1

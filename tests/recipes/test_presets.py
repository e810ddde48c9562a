"""The settings of papers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from counterpoise.backbones import TwoBranchCifarResNet32
from counterpoise.cli.parser import instance
from counterpoise.cli.train import train_parser, word_options
from counterpoise.data.augmentation import CropFlip, ResizedCropJitter, SceneFlip
from counterpoise.data.data import Data
from counterpoise.recipes.compose import compose
from counterpoise.recipes.decorators import effective_arguments
from counterpoise.recipes.presets import PRESETS
from counterpoise.recipes.words import all_words, find
from counterpoise.steps import Objective, Track
from counterpoise.training import Call, Experiment, Now, Training

SIZES = {"cifar10_lt": 32, "cifar100_lt": 32, "imagenet_lt": 64, "places_lt": 64}
OF_OTHERS = {
    "ldam_cifar": "ldam_drw",
    "bbn_cifar": "bbn",
    "decoupling_imagenet_lt": "decouple_crt",
    "ride_cifar100_lt": "ride",
    "ride_imagenet_lt": "ride",
    "ride_inaturalist": "ride",
    "tade_cifar100_lt": "tade",
    "tade_imagenet_lt": "tade",
    "tade_inaturalist": "tade",
}
OF_EXPERTS = {
    "ride_cifar100_lt": (200, 128, 0.1, 5e-4, {4: 1, 159: 1, 160: 0.01, 180: 1e-4}, (-0.45, 0.05)),
    "ride_imagenet_lt": (100, 256, 0.1, 2e-4, {4: 1, 59: 1, 60: 0.1, 80: 0.01}, (-0.2, 0.02)),
    "ride_inaturalist": (100, 512, 0.2, 2e-4, {4: 1, 59: 1, 60: 0.1, 80: 0.01}, (-0.2, 0.015)),
    "tade_cifar100_lt": (200, 128, 0.1, 5e-4, {4: 1, 159: 1, 160: 0.1, 180: 0.01}, (2.0,)),
    "tade_imagenet_lt": (180, 64, 0.025, 5e-4, {0: 1, 90: 0.5, 120: 0.25}, (2.0,)),
    "tade_inaturalist": (100, 512, 0.2, 2e-4, {4: 1, 59: 1, 60: 0.1, 80: 0.01}, (1.0,)),
    "tade_places_lt": (30, 128, 0.01, 4e-4, {0: 1, 9: 1, 10: 0.1, 19: 0.1, 20: 0.01}, (1.0,)),
}
"""Epochs, batch size, rate, decay, factors on the rate, and the options of the method, as released."""
WITHOUT_WEIGHTS = {"tade_places_lt": {"backbone": "resnet32", "pretrained": False}}
"""By preset, a smaller net that needs no download."""
OF_AGES = ("imdb_wiki_dir", "agedb_dir")
OF_OBJECTS = {"lvis_v0_5": 0.9, "lvis_v1": 0.9998}
"""The decay of the head direction."""


def built(preset: str, word: str, data: Data, **changed: Any) -> Experiment:
    """What the command line builds of a preset, with some settings changed."""
    chosen = find(word, "recipe")
    options = train_parser([chosen], preset).parse_args(["--data", "unused"])
    training = replace(instance(Training, options), **changed)
    return compose(data, training, [Call(word, word_options(chosen, options))])


def test_every_preset_is_tried_here() -> None:
    assert {*SIZES, *OF_OTHERS, *OF_EXPERTS, *OF_AGES, *OF_OBJECTS} == set(PRESETS)


def test_every_option_of_a_preset_is_one_of_its_word() -> None:
    words = all_words()
    for preset in PRESETS.values():
        for word, options in preset.options.items():
            assert options.keys() <= effective_arguments(words[word].function, {}).keys()


@pytest.mark.parametrize("preset", OF_OTHERS)
def test_a_preset_of_another_paper_builds_its_row(preset: str, make_data: Callable[..., Data]) -> None:
    size = 64 if "imagenet" in preset else 32
    experiment = built(preset, OF_OTHERS[preset], make_data((3, 2, 1), size=size, channels=3))
    assert experiment.training == PRESETS[preset].training


@pytest.mark.parametrize("preset", OF_EXPERTS)
def test_a_preset_of_experts_is_that_of_the_release(preset: str, make_data: Callable[..., Data]) -> None:
    epochs, batch_size, lr, weight_decay, factors, method = OF_EXPERTS[preset]
    data, (word, *_) = make_data((3, 2, 1), size=32, channels=3), preset.split("_")
    experiment = built(preset, word, data, **WITHOUT_WEIGHTS.get(preset, {}))
    training, (stage,) = experiment.training, experiment.stages
    assert (training.batch_size, training.lr, training.weight_decay) == (batch_size, lr, weight_decay)
    assert (stage.epochs, training.nesterov) == (epochs, True)
    assert [stage.schedule(epoch, epochs) for epoch in factors] == pytest.approx([*factors.values()])
    arguments = experiment.calls[0].arguments
    chosen = ("diversity", "spread") if "ride" in preset else ("tau",)
    assert tuple(arguments[name] for name in chosen) == method


def test_on_places_the_trunk_learns_slowly_from_pretrained_weights(make_data: Callable[..., Data]) -> None:
    preset, data = "tade_places_lt", make_data((3, 2, 1), size=32, channels=3)
    assert PRESETS[preset].training.pretrained
    (stage,) = built(preset, "tade", data, **WITHOUT_WEIGHTS[preset]).stages
    assert stage.trains == {
        "backbone": {},
        "backbone.trunk": {"lr": pytest.approx(0.001)},
        "classifier": {},
    }


@pytest.mark.parametrize("preset", OF_AGES)
def test_a_preset_for_ages_is_that_of_the_release(preset: str, tiny_values: Data) -> None:
    experiment = built(preset, "regression", tiny_values)
    (stage,) = experiment.stages
    optimizer = stage.optimizer([{"params": [torch.nn.Parameter(torch.zeros(1))]}])
    assert isinstance(optimizer, torch.optim.Adam)
    assert (experiment.training.batch_size, optimizer.defaults["lr"]) == (256, 1e-3)
    factors = [stage.schedule(epoch, stage.epochs) for epoch in (0, 59.9, 60, 79.9, 80, 89)]
    assert factors == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.01])
    assert experiment.calls[0].arguments == {"loss": "l1", "standardize": False}


@pytest.mark.parametrize("preset", OF_OBJECTS)
def test_a_preset_of_lvis_is_that_of_the_release(preset: str, tiny_scenes: Data) -> None:
    experiment = built(preset, "detection_deconfound_tde", tiny_scenes, backbone="auto", pretrained=False)
    training, (stage,) = PRESETS[preset].training, experiment.stages
    assert (training.backbone, training.pretrained, training.detector) == (
        "resnet101",
        True,
        "cascade_mask_rcnn",
    )
    assert (training.batch_size, training.lr, training.weight_decay, stage.epochs) == (16, 0.02, 1e-4, 20)
    assert experiment.calls[0].arguments == {
        "groups": 2,
        "tau": 16.0,
        "gamma": 1 / 32,
        "alpha": 1.5,
        "direction_momentum": OF_OBJECTS[preset],
        "form": "released",
    }
    now = Now(tiny_scenes, experiment.net())
    assert list(now.net.classifiers) == ["box0", "box1", "box2"]
    assert stage.streams(now, Objective())["train"].augmentation == SceneFlip(flip=True)


def test_the_baseline_on_lvis_has_a_bias_in_its_later_version_alone(tiny_scenes: Data) -> None:
    for preset, bias in (("lvis_v0_5", False), ("lvis_v1", True)):
        experiment = built(preset, "detection_cross_entropy", tiny_scenes, backbone="auto", pretrained=False)
        assert experiment.calls[0].arguments == {"bias": bias}


def test_decouplings_second_stage_has_the_released_length(make_data: Callable[..., Data]) -> None:
    data = make_data((3, 2, 1), size=64, channels=3)
    for word, epochs in (("decouple_crt", 10), ("decouple_lws", 5)):
        main, second = built("decoupling_imagenet_lt", word, data).stages
        assert (main.epochs, second.epochs) == (90, epochs)


@pytest.mark.parametrize("preset", SIZES)
def test_a_preset_builds_and_plays_the_paper(preset: str, make_data: Callable[..., Data]) -> None:
    experiment = built(preset, "deconfound_tde", make_data((3, 2, 1), size=SIZES[preset], channels=3))
    assert experiment.training == PRESETS[preset].training
    assert experiment.calls[0].arguments["alpha"] == PRESETS[preset].options["deconfound_tde"]["alpha"]
    (stage,) = experiment.stages
    assert stage.epochs == experiment.training.epochs


@pytest.mark.parametrize("preset", ["cifar10_lt", "cifar100_lt"])
def test_every_recipe_takes_the_presets_of_cifar(preset: str, make_data: Callable[..., Data]) -> None:
    data = make_data((3, 2, 1), size=32, channels=3)
    recipes = [word for word in all_words().values() if word.role == "recipe"]
    recipes = [word.name for word in recipes if data.facts.task in word.tasks]
    recipes.remove("light_fine_tuning")  # has adapters, for which peft must be installed
    assert len([built(preset, word, data) for word in recipes]) >= 29


def test_cifar_is_that_of_the_release(make_data: Callable[..., Data]) -> None:
    experiment = built("cifar10_lt", "deconfound_tde", make_data((3, 2, 1), size=32, channels=3))
    training, (stage,) = experiment.training, experiment.stages
    assert (training.epochs, training.batch_size, training.lr) == (200, 256, 0.2)
    assert isinstance(experiment.net().backbone, TwoBranchCifarResNet32)
    factors = [stage.schedule(epoch, 200) for epoch in (0, 4, 118, 119, 158, 159)]
    assert factors == pytest.approx([0.4666667, 1, 1, 0.01, 0.01, 0.0001])
    stream = stage.streams(Now(experiment.data, experiment.net()), Objective())["train"]
    assert isinstance(stream.augmentation, CropFlip)
    assert (stream.augmentation.padding, stream.augmentation.flip) == (4, True)


def test_imagenet_lt_is_that_of_the_release(make_data: Callable[..., Data]) -> None:
    experiment = built("imagenet_lt", "deconfound_tde", make_data((3, 2, 1), size=64, channels=3))
    (stage,) = experiment.stages
    now = Now(experiment.data, experiment.net())
    objective = stage.objective(now)
    assert isinstance(stage.streams(now, objective)["train"].augmentation, ResizedCropJitter)
    assert experiment.training == Training(
        epochs=90,
        batch_size=512,
        lr=0.2,
        schedule="cosine_by_epoch",
        backbone="resnext50_32x4d",
        augmentation="resized_crop_jitter",
        workers=12,
    )
    assert stage.schedule(89.5, 90) == 0
    track = objective["track"]
    assert isinstance(track, Track)
    objective.set_epoch(0, 90)
    assert track.at("all").momentum == pytest.approx(0.9)
    objective.set_epoch(89, 90)
    assert track.at("all").momentum == 1


def test_the_baseline_of_a_preset_has_no_bias(make_data: Callable[..., Data]) -> None:
    experiment = built("cifar10_lt", "cross_entropy", make_data((3, 2, 1), size=32, channels=3))
    assert experiment.calls[0].arguments == {"bias": False}
    assert experiment.net().classifier.bias is None

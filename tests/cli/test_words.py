"""What train and compare share."""

import pytest
from jsonargparse import Namespace

from counterpoise.cli.parser import parser
from counterpoise.cli.words import (
    add_options,
    add_run_options,
    digest,
    options_of,
    preset_defaults,
    preset_name,
)
from counterpoise.errors import InputError
from counterpoise.recipes.detection import DETECTION_TRAINING
from counterpoise.recipes.presets import PRESETS
from counterpoise.recipes.words import find
from counterpoise.training import Training

DECONFOUND, TDE = find("deconfound", "recipe"), find("tde", "modifier")


def parsed(places: dict, *argv: str) -> Namespace:
    made = parser("try", "An example.")
    add_options(made, places)
    add_run_options(made)
    return made.parse_args(["--data", "x", *argv])


def test_a_prefix_stands_before_the_options_of_its_word() -> None:
    options = parsed({"": DECONFOUND, "tde": TDE}, "--gamma", "0.5", "--tde.alpha", "2")
    assert options_of(DECONFOUND, options, "")["gamma"] == 0.5
    assert options_of(TDE, options, "tde")["alpha"] == 2
    options = parsed({"deconfound": DECONFOUND, "tde": TDE}, "--deconfound.gamma", "0.5")
    assert options_of(DECONFOUND, options, "deconfound")["gamma"] == 0.5
    assert options_of(TDE, options, "tde")["alpha"] == "auto"


def test_options_of_running_are_typed(capsys: pytest.CaptureFixture[str]) -> None:
    assert parsed({}, "--checkpoint_seconds", "2").checkpoint_seconds == 2
    with pytest.raises(SystemExit):
        parsed({}, "--shots", "thirds")
    assert capsys.readouterr().err.count("\n") == 1


def test_a_preset_finds_the_options_behind_their_prefix() -> None:
    found = preset_defaults({"deconfound": DECONFOUND, "tde": TDE}, "imagenet_lt")
    assert found["tde.alpha"] == PRESETS["imagenet_lt"].options["tde"]["alpha"] == 3
    assert found["tde.direction_momentum"] == "coupled"
    assert found["epochs"] == 90
    assert "deconfound.alpha" not in found


def test_without_a_preset_the_training_is_that_of_the_recipe() -> None:
    assert preset_defaults({"": DECONFOUND, "tde": TDE}, None) == vars(Training())
    assert parsed({"": DECONFOUND}).lr == 0.1
    detector = find("detection_deconfound", "recipe")
    assert preset_defaults({"": detector}, None) == vars(DETECTION_TRAINING)
    assert DETECTION_TRAINING.lr != 0.1


def test_a_digest_stands_for_a_request() -> None:
    assert len(digest({"a": 1}, "b")) == 6
    assert digest({"a": 1, "c": 2}) == digest({"c": 2, "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})


@pytest.mark.parametrize(
    "arguments", ["--preset cifar10_lt", "--preset=cifar10_lt", "--lr 1 --preset cifar10_lt"]
)
def test_the_preset_is_known_before_the_options(arguments: str) -> None:
    assert preset_name(arguments.split()) == "cifar10_lt"


def test_without_a_preset_there_is_none() -> None:
    assert preset_name(["--lr", "1"]) is None
    with pytest.raises(InputError, match="unknown preset 'cifar'"):
        preset_name(["--preset", "cifar"])

"""The command that trains an experiment again does what it says."""

import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from counterpoise.cli.parser import instance
from counterpoise.cli.repeat import changed_options, train_command
from counterpoise.cli.train import split_words, train_parser, word_options
from counterpoise.data.data import Data
from counterpoise.data.sources import Source
from counterpoise.recipes.compose import compose
from counterpoise.recipes.detection import DETECTION_TRAINING
from counterpoise.recipes.words import find
from counterpoise.training import Call, Hardware, Training

SOURCE = Source("my data", imbalance="exponential", ratio=20, skip_corrupt=True)
TRAINING = Training(epochs=2, batch_size=8, schedule="constant")
CPU = Hardware("cpu", "32")


def test_the_command_means_the_same_request(make_data: Callable[..., Data]) -> None:
    calls = [Call("deconfound", {"gamma": 0.5, "groups": 2, "tau": 16.0}), Call("tde", {"alpha": 1.5})]
    experiment = compose(make_data((4, 2)), TRAINING, calls)
    command = train_command(experiment, SOURCE, CPU, Path("runs/a b"), 3, "strict")
    counterpoise, train, *argv = shlex.split(command)
    assert (counterpoise, train) == ("counterpoise", "train")
    recipe, modifiers, rest = split_words(argv)
    words = [find(recipe, "recipe"), *(find(name, "modifier") for name in modifiers)]
    options = train_parser(words, None).parse_args(rest)
    assert instance(Source, options) == SOURCE
    assert instance(Training, options) == TRAINING
    assert instance(Hardware, options) == CPU
    assert (options.out, options.seed, options.shots) == ("runs/a b", 3, "strict")
    again = compose(experiment.data, TRAINING, [Call(w.name, word_options(w, options)) for w in words])
    assert again.calls == experiment.calls


def test_defaults_are_left_out(make_data: Callable[..., Data]) -> None:
    experiment = compose(make_data((4, 2)), Training(), [Call("cosine", {})])
    assert train_command(experiment, Source("x"), Hardware(), Path("y"), 0, "auto") == (
        "counterpoise train cosine --data x --seed 0 --out y"
    )
    longer = replace(experiment, training=Training(epochs=7))
    assert "--epochs 7" in train_command(longer, Source("x"), Hardware(), Path("y"), 0, "auto")


def test_the_training_that_a_recipe_has_by_default_is_left_out(tiny_scenes: Data) -> None:
    training = replace(DETECTION_TRAINING, lr=Training().lr)
    experiment = compose(tiny_scenes, training, [Call("detection_cosine", {})])
    assert train_command(experiment, Source("x"), Hardware(), Path("y"), 0, "auto") == (
        "counterpoise train detection_cosine --data x --lr 0.1 --seed 0 --out y"
    )


def test_changed_options_differ_from_the_defaults() -> None:
    assert changed_options(Call("tde", {"alpha": "auto", "direction_momentum": 0.5})) == {
        "direction_momentum": 0.5
    }

"""The options of ``train``: of exactly the chosen words, over the defaults of a preset."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from lightning.pytorch.utilities import rank_zero_only
from rich.console import Console

from counterpoise.cli.parser import instance
from counterpoise.cli.train import (
    default_folder,
    main,
    notes_of,
    split_words,
    tell,
    train_parser,
    word_options,
)
from counterpoise.data.data import Data
from counterpoise.data.sources import Source
from counterpoise.errors import InputError
from counterpoise.recipes.compose import compose
from counterpoise.recipes.decorators import Word
from counterpoise.recipes.presets import PRESETS
from counterpoise.recipes.words import find
from counterpoise.training import Call, Hardware, Training


def words(recipe: str, *modifiers: str) -> list[Word]:
    return [find(recipe, "recipe"), *(find(name, "modifier") for name in modifiers)]


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["cosine"], ("cosine", [], [])),
        (["cosine", "--data", "x"], ("cosine", [], ["--data", "x"])),
        (["cosine", "--with", "a", "b", "--data", "x"], ("cosine", ["a", "b"], ["--data", "x"])),
        (["cosine", "--data", "x", "--with", "a"], ("cosine", ["a"], ["--data", "x"])),
        (
            ["cosine", "--lr", "1", "--with", "a", "--seed", "2"],
            ("cosine", ["a"], ["--lr", "1", "--seed", "2"]),
        ),
    ],
)
def test_words_are_taken_from_the_arguments(argv: list[str], expected: tuple) -> None:
    assert split_words(argv) == expected


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (["cosine", "--with"], "--with expects the names of modifiers"),
        (["cosine", "--with", "--data", "x"], "--with expects the names of modifiers"),
        (["cosine", "--with", "a", "b", "a"], "--with names a twice; name it once"),
    ],
)
def test_words_that_cannot_be_meant_are_refused(argv: list[str], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        split_words(argv)


def test_defaults_are_those_of_the_library() -> None:
    options = train_parser(words("deconfound_tde"), None).parse_args(["--data", "digits"])
    assert instance(Training, options) == Training()
    assert instance(Source, options) == Source("digits")
    assert instance(Hardware, options) == Hardware()
    assert word_options(words("deconfound_tde")[0], options) == {
        "groups": 2,
        "tau": 16.0,
        "gamma": 1 / 32,
        "alpha": "auto",
        "direction_momentum": 0.9,
    }


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_replaces_the_defaults(name: str) -> None:
    options = train_parser(words("deconfound_tde"), name).parse_args(["--data", "x"])
    assert instance(Training, options) == PRESETS[name].training
    own = PRESETS[name].options.get("deconfound_tde", {})
    assert {option: options[option] for option in own} == own


def test_what_is_given_by_hand_wins_over_the_preset() -> None:
    argv = ["--data", "x", "--epochs", "3", "--alpha", "auto", "--schedule", "constant"]
    options = train_parser(words("deconfound_tde"), "imagenet_lt").parse_args(argv)
    assert instance(Training, options) == replace(
        PRESETS["imagenet_lt"].training, epochs=3, schedule="constant"
    )
    assert options.alpha == "auto"
    assert options.direction_momentum == "coupled"


def test_a_preset_reaches_the_options_of_modifiers() -> None:
    chosen = words("deconfound", "tde")
    options = train_parser(chosen, "cifar100_lt").parse_args(["--data", "x"])
    assert word_options(chosen[1], options) == {"alpha": 1.5, "direction_momentum": 0.9}
    options = train_parser(chosen, "cifar100_lt").parse_args(["--data", "x", "--tde.alpha", "0.5"])
    assert word_options(chosen[1], options)["alpha"] == 0.5


@pytest.mark.parametrize(
    ("chosen", "shown", "hidden"),
    [
        (["cross_entropy"], ["--bias", "--lr"], ["--gamma", "--tau", "alpha"]),
        (["deconfound"], ["--gamma", "--tau", "--groups"], ["--bias", "alpha"]),
        (
            ["deconfound", "tde"],
            ["--gamma", "--tde.alpha", "--tde.direction"],
            ["--bias", "--alpha", "--tde CONFIG"],
        ),
        (["deconfound_tde"], ["--gamma", "--alpha"], ["--tde.alpha", "--bias"]),
    ],
)
def test_help_shows_the_options_of_exactly_the_chosen_words(
    chosen: list[str], shown: list[str], hidden: list[str]
) -> None:
    text = train_parser(words(*chosen), None).format_help()
    assert [option for option in shown if option not in text] == []
    assert [option for option in hidden if option in text] == []


def test_help_explains_every_option() -> None:
    text = " ".join(train_parser(words("deconfound", "tde"), None).format_help().split())
    for sentence in (
        "a folder of class folders (in train/, val/, test/ or not)",
        "passes over the training data",
        "added to each weight norm (paper: 1/32)",
        "decay of the moving average per step (paper: 0.9)",
        "least seconds between two checkpoints",
        "number of devices (or CPU processes) that train together",
    ):
        assert sentence in text


def test_help_of_train_lists_the_recipes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert "usage: counterpoise train RECIPE --data D" in shown
    assert "\n  deconfound_tde " in shown
    assert "\n  tde " not in shown


def test_notes_are_told_in_order(make_data: Callable[..., Data], capsys: pytest.CaptureFixture[str]) -> None:
    data = make_data((4, 2))
    data = replace(data, facts=replace(data.facts, notes=("few [bold]images[/bold]",)))
    experiment = compose(data, Training(), [Call("cosine", {})])
    assert notes_of(experiment) == ("few [bold]images[/bold]",)
    both = notes_of(replace(experiment, notes=("long " * 60,)))
    tell(both, Console())
    assert capsys.readouterr().out == f"note: few [bold]images[/bold]\nnote: {'long ' * 60}\n"


def test_only_the_first_process_tells(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rank_zero_only, "rank", 1)
    tell(["few images"], Console())
    assert capsys.readouterr().out == ""


def test_the_folder_tells_what_runs_in_it(make_data: Callable[..., Data]) -> None:
    data = make_data((4, 2))
    calls = [Call("cosine", {}), Call("tde", {"alpha": 1.0})]
    experiment = compose(data, Training(), calls)
    folder = default_folder(experiment, Source("x"), 3)
    assert folder.startswith("runs/cosine+tde-made-up-")
    assert folder.endswith("-seed3")
    assert default_folder(compose(data, Training(), calls), Source("x"), 3) == folder
    others = [
        default_folder(compose(data, Training(lr=0.3), calls), Source("x"), 3),
        default_folder(compose(data, Training(), [calls[0], Call("tde", {"alpha": 2.0})]), Source("x"), 3),
        default_folder(experiment, Source("x", ratio=7), 3),
        default_folder(compose(make_data((4, 3)), Training(), calls), Source("x"), 3),
        default_folder(experiment, Source("x"), 4),
    ]
    assert len({folder, *others}) == 6

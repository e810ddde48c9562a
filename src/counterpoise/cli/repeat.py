"""The command that trains an experiment again, with the options that differ from their defaults."""

import dataclasses
import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from counterpoise.cli.words import default_training
from counterpoise.data.sources.source import Source
from counterpoise.recipes.decorators import effective_arguments
from counterpoise.recipes.words import all_words
from counterpoise.training.hardware import Hardware
from counterpoise.training.options import Training
from counterpoise.training.stage import Call, Experiment


def train_command(
    experiment: Experiment, source: Source, hardware: Hardware, folder: Path, seed: int, shots: str
) -> str:
    """``counterpoise train ...`` as one line for a shell; it names no preset, only what it sets."""
    recipe, *modifiers = experiment.calls
    words = ["counterpoise", "train", recipe.word]
    words += ["--with", *(call.word for call in modifiers)] if modifiers else []
    usual = vars(default_training([all_words()[recipe.word]]))
    words += _options({**_own(source), **_changed(experiment.training, usual), **changed_options(recipe)})
    for call in modifiers:
        words += _options({f"{call.word}.{name}": value for name, value in changed_options(call).items()})
    words += _options(_own(hardware) | ({} if shots == "auto" else {"shots": shots}))
    return shlex.join([*words, "--seed", str(seed), "--out", str(folder)])


def changed_options(call: Call) -> dict[str, Any]:
    """The options of a word that differ from its defaults."""
    defaults = effective_arguments(all_words()[call.word].function, {})
    return {name: value for name, value in call.arguments.items() if value != defaults[name]}


def _own(settings: Source | Hardware) -> dict[str, Any]:
    """The fields of a dataclass that differ from their defaults."""
    return _changed(settings, {field.name: field.default for field in dataclasses.fields(settings)})


def _changed(settings: Source | Training | Hardware, usual: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a dataclass that differ from the usual ones."""
    return {name: value for name, value in vars(settings).items() if value != usual[name]}


def _options(values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        yield f"--{name}"
        yield value if isinstance(value, str) else json.dumps(value)

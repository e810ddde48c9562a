"""What train and compare share: the options of chosen words, a preset over their defaults, and how to run."""

import argparse
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jsonargparse import Namespace

from counterpoise.cli.parser import OneLineParser, fields
from counterpoise.data.sources.source import Source
from counterpoise.errors import InputError
from counterpoise.metrics.shots import Convention
from counterpoise.recipes.decorators import Word, effective_arguments
from counterpoise.recipes.presets import PRESETS
from counterpoise.recipes.words import find
from counterpoise.training.hardware import Hardware
from counterpoise.training.options import Training
from counterpoise.training.stage import Call

Places = Mapping[str, Word]
"""Words by the prefix of their options: ``tde`` for ``--tde.alpha``, the empty text for ``--alpha``."""

_BUILT_FROM: dict[str, set[str | int]] = {"recipe": {"data", "training"}, "modifier": {"experiment"}}


def add_options(made: OneLineParser, places: Places) -> None:
    """The options of the data, of training, of the words, and of the device."""
    made.add_class_arguments(Source, as_group=True)
    made.add_class_arguments(Training, as_group=True)
    for prefix, word in places.items():
        skip = _BUILT_FROM[word.role]
        made.add_function_arguments(word.function, prefix or None, as_group=True, skip=skip)
        made.hide_group_option(prefix)
    made.add_class_arguments(Hardware, as_group=True)


def add_run_options(made: OneLineParser) -> Any:
    """The options that say how to run; the group, to which a command adds its own."""
    group = made.add_argument_group("run")
    group.add_argument("--shots", type=Convention, default="auto", help="how classes are grouped")
    group.add_argument(
        "--preset", type=str | None, default=None, help=f"settings of a paper: {', '.join(PRESETS)}"
    )
    group.add_argument(
        "--checkpoint_seconds", type=float, default=30.0, help="least seconds between two checkpoints"
    )
    return group


def preset_name(argv: list[str]) -> str | None:
    """The preset named on the command line, if any; it must be known before the options are."""
    finder = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    finder.add_argument("--preset")
    name = finder.parse_known_args(argv)[0].preset
    if name is not None and name not in PRESETS:
        raise InputError(f"unknown preset {name!r}; there are {', '.join(PRESETS)}")
    return name


def preset_defaults(places: Places, name: str | None) -> dict[str, Any]:
    """Option -> value of a preset, for the chosen words; without one, the training that the recipes have by default."""
    if name is None:
        return vars(default_training(places.values()))
    preset = PRESETS[name]
    found: dict[str, Any] = dict(vars(preset.training))
    for prefix, word in places.items():
        start = f"{prefix}." if prefix else ""
        found |= {f"{start}{option}": v for option, v in preset.options.get(word.name, {}).items()}
    return found


def default_training(words: Iterable[Word]) -> Training:
    """The common settings that the first recipe among some words has by default."""
    recipe = next(word for word in words if word.role == "recipe")
    return effective_arguments(recipe.function, {})["training"]


def options_of(word: Word, options: Namespace, prefix: str) -> dict[str, Any]:
    """The options of one word as given."""
    names = [name for name in effective_arguments(word.function, {}) if name != "training"]
    return fields(options[prefix] if prefix and names else options, names)


def words_of(name: str) -> tuple[Word, ...]:
    """The words of ``RECIPE+MODIFIER+...``."""
    recipe, *modifiers = name.split("+")
    return find(recipe, "recipe"), *(find(word, "modifier") for word in modifiers)


def calls_of(words: Sequence[Word], options: Namespace) -> list[Call]:
    """Words with the options that were given under their names, innermost first."""
    return [Call(word.name, options_of(word, options, word.name)) for word in words]


def digest(*wanted: Any) -> str:
    """Six characters that stand for a request, the same for the same request."""
    return hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()[:6]

"""All recipes and modifiers, found by walking this room and the files that a user names."""

import difflib
import functools
import importlib
import importlib.util
import os
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import counterpoise.recipes
from counterpoise.errors import InputError
from counterpoise.recipes.decorators import Word

OWN_WORDS = "COUNTERPOISE_WORDS"
"""Environment variable: Python files with recipes and modifiers of one's own."""


def all_words() -> dict[str, Word]:
    """Every recipe and modifier by name, recipes first, in alphabetical order."""
    return dict(_all_words(os.environ.get(OWN_WORDS, "")))


@functools.cache
def _all_words(own: str) -> dict[str, Word]:
    found: dict[str, Word] = {}
    for module in modules(own):
        for value in vars(module).values():
            word = getattr(value, "word", None)
            if isinstance(word, Word):
                found[word.name] = word
    return dict(sorted(found.items(), key=lambda item: (item[1].role != "recipe", item[0])))


def modules(own: str) -> Iterator[ModuleType]:
    """The modules of this room, then the files of a user's own words, separated as in `OWN_WORDS`."""
    for found in pkgutil.iter_modules(counterpoise.recipes.__path__, "counterpoise.recipes."):
        yield importlib.import_module(found.name)
    for path in filter(None, own.split(os.pathsep)):
        yield own_module(path)


@functools.cache
def own_module(path: str) -> ModuleType:
    """A user's Python file as a module.

    Raises:
        InputError: there is no such file.
    """
    if not Path(path).is_file():
        raise InputError(
            f"{OWN_WORDS} names {path}, but there is no such file; give Python files, separated by {os.pathsep}"
        )
    spec = importlib.util.spec_from_file_location(f"counterpoise_words_{Path(path).stem}", path)
    module = importlib.util.module_from_spec(spec)  # pyright: ignore[reportArgumentType]
    spec.loader.exec_module(module)  # pyright: ignore[reportOptionalMemberAccess]
    return module


def find(name: str, role: str) -> Word:
    """The recipe or modifier of a name.

    Raises:
        InputError: there is none; the message names the nearest ones, or says that it is of the other kind.
    """
    words = all_words()
    if name not in words:
        names = [word.name for word in words.values() if word.role == role]
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names)}"
        raise InputError(f"unknown {role} {name!r}; {hint}")
    if words[name].role != role:
        raise InputError(
            f"{name!r} is a {words[name].role}, not a {role}; recipes come first, modifiers after --with"
        )
    return words[name]

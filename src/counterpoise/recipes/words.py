"""All recipes and modifiers, found by walking this room."""

import difflib
import importlib
import pkgutil

import counterpoise.recipes
from counterpoise.errors import InputError
from counterpoise.recipes.decorators import Word


def all_words() -> dict[str, Word]:
    """Every recipe and modifier by name, recipes first, in alphabetical order."""
    found: dict[str, Word] = {}
    for module in pkgutil.iter_modules(counterpoise.recipes.__path__, "counterpoise.recipes."):
        for value in vars(importlib.import_module(module.name)).values():
            word = getattr(value, "word", None)
            if isinstance(word, Word):
                found[word.name] = word
    return dict(sorted(found.items(), key=lambda item: (item[1].role != "recipe", item[0])))


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

"""Finds the parts of the library by walking its rooms."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from torch import nn

ROOMS = ("classifiers", "data.augmentation", "losses", "metrics", "predictors", "samplers", "trackers")


def room(name: str) -> ModuleType:
    return importlib.import_module(f"counterpoise.{name}")


def public(name: str) -> dict[str, Any]:
    """Every class and function that is defined in a room and whose name has no underscore in front."""
    return {word: value for module in modules(name) for word, value in defined(module)}


def public_classes(name: str) -> dict[str, type]:
    return {word: value for word, value in public(name).items() if inspect.isclass(value)}


def final_modules() -> set[type[nn.Module]]:
    """Every nn.Module of all rooms that can be made."""
    classes = [value for name in ROOMS for value in public_classes(name).values()]
    return {value for value in classes if issubclass(value, nn.Module) and not inspect.isabstract(value)}


def modules(name: str) -> Iterator[ModuleType]:
    package = room(name)
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def defined(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for word, value in vars(module).items():
        made_here = getattr(value, "__module__", None) == module.__name__
        if made_here and not word.startswith("_") and (inspect.isclass(value) or inspect.isfunction(value)):
            yield word, value

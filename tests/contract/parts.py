"""Finds the parts of the library by walking its rooms."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from torch import nn

ROOMS = (
    "classifiers",
    "data.augmentation",
    "losses",
    "metrics",
    "predictors",
    "regularizers",
    "samplers",
    "trackers",
)


def room(name: str) -> ModuleType:
    return importlib.import_module(f"counterpoise.{name}")


def public_classes(name: str) -> dict[str, type]:
    """Every class that is defined in a room and whose name has no underscore in front."""
    return {cls.__name__: cls for module in modules(name) for cls in defined(module)}


def final_modules() -> set[type[nn.Module]]:
    """Every nn.Module of all rooms that can be made."""
    classes = [value for name in ROOMS for value in public_classes(name).values()]
    return {value for value in classes if issubclass(value, nn.Module) and not inspect.isabstract(value)}


def modules(name: str) -> Iterator[ModuleType]:
    package = room(name)
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def defined(module: ModuleType) -> Iterator[type]:
    for word, value in vars(module).items():
        if inspect.isclass(value) and value.__module__ == module.__name__ and not word.startswith("_"):
            yield value

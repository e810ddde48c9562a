"""One LightningModule, which knows no method."""

import ast
import re

import pytest

from counterpoise.recipes.words import all_words

from .source import SOURCE, File, files

ENGINE = File(SOURCE / "training" / "engine.py")
METHODS = {"recipes", "predictors", "losses", "classifiers", "trackers"}


def lightning_modules(file: File) -> list[str]:
    bases = {cls.name: [ast.unparse(base) for base in cls.bases] for cls in file.classes}
    return [name for name, parents in bases.items() if any("LightningModule" in base for base in parents)]


def test_there_is_one_lightning_module() -> None:
    assert {file.name: lightning_modules(file) for file in files() if lightning_modules(file)} == {
        "training/engine.py": ["Engine"]
    }


def test_it_is_short() -> None:
    assert len(ENGINE.text.splitlines()) < 150


def test_it_imports_no_method() -> None:
    assert not ENGINE.rooms & METHODS


@pytest.mark.parametrize("word", [*all_words(), "HeadDirection", "TotalDirectEffect", "alpha"])
def test_it_names_no_method(word: str) -> None:
    assert not re.search(rf"\b{word}\b", ENGINE.text)

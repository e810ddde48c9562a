"""The tests mirror the source: x/y.py is tested by tests/x/test_y.py, or where it is said here."""

import pytest

from .source import SOURCE, TESTS, File, files

TESTED_ELSEWHERE = {
    "__main__.py": "end_to_end",
    "cli": "end_to_end",
    "data/augmentation": "data/test_augmentation.py",
    "data/sources": "data/sources/test_load.py",
    "distributed.py": "distributed",
    "recipes": "recipes/test_every_recipe.py",
    "report/comparison_figures.py": "report/test_comparison_page.py",
    "report/render.py": "report/test_page.py",
    "training/conclusion.py": "training/test_run.py",
    "training/folder.py": "training/test_run.py",
    "training/progress.py": "end_to_end",
}
NOTHING_TO_TEST = {"errors.py", "version.py"}
OF_A_ROOM_AS_A_WHOLE = {
    "backbones/test_backbones.py",
    "data/test_augmentation.py",
    "recipes/test_combinations.py",
    "recipes/test_every_recipe.py",
    "recipes/test_grids.py",
    "report/test_browser.py",
    "training/test_two_stages.py",
}
ACROSS_ROOMS = {"examples", "contract", "design_rules", "distributed", "end_to_end", "golden"}


def mirrored(name: str) -> str:
    folder, slash, module = name.rpartition("/")
    return f"{folder}{slash}test_{module}"


@pytest.mark.parametrize(
    "file", [file for file in files() if file.path.name != "__init__.py"], ids=lambda file: file.name
)
def test_every_module_is_tested(file: File) -> None:
    elsewhere = [
        place for start, place in TESTED_ELSEWHERE.items() if f"{file.name}/".startswith(f"{start}/")
    ]
    exists = [(TESTS / place).exists() for place in (mirrored(file.name), *elsewhere)]
    assert any(exists) or file.name in NOTHING_TO_TEST


def test_every_test_file_has_its_module() -> None:
    tests = {path.relative_to(TESTS).as_posix() for path in TESTS.rglob("test_*.py")}
    tests = {name for name in tests if name.partition("/")[0] not in ACROSS_ROOMS}
    modules = {mirrored(path.relative_to(SOURCE).as_posix()) for path in SOURCE.rglob("*.py")}
    assert tests - modules == OF_A_ROOM_AS_A_WHOLE & tests


def test_the_exceptions_are_about_what_there_is() -> None:
    assert all((SOURCE / name).exists() for name in (*TESTED_ELSEWHERE, *NOTHING_TO_TEST))

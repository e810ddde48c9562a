"""Every example runs, and the README shows what is really in it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
EXAMPLES = sorted((REPO / "examples").glob("*.py"))


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 1


@pytest.fixture(scope="module")
def printed() -> dict[str, str]:
    """What each example prints."""
    runs = {
        example.stem: subprocess.run(
            [sys.executable, str(example)], capture_output=True, text=True, check=True
        )
        for example in EXAMPLES
    }
    return {name: run.stdout for name, run in runs.items()}


def test_every_example_prints_something(printed: dict[str, str]) -> None:
    assert all(printed.values())


def test_own_loop_repairs_the_tail(printed: dict[str, str]) -> None:
    few = [float(value) for value in re.findall(r"few ([\d.]+)", printed["own_loop"])]
    assert few[0] < few[-1]


def test_the_readme_shows_lines_of_the_example() -> None:
    code = re.search(r"```python\n(.*?)```", (REPO / "README.md").read_text(), re.DOTALL)
    assert code
    example = (REPO / "examples" / "own_loop.py").read_text()
    shown = [line.split("#")[0].strip() for line in code.group(1).splitlines()]
    missing = [line for line in shown if line and line != "..." and line not in example]
    assert missing == []

"""Every example runs, and the README shows what is really in it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

REPO = Path(__file__).parents[2]
EXAMPLES = sorted((REPO / "examples").glob("*.py"))

THEORY = {"theory_theorem1": 4, "theory_theorem2": 2, "theory_theorem3": 2}
PICTURES = THEORY | {"streaming": 2}
"""How many curves each picture has."""


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 1


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the examples of theory write their pictures."""
    return tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def printed(pictures: Path, warm: Any) -> dict[str, str]:
    """What each example prints; those with pictures are asked for one."""
    arguments = {stem: [pictures / f"{stem}.html"] for stem in PICTURES}
    found = {one.stem: warm.script(one, *arguments.get(one.stem, []), cwd=pictures) for one in EXAMPLES}
    assert all(one.code == 0 for one in found.values()), [one.err for one in found.values()]
    return {stem: one.out for stem, one in found.items()}


def test_every_example_prints_something(printed: dict[str, str]) -> None:
    assert all(printed.values())


def test_own_loop_repairs_the_tail(printed: dict[str, str]) -> None:
    few = [float(value) for value in re.findall(r"few ([\d.]+)", printed["own_loop"])]
    assert few[0] < few[-1]


def numbers(words: str, text: str) -> list[float]:
    return [float(value) for value in re.findall(rf"{words} ([\d.]+\d)", text)]


@pytest.mark.parametrize("stem", PICTURES)
def test_examples_have_pictures(stem: str, printed: dict[str, str], pictures: Path) -> None:
    page = (pictures / f"{stem}.html").read_text()
    curves, _ = json.JSONDecoder().raw_decode(page, page.index("[", page.rindex("Plotly.newPlot(")))
    assert len(curves) == PICTURES[stem]


def test_every_example_of_theory_has_its_picture_tested() -> None:
    assert {example.stem for example in EXAMPLES if example.stem.startswith("theory")} == THEORY.keys()


def test_pseudo_labels_stay_within_what_theorem_1_allows(printed: dict[str, str]) -> None:
    text = printed["theory_theorem1"]
    found, allowed = numbers("found", text), numbers("allowed", text)
    assert len(found) == 2
    assert all(one <= other for one, other in zip(found, allowed, strict=True))
    assert numbers("mean", text) == pytest.approx(numbers("limit", text), abs=0.01)


def test_a_linear_classifier_errs_a_quarter_of_the_time(printed: dict[str, str]) -> None:
    text = printed["theory_theorem2"]
    assert min(numbers("computed", text)) >= 0.25
    assert numbers("differ by at most", text)[0] < 0.05


def test_the_error_of_theorem_3_falls_with_the_dimension(printed: dict[str, str]) -> None:
    errors = numbers("mean error", printed["theory_theorem3"])
    assert len(errors) > 2
    assert errors == sorted(errors, reverse=True)
    assert all(
        one <= other
        for one, other in zip(errors, numbers("at most", printed["theory_theorem3"]), strict=True)
    )


def test_the_stream_is_followed_better_than_by_a_plain_linear_model(printed: dict[str, str]) -> None:
    ours, rival = numbers("balanced accuracy", printed["streaming"])
    assert ours > rival > 0.3


def test_frozen_features_need_three_lines(printed: dict[str, str]) -> None:
    plain, *ours = numbers("balanced accuracy", printed["estimators_frozen"])
    assert len(ours) == 2
    assert min(ours) > plain


def test_the_readme_shows_lines_of_the_example() -> None:
    readme = (REPO / "README.md").read_text().partition("## One part in your own loop")[2]
    code = re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert code
    example = (REPO / "examples" / "own_loop.py").read_text()
    shown = [line.split("#")[0].strip() for line in code.group(1).splitlines()]
    missing = [line for line in shown if line and line != "..." and line not in example]
    assert missing == []

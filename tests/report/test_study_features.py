"""Training and test features of several runs in their planes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from counterpoise.metrics import Leakage
from counterpoise.report.plane import Regions
from counterpoise.report.study_features import (
    COLOURS,
    Embedded,
    Shown,
    class_key,
    features_json,
    leakage_rows,
    plane_panels,
    scale_colour,
    write_features_study,
)


def embedded_run(name: str = "a", found: Leakage | None = None, classes: int = 3) -> Embedded:
    """The tail stands first in the labels."""
    groups = ["few", *["medium"] * (classes - 2), "many"]
    points = np.arange(8.0).reshape(4, 2)
    train = Shown("train", points, np.array([0, 1, 2, 2]), np.array([0, 1, 2, 2]))
    test = Shown("test", points + 1, np.array([0, 0, 1, 2]), np.array([2, 0, 1, 2]))
    ground = Regions(np.array([0.0, 9.0]), np.array([-1.0, 8.0]), np.array([[0, 1], [2, 2]]))
    names, counts = [f"<{index}>" for index in range(classes)], [5 * 10**index for index in range(classes)]
    return Embedded(name, names, counts, groups, "the rule", [train, test], ground, found, 0.25)


def test_colours_run_from_head_to_tail() -> None:
    assert (scale_colour(0), scale_colour(1)) == (COLOURS[0], COLOURS[-1])
    assert scale_colour(0.5) == COLOURS[4]
    assert len({scale_colour(place / 19) for place in range(20)}) == 20


def test_the_key_names_every_class_head_first_or_only_some() -> None:
    assert [key.name for key in class_key(embedded_run())] == [
        "<2> (500, many)",
        "<1> (50, medium)",
        "<0> (5, few)",
    ]
    assert [key.colour for key in class_key(embedded_run())] == [COLOURS[0], COLOURS[4], COLOURS[-1]]
    many = class_key(embedded_run(classes=50))
    assert [key.name.split()[0] for key in many] == ["<49>", "<25>", "<0>"]


def test_both_panels_share_ground_and_colours() -> None:
    figure = plane_panels(embedded_run())
    grounds = [trace for trace in figure.data if trace.type == "heatmap"]
    assert [np.asarray(one.z).tolist() for one in grounds] == [[[2, 1], [0, 0]]] * 2
    points = {(trace.xaxis, trace.name): trace for trace in figure.data if trace.type == "scatter"}
    assert {name: len(points["x2", name].x) for name in ("many", "medium", "few")} == {
        "many": 1,
        "medium": 1,
        "few": 2,
    }
    few = points["x2", "few"]
    assert list(few.marker.color) == [2, 2]
    assert few.marker.colorscale == grounds[0].colorscale
    assert (few.marker.cmin, few.marker.cmax) == (grounds[0].zmin, grounds[0].zmax) == (0, 2)
    assert [list(row) for row in few.customdata] == [["&lt;0&gt;", "&lt;2&gt;"], ["&lt;0&gt;", "&lt;0&gt;"]]
    assert figure.layout.xaxis.range == figure.layout.xaxis2.range == (0.0, 9.0)
    assert figure.layout.yaxis.range == (-1.0, 8.0)


def test_a_run_without_a_tail_has_no_leakage() -> None:
    found = Leakage(0.5, 0.25, 1234)
    assert leakage_rows([embedded_run("a", found), embedded_run("b")]) == [
        ["a", "50.0", "25.0", "25.0", "1,234"],
        ["b", "–", "–", "25.0", "0"],
    ]
    numbers = features_json([embedded_run("a", found), embedded_run("b")])
    assert numbers["a"] == {"leakage": found._asdict(), "few": 0.25, "drawn": {"train": 4, "test": 4}}
    assert numbers["b"]["leakage"] is None


def test_the_page_has_a_plane_for_each_run(tmp_path: Path, read_page: Callable[[Path], Any]) -> None:
    runs = [embedded_run("<one>", Leakage(0.5, 0.25, 4)), embedded_run("two")]
    page = read_page(write_features_study(tmp_path / "page.html", runs))
    assert set(page.figures) == {"study-2", "study-3"}
    assert "the rule" in page.text
    assert "&lt;one&gt;" in page.own
    assert all(len(figure["data"]) == 8 for figure in page.figures.values())

import numpy as np
import pytest

from counterpoise.report.labels import GAP, LETTER, LINE, Box, label_places

FRAME = Box(0, 0, 400, 400)


def test_a_lonely_label_stands_to_the_right():
    assert label_places(np.array([[100.0, 100.0]]), ["ride"], FRAME) == ["middle right"]


@pytest.mark.parametrize(("x", "side"), [(395, "left"), (5, "right")])
def test_no_label_leaves_the_frame(x, side):
    (place,) = label_places(np.array([[x, 200.0]]), ["cross_entropy"], FRAME)
    assert place == f"middle {side}"


def test_no_label_covers_a_point_or_another_label():
    """Twenty points in a heap: what is shown keeps apart, and what has no room is not shown."""
    points = np.random.default_rng(0).uniform(150, 250, (20, 2))
    texts = [f"method {number}" for number in range(20)]
    places = label_places(points, texts, FRAME)
    boxes = [_box(point, place, len(text)) for point, place, text in zip(points, places, texts, strict=True)]
    shown = [box for box in boxes if box]
    assert 5 <= len(shown) < 20
    assert not any(one.overlaps(other) for one in shown for other in shown if one is not other)
    assert not any(box.holds(points) for box in shown)


def test_the_first_label_chooses_first():
    points = np.array([[100.0, 100.0], [100.0, 100.5]])
    frame = Box(90, 90, 200, 115)
    assert label_places(points, ["ride", "tade"], frame) == ["middle right", None]
    apart = np.array([[100.0, 100.0], [100.0, 130.0]])
    assert label_places(apart, ["ride", "tade"], Box(90, 90, 200, 140)) == ["middle right"] * 2


def test_a_label_rather_stands_where_no_line_goes():
    line = np.stack([np.linspace(100, 300, 50), np.full(50, 100.0)], axis=1)
    (place,) = label_places(np.array([[100.0, 100.0]]), ["ride"], FRAME, line)
    assert place == "top right"


def _box(point, place, letters):
    if place is None:
        return None
    (x, y), width, (height, side) = point, LETTER * letters, place.split()
    left = {"right": x + GAP, "left": x - GAP - width, "center": x - width / 2}[side]
    bottom = {"middle": y - LINE / 2, "top": y + GAP, "bottom": y - GAP - LINE}[height]
    return Box(left, bottom, left + width, bottom + LINE)

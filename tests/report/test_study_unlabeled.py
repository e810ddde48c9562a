"""Error against the properties of unlabeled data, and classes with and without them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counterpoise.errors import InputError
from counterpoise.report.study_unlabeled import (
    class_bars,
    error_curves,
    unlabeled_json,
    write_unlabeled_study,
)
from counterpoise.report.unlabeled_lines import AXES, lines, pairs
from counterpoise.report.unlabeled_runs import Condition, Pool

RATIO = AXES[1]
Made = Callable[..., Condition]
NONE = Pool()


def rest(relevance: float = 1.0, ratio: float = 50.0, amount: float = 5.0) -> Pool:
    return Pool("rest", relevance, ratio, amount)


def test_curves_have_whiskers_and_the_supervised_line_is_dashed(made: Made) -> None:
    base = made("ce", errors=(0.3, 0.4))
    swept = [made("ce+st", rest(ratio=100), (0.2,)), made("ce+st", rest(ratio=-100), (0.1, 0.3))]
    figure = error_curves(lines(swept, RATIO), [base], RATIO)
    dashed, curve = figure.data
    assert (dashed.line.dash, list(dashed.x), list(dashed.y)) == ("dash", ["−100", "100"], [35, 35])
    assert (list(curve.x), list(curve.y)) == (["−100", "100"], [20, 20])
    assert list(curve.error_y.array) == [pytest.approx(14.14), 0]
    assert figure.layout.xaxis.categoryarray == ("−100", "100")


def test_bars_go_from_head_to_tail(made: Made) -> None:
    (pair,) = pairs([made("ce"), made("ce+st", rest())])
    figure = class_bars(pair)
    assert [bar.type for bar in figure.data] == ["bar", "bar"]
    expected = [100 * score for score in pair.without.run.evaluations[0]["per_class"]]
    assert list(figure.data[0].y) == pytest.approx(expected)
    (crowded,) = pairs([made("ce", classes=200), made("ce+st", rest(), classes=200)])
    assert "scatter" in {trace.type for trace in class_bars(crowded).data}


def test_only_what_varies_is_on_the_page(
    made: Made, tmp_path: Path, read_page: Callable[[Path], Any]
) -> None:
    conditions = [made("ce"), made("ce+st", rest(0.6), (0.25, 0.3)), made("ce+st", rest(0.8))]
    page = read_page(write_unlabeled_study(tmp_path / "page.html", conditions))
    assert list(page.figures) == ["study-1", "study-2"]
    assert "Error against relevance" in page.text
    assert "Error against amount" not in page.text
    assert "Held: ratio 50, amount 5." in page.text
    assert "27.5 ± 3.5" in page.text
    alone = read_page(write_unlabeled_study(tmp_path / "alone.html", conditions[1:]))
    assert list(alone.figures) == ["study-1"]
    entry = unlabeled_json(conditions)[1]
    assert entry["pool"] == {"source": "rest", "relevance": 0.6, "ratio": 50.0, "amount": 5.0}
    assert entry["error"]["mean"] == pytest.approx(0.275)
    assert entry["seeds"] == [0, 1]


def test_nothing_to_show_is_refused(made: Made, tmp_path: Path) -> None:
    for conditions in ([made("ce")], [made("ce"), made("ldam+st", rest())]):
        with pytest.raises(InputError, match="nothing varies that could be shown"):
            write_unlabeled_study(tmp_path / "page.html", conditions)
    assert list(tmp_path.iterdir()) == []

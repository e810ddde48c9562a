"""How scores are written."""

import pytest

from counterpoise.report.scale import PERCENT, scale_of
from counterpoise.report.spread import Spread


def errors(overall):
    return scale_of({"better": "lower", "target": "age", "overall": overall})


def test_accuracies_are_in_percent() -> None:
    assert scale_of({"overall": 0.5}) is PERCENT
    assert PERCENT.text(0.634) == "63.4"
    assert PERCENT.spread(Spread(0.634, 0.005)) == str(Spread(0.634, 0.005)) == "63.4 ± 0.5"
    assert PERCENT.difference(0.6, 0.5) == "+10.0"
    assert PERCENT.drawn([0.5, None]) == [50, None]
    assert PERCENT.hover("y") == "%{y:.1f} %"
    assert PERCENT.axis("accuracy", 104)["range"] == [0, 104]


@pytest.mark.parametrize(
    ("overall", "shown"),
    [
        (3.14159, "3.14"),
        (13.92, "13.92"),
        (139.2, "139.2"),
        (1392.4, "1392"),
        (0.012345, "0.0123"),
        (0.5, "0.500"),
    ],
)
def test_errors_have_digits_that_suit_their_size(overall: float, shown: str) -> None:
    assert errors(overall).text(overall) == shown


def test_errors_are_in_units_of_the_target() -> None:
    scale = errors(3.0)
    assert scale.words == "in units of age; lower is better"
    assert scale.text(None) == "–"
    assert scale.spread(Spread(3.0, 0.25)) == "3.00 ± 0.25"
    assert scale.spread(Spread(3.0, None)) == "3.00"
    assert scale.hover("y") == "%{y:.2f}"
    assert (scale.difference(3.0, 3.5), scale.difference(None, 3.5)) == ("−0.50", "–")
    assert scale.axis("error", 100, [2.0, None, 5.0])["range"] == pytest.approx([0, 5.6])
    assert errors(None).text(None) == errors(0.0).text(None) == "–"


def test_the_best_is_the_highest_accuracy_and_the_lowest_error() -> None:
    assert PERCENT.better([0.2, None, 0.9]) == 2
    assert errors(1.0).better([None, 0.2, 0.9]) == 1


def test_axes_of_average_precisions_end_above_what_is_drawn() -> None:
    scale = scale_of({"task": "detection", "overall": 0.3})
    assert scale.text(0.3) == "30.0"
    assert scale.axis("AP", 104, [None, 25.0])["range"] == pytest.approx([0, 28])
    assert scale.axis("AP", 104, [99.0])["range"] == [0, 104]
    assert scale.axis("AP", 104, [0.0])["range"] == [0, 1]

import pytest

from counterpoise.report.words import (
    calibration_line,
    counted,
    difference,
    number,
    percent,
    recipe_in_words,
    setting_rows,
)


def test_percent_rounds_to_one_decimal_and_dashes_what_is_absent():
    assert [percent(value) for value in (0.63449, 0.0, 1, None)] == ["63.4", "0.0", "100.0", "–"]
    assert percent(0.6225) == "62.3"


def test_difference_is_signed_and_never_minus_zero():
    assert difference(0.5, 0.75) == "−25.0"
    assert difference(0.75, 0.5) == "+25.0"
    assert difference(0.50001, 0.50002) == "+0.0"
    assert difference(None, 0.5) == difference(0.5, None) == "–"


def test_number_groups_thousands():
    assert [number(value) for value in (12406, 1.0, 0.25, None)] == ["12,406", "1", "0.25", "–"]


@pytest.mark.parametrize(
    ("amount", "noun", "words"),
    [
        (1, "class", "1 class"),
        (4, "class", "4 classes"),
        (1000, "sample", "1,000 samples"),
        (0, "run", "0 runs"),
    ],
)
def test_counted(amount, noun, words):
    assert counted(amount, noun) == words


def test_recipe_in_words():
    calls = [{"word": word} for word in ("ldam", "rotation", "drw", "tde")]
    assert recipe_in_words(calls[:1]) == "ldam"
    assert recipe_in_words(calls[:2]) == "ldam with rotation"
    assert recipe_in_words(calls) == "ldam with rotation, drw and tde"


def test_settings_are_flattened_and_long_lists_cut():
    rows = setting_rows({"a": {"b": None, "c": True}, "lr": 0.1, "long": list(range(20)), "empty": []})
    assert rows == [
        ("a.b", "–"),
        ("a.c", "yes"),
        ("lr", "0.1"),
        ("long", "0, 1, 2, 3, 4, 5, 6, 7, … (20 values)"),
        ("empty", "–"),
    ]


def test_calibration_is_one_line():
    found = {"ece": 0.034, "ece_many": 0.01, "ece_medium": None, "ece_few": 0.2}
    line = "Expected calibration error 3.4 % (many 1.0, medium –, few 20.0)"
    assert calibration_line(found) == f"{line}."
    assert calibration_line(found | {"temperature": 1.368}) == f"{line}; temperature 1.37."

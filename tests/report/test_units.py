import pytest

from counterpoise.report.units import duration, memory, milliseconds


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "–"), (0.44, "0.4 s"), (12.4, "12 s"), (204, "3.4 min"), (3599, "60.0 min"), (7560, "2.1 h")],
)
def test_a_time_has_the_unit_that_suits_it(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, "–"), (5.12e-5, "0.051 ms"), (0.0123, "12 ms"), (0, "0 ms")]
)
def test_a_short_time_has_two_digits(seconds, words):
    assert milliseconds(seconds) == words


@pytest.mark.parametrize(
    ("amount", "words"), [(None, "–"), (412 * 2**20, "412 MiB"), (int(1.25 * 2**30), "1.2 GiB")]
)
def test_memory_is_counted_in_binary_units(amount, words):
    assert memory(amount) == words

import math

import pytest

from counterpoise.errors import InputError
from counterpoise.ramps import Ramped, cosine_rampdown, linear_rampup, sigmoid_rampup, stepped

EVERY = (sigmoid_rampup, linear_rampup, cosine_rampdown)


def test_where_ramps_begin_and_end() -> None:
    assert [shape(0, 4) for shape in EVERY] == [pytest.approx(math.exp(-5)), 0, 1]
    assert [shape(2, 4) for shape in EVERY] == [pytest.approx(math.exp(-1.25)), 0.5, pytest.approx(0.5)]
    for time in (4, 9):
        assert [shape(time, 4) for shape in EVERY] == [1, 1, 0]


def test_no_length_has_passed_at_once() -> None:
    assert [shape(0, 0) for shape in EVERY] == [1, 1, 0]


@pytest.mark.parametrize("shape", EVERY)
def test_a_negative_length_is_refused(shape) -> None:
    with pytest.raises(InputError, match="the length of a ramp must be 0 or more, but -1 came"):
        shape(0, -1)


def test_a_ramp_keeps_its_shape_in_a_shorter_run() -> None:
    ramp = Ramped(20.0, 0.25, linear_rampup)
    assert [ramp(epoch, 40) for epoch in (0, 5, 10, 39)] == [0, 10, 20, 20]
    assert [ramp(epoch, 8) for epoch in (0, 1, 2, 7)] == [0, 10, 20, 20]
    assert Ramped(3.0, 0.0)(0, 5) == 3


@pytest.mark.parametrize("wrong", [(-1.0, 0.5), (float("nan"), 0.5), (1.0, -0.5)])
def test_what_cannot_be_a_weight_is_refused_when_built(wrong: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="must be 0 or more"):
        Ramped(*wrong)


def test_a_value_holds_from_its_start_to_the_next() -> None:
    value = stepped((0.0, 0.6, 0.8), (0.0, 1.0, 2.0))
    assert [value(epoch, 10) for epoch in range(10)] == [0] * 6 + [1] * 2 + [2] * 2


@pytest.mark.parametrize("epochs", [7, 100, 365])
def test_starts_are_whole_epochs_whatever_the_rounding_of_shares(epochs: int) -> None:
    for start in range(1, epochs):
        value = stepped((0.0, start / epochs), (0.0, 1.0))
        assert (value(start - 1, epochs), value(start, epochs)) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("starts", "values"),
    [((), ()), ((0.1,), (1.0,)), ((0.0, 0.5, 0.5), (0.0, 1.0, 2.0)), ((0.0, 1.0), (0.0, 1.0)), ((0.0,), ())],
)
def test_steps_that_cannot_be_are_refused(starts: tuple[float, ...], values: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="starts must rise from 0 to less than 1"):
        stepped(starts, values)

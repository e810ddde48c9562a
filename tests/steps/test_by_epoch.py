import pytest

from counterpoise.errors import InputError
from counterpoise.steps import stepped


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

import pytest

from counterpoise.data.objects import Objects, frequency_of
from counterpoise.errors import InputError


def test_frequency_by_the_rule_of_lvis() -> None:
    assert frequency_of([0, 1, 10, 11, 100, 101]) == ("r", "r", "r", "c", "c", "f")


def test_lists_of_other_lengths_are_refused() -> None:
    with pytest.raises(InputError, match=r"but \[2, 1, 2\] of them came"):
        Objects((1, 2), (3,), ("r", "f"), masks=True, federated=False)


def test_another_frequency_is_refused() -> None:
    with pytest.raises(InputError, match=r"the frequencies r, c and f, but \['r', 'x'\] came"):
        Objects((1, 2), (3, 4), ("r", "x"), masks=True, federated=False)  # pyright: ignore

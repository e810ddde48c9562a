"""One item ahead, in a thread that ends."""

import threading
from collections.abc import Iterator

import pytest

from counterpoise.data.rows.read_ahead import ahead


def numbers(made: list[int], broken: int = -1) -> Iterator[int]:
    for number in range(5):
        if number == broken:
            raise OSError("the disk is gone")
        made.append(number)
        yield number


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_the_items_are_the_same_in_the_same_order() -> None:
    assert list(ahead(numbers([]))) == [0, 1, 2, 3, 4]
    assert list(ahead(iter([None, 0]))) == [None, 0]
    assert list(ahead(iter([]))) == []


def test_another_thread_makes_them() -> None:
    makers = ahead(threading.current_thread() for _ in range(3))
    assert threading.current_thread() not in list(makers)


def test_never_more_than_one_is_made_ahead() -> None:
    made: list[int] = []
    for number in ahead(numbers(made)):
        assert made in ([*range(number + 1)], [*range(number + 2)])


def test_what_goes_wrong_is_raised_in_its_turn() -> None:
    seen = []
    with pytest.raises(OSError, match="the disk is gone"):
        seen.extend(ahead(numbers([], broken=3)))
    assert threads() == []
    items = ahead(numbers([], broken=3))
    assert [next(items) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(OSError, match="the disk is gone"):
        next(items)


def test_the_thread_ends_with_the_items_and_with_the_caller() -> None:
    items = ahead(numbers([]))
    assert next(items) == 0
    assert len(threads()) == 1
    items.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert threads() == []
    assert next(ahead(numbers([]))) == 0, "dropped, not closed"
    assert threads() == []

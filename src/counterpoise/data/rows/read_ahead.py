"""What comes next is made while the last is looked at."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
END = object()


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items; a thread makes the next one while the caller is busy with the last.

    Never more than one is made ahead. What goes wrong in the thread is raised here, in its turn. When the caller
    stops early, the item under way is still made, and then the thread ends.
    """
    with ThreadPoolExecutor(1, "ahead") as thread:
        coming = thread.submit(next, items, END)
        while (item := coming.result()) is not END:
            coming = thread.submit(next, items, END)
            yield item  # pyright: ignore[reportReturnType]

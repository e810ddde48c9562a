"""Rows of arrays that are numbered through."""

import numpy as np
import pytest

from counterpoise.data.rows.row_arrays import RowArrays

SIZES = (5, 1, 7)
ROWS = np.random.default_rng(0).random((sum(SIZES), 4)).astype(np.float16)


@pytest.fixture
def arrays() -> RowArrays:
    return RowArrays(np.split(ROWS, np.cumsum(SIZES)[:-1]))


def test_the_arrays_know_their_size(arrays: RowArrays) -> None:
    assert (len(arrays), arrays.width, arrays.row_bytes) == (13, 4, 8)
    assert arrays.empty(3).shape == (3, 4)
    assert arrays.empty(3).dtype == np.float16


@pytest.mark.parametrize("numbers", [[12, 0, 5, 4, 6, 0, 11], [5], []])
def test_rows_are_picked_in_the_order_asked_for(arrays: RowArrays, numbers: list[int]) -> None:
    wanted = np.array(numbers, dtype=np.int64)
    assert np.array_equal(arrays.picked(wanted), ROWS[wanted])


def test_stretches_go_across_arrays(arrays: RowArrays) -> None:
    room = np.zeros((12, 4), np.float16)
    arrays.fill([(0, room[9:11]), (4, room[:8])])
    assert np.array_equal(room[9:11], ROWS[:2])
    assert np.array_equal(room[:8], ROWS[4:12])
    assert not room[[8, 11]].any()

"""Pools of pages, from which batches are picked."""

from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np
import pytest
import torch

from counterpoise.data.rows.row_arrays import RowArrays
from counterpoise.data.rows.row_pools import PAGE, RowPools
from counterpoise.samplers import BlockShuffled

N, POOL = 20_011, 160
ROWS = np.random.default_rng(0).random((N, 3)).astype(np.float32)
ARRAYS = RowArrays(np.split(ROWS, [5000, 5001, 12_500]))


def in_blocks(seed: int = 0) -> np.ndarray:
    """Blocks of 256 rows, pools of 8 blocks: 2,048 rows that touch about 136 pages."""
    sampler = BlockShuffled(torch.arange(N), block=256, pool=8)
    return sampler.order(torch.Generator().manual_seed(seed)).numpy()


def at_random() -> np.ndarray:
    return np.random.default_rng(0).integers(0, N, 3000)


def dealt(order: np.ndarray, size: int, ranks: int = 1) -> list[np.ndarray]:
    """The batches of the first of some processes."""
    return [order[start : start + size][::ranks] for start in range(0, len(order), size)]


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many rows are read in stretches, and how many are picked one by one."""
    counts = {"fill": 0, "picked": 0}

    def counted(name: str, size: Callable[..., int]) -> None:
        function = getattr(RowArrays, name)

        def count(self: RowArrays, argument: Sequence) -> np.ndarray | None:
            argument = argument if isinstance(argument, np.ndarray) else list(argument)
            counts[name] += size(argument)
            return function(self, argument)

        monkeypatch.setattr(RowArrays, name, count)

    counted("fill", lambda stretches: sum(len(rows) for _, rows in stretches))
    counted("picked", len)
    return counts


def assert_same(wanted: Sequence[np.ndarray], pages: int = POOL) -> None:
    found = list(chain.from_iterable(map(list, RowPools(ARRAYS, pages).batches(wanted))))
    assert len(found) == len(wanted)
    for batch, rows in zip(found, wanted, strict=True):
        assert np.array_equal(batch.numpy(), ROWS[rows])


@pytest.mark.parametrize("size", [64, 256, 2048])
@pytest.mark.parametrize("ranks", [1, 2])
def test_blocks_are_read_in_stretches(size: int, ranks: int, used: dict[str, int]) -> None:
    assert_same(dealt(in_blocks(), size, ranks))
    assert used["picked"] == 0
    assert N <= used["fill"] < 1.75 * N


def test_most_batches_that_lie_across_two_pools_are_read_in_stretches_as_well(used: dict[str, int]) -> None:
    assert_same(dealt(in_blocks(), 100))
    assert used["picked"] < 0.1 * N
    assert used["fill"] < 2 * N


def test_rows_in_order_are_read_once(used: dict[str, int]) -> None:
    assert_same(dealt(np.arange(N), 128))
    assert used["picked"] == 0
    assert N <= used["fill"] < 1.1 * N


def test_rows_from_all_over_are_picked(used: dict[str, int]) -> None:
    assert_same(dealt(at_random(), 30))
    assert used == {"fill": 0, "picked": 3000}


@pytest.mark.parametrize("pages", [1, POOL, 10**9])
def test_the_size_of_a_pool_changes_nothing(pages: int) -> None:
    assert_same(dealt(in_blocks(), 100), pages)
    assert_same(dealt(at_random(), 100), pages)
    assert_same([*dealt(in_blocks(), 5000), np.empty(0, np.int64)], pages)


def test_a_group_fits_into_a_pool_or_is_one_batch() -> None:
    wanted = dealt(in_blocks(), 100)
    groups = list(RowPools(ARRAYS, POOL).groups(wanted))
    assert [id(rows) for group, _ in groups for rows in group] == [id(rows) for rows in wanted]
    assert len(groups) < len(wanted) / 3
    for group, pages in groups:
        assert len(pages) <= POOL or len(group) == 1
        assert np.array_equal(pages, np.unique(np.concatenate(group) // PAGE))
    assert [len(group) for group, _ in RowPools(ARRAYS, 1).groups(wanted)] == [1] * len(wanted)


def test_two_pools_take_turns_in_the_same_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    rooms, fill = [], RowArrays.fill
    monkeypatch.setattr(
        RowArrays,
        "fill",
        lambda self, stretches: fill(self, rooms.append(taken := list(stretches)) or taken),
    )
    pools = RowPools(ARRAYS, POOL).batches(dealt(in_blocks(), 2048))
    for _ in chain.from_iterable(pools):
        pass
    assert len(rooms) > 4
    assert len({stretches[0][1].ctypes.data for stretches in rooms}) == 2

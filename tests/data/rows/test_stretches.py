"""Stretches of rows out of files and out of memory."""

from pathlib import Path

import numpy as np
import pytest

from counterpoise.data.rows.stretches import announce, is_file, read
from counterpoise.errors import InputError

ROWS = np.random.default_rng(0).random((50, 3)).astype(np.float32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    np.save(tmp_path / "rows.npy", ROWS)
    return tmp_path / "rows.npy"


def found(array: np.ndarray) -> np.ndarray:
    """Rows 40 to 50 and 7 to 9."""
    room = np.empty((12, 3), array.dtype)
    stretches = [(40, room[:10]), (7, room[10:])]
    announce(array, stretches)
    read(array, stretches)
    return room


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_a_mapped_file_is_read_as_it_is_mapped(kind: type, path: Path) -> None:
    np.save(path, ROWS.astype(kind))
    array = np.load(path, mmap_mode="c")
    assert is_file(array)
    assert np.array_equal(found(array), np.concatenate([array[40:], array[7:9]]))


def test_the_file_itself_is_read(path: Path) -> None:
    array = np.load(path, mmap_mode="c")
    array[:] = 0
    assert np.array_equal(found(array), np.concatenate([ROWS[40:], ROWS[7:9]]))


def test_what_is_not_a_whole_file_row_after_row_is_read_as_an_array(path: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "columns.npy", np.asfortranarray(ROWS))
    np.save(tmp_path / "longer.npy", np.concatenate([ROWS[:4], ROWS]))
    columns, longer = (np.load(tmp_path / name, mmap_mode="r") for name in ("columns.npy", "longer.npy"))
    for array in (ROWS, columns, longer[4:], np.load(path, mmap_mode="r")[:, :]):
        assert not is_file(array)
        assert np.array_equal(found(array), np.concatenate([ROWS[40:], ROWS[7:9]]))


@pytest.mark.parametrize("how", ["gone", "shorter"])
def test_a_file_that_has_changed_is_told_of(how: str, path: Path) -> None:
    array = np.load(path, mmap_mode="r")
    path.unlink()
    if how == "shorter":
        np.save(path, ROWS[:45])
    with pytest.raises(InputError, match=f"cannot read the rows of {path}: .*; put the file back") as error:
        found(array)
    assert "\n" not in str(error.value)

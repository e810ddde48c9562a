"""Rows in mapped files."""

import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from counterpoise.data.augmentation import AsStored, Standardized
from counterpoise.data.data import Split
from counterpoise.data.numbered import numbered
from counterpoise.data.rows import mapped_rows
from counterpoise.data.rows.mapped_rows import MappedRows, together
from counterpoise.data.streams import Stream
from counterpoise.errors import InputError
from counterpoise.samplers import BlockShuffled, Shuffled

SIZES = (5, 1, 7)


@pytest.fixture
def rows() -> torch.Tensor:
    return torch.randn(sum(SIZES), 4).half()


@pytest.fixture
def mapped(rows: torch.Tensor, tmp_path: Path) -> MappedRows:
    for number, part in enumerate(rows.split(SIZES)):
        np.save(tmp_path / f"{number}.npy", part.numpy())
    return MappedRows([np.load(tmp_path / f"{number}.npy", mmap_mode="r") for number in range(3)])


def test_rows_are_read_across_files_in_the_order_asked_for(rows: torch.Tensor, mapped: MappedRows) -> None:
    index = torch.tensor([12, 0, 5, 4, 6, 0, 11])
    assert (len(mapped), mapped.shape) == (13, (4,))
    assert torch.equal(mapped.read(index), rows[index])
    assert mapped.content(5) == rows[5].numpy().tobytes()


def test_a_subset_of_a_subset_reads_nothing_and_finds_its_rows(
    rows: torch.Tensor, mapped: MappedRows
) -> None:
    first, second = torch.tensor([9, 1, 12, 5]), torch.tensor([3, 0])
    some = mapped.subset(first).subset(second)
    assert some.arrays.arrays[0] is mapped.arrays.arrays[0]
    assert torch.equal(some.read(torch.arange(2)), rows[first[second]])
    assert mapped.subset(first).stored().tolist() == [1, 3, 0, 2]


def test_batches_are_those_of_memory(rows: torch.Tensor, mapped: MappedRows) -> None:
    look = Standardized((0.0,) * 4, (2.0,) * 4)
    portions = [(index, look.draw(len(index), torch.Generator())) for index in torch.randperm(13).split(4)]
    found = list(mapped.batches(portions, look, workers=0, device=torch.device("cpu")))
    assert [batch.dtype for batch in found] == [torch.float32] * 4
    assert torch.equal(torch.cat(found), torch.cat([rows[index].float() / 2 for index, _ in portions]))


def test_parts_follow_each_other(rows: torch.Tensor, mapped: MappedRows) -> None:
    joined = together([mapped.subset(torch.tensor([3, 1])), mapped])
    assert torch.equal(joined.read(torch.arange(15)), torch.cat([rows[[3, 1]], rows]))


def test_large_data_are_shuffled_in_blocks(mapped: MappedRows, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(mapped.shuffled(), Shuffled)
    monkeypatch.setattr(mapped_rows, "KEPT", 13 * 4 * 2 - 1)
    some = mapped.subset(torch.arange(12, -1, -1)).shuffled()
    assert isinstance(some, BlockShuffled)
    assert some.stored.tolist() == list(range(12, -1, -1))


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ([], "got none"),
        ([np.zeros((2, 3), int)], "int64"),
        ([np.zeros(2)], "float64"),
        ([np.zeros((2, 3)), np.zeros((2, 4))], "float64"),
        ([np.zeros((2, 3)), np.zeros((2, 3), np.float16)], "float16"),
    ],
)
def test_other_arrays_are_refused(arrays: list[np.ndarray], reason: str) -> None:
    with pytest.raises(InputError, match=f"expected arrays of real numbers.*{reason}"):
        MappedRows(arrays)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("world", [1, 2])
def test_an_epoch_of_blocks_is_that_of_memory(
    kind: type, world: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a subset, in batches that do not fit the pools, in one process and in two."""
    monkeypatch.setattr(mapped_rows, "KEPT", 0)
    features = np.random.default_rng(0).random((5000, 3)).astype(kind)
    for number, part in enumerate(np.split(features, [1500, 1501])):
        np.save(tmp_path / f"{number}.npy", part)
    whole = MappedRows([np.load(tmp_path / f"{number}.npy", mmap_mode="c") for number in range(3)])
    samples = whole.subset(torch.randperm(5000, generator=torch.Generator().manual_seed(0))[:4000])
    split = Split(samples, torch.arange(4000), numbered("row ", 4000))
    stream = Stream(split, BlockShuffled(samples.stored(), block=64, pool=8), 101, AsStored())
    for rank in range(world):
        for batch in stream.batches(seed=(0,), rank=rank, world=world):
            assert batch.inputs.dtype == torch.from_numpy(features).dtype
            assert torch.equal(batch.inputs, torch.from_numpy(features)[samples.rows][batch.index])


def test_a_broken_file_is_told_of_in_its_turn(tmp_path: Path) -> None:
    for number in range(2):
        np.save(tmp_path / f"{number}.npy", np.full((200, 1), number, np.float32))
    samples = MappedRows([np.load(tmp_path / f"{number}.npy", mmap_mode="c") for number in range(2)])
    (tmp_path / "1.npy").unlink()
    portions = [(index, torch.empty(len(index), 0)) for index in torch.arange(400).split(200)]
    batches = samples.batches(portions, AsStored(), workers=0, device=torch.device("cpu"))
    with pytest.raises(InputError, match=r"cannot read the rows of .*1\.npy"):
        list(batches)
    assert not any(thread.name.startswith("ahead") for thread in threading.enumerate())


def test_wide_rows_are_shuffled_in_smaller_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped_rows, "HELD", 2**16)
    narrow, wide, huge = (MappedRows([np.zeros((9, width), np.float32)]) for width in (1, 8, 1000))
    assert [samples.blocks for samples in (narrow, wide, huge)] == [64, 8, 1]
    assert wide.pages == 1.25 * 8 * 256 / 16
    assert wide.subset(torch.arange(6)).pages == 1.25 * 1.5 * 8 * 256 / 16
    assert wide.subset(torch.arange(2)).pages == 1.25 * 2 * 8 * 256 / 16
    monkeypatch.setattr(mapped_rows, "KEPT", 0)
    sampler = wide.shuffled()
    assert isinstance(sampler, BlockShuffled)
    assert sampler.pool == 8

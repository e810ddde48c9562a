"""Writing embeddings: what is written, and what a stopped command leaves."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from counterpoise.backbones import SmallCNN
from counterpoise.data.data import Data
from counterpoise.data.sources import Source, load
from counterpoise.data.sources.embedding_files import FACTS, REQUEST
from counterpoise.errors import InputError
from counterpoise.training.embed import Frozen, Shards, embed
from counterpoise.training.hardware import Hardware

CPU = Hardware(device="cpu", precision="32")
SHARDS = Shards(batch_size=4, shard_rows=6, workers=0)


@pytest.fixture
def frozen(tiny: Data) -> Frozen:
    torch.manual_seed(0)
    return Frozen(SmallCNN(1), tiny.facts.plain, {"name": "small"})


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_is_written_is_what_the_backbone_gives(tiny: Data, frozen: Frozen, tmp_path: Path) -> None:
    heard: list[int] = []
    embed(tiny, frozen, tmp_path / "e", SHARDS, CPU, heard.append)
    assert sum(heard) == 32
    assert sorted(path.name for path in (tmp_path / "e" / "train").iterdir()) == [
        "00000.npy", "00001.npy", "00002.npy", "labels.npy", "names.json",
    ]  # fmt: skip
    data = load(Source(str(tmp_path / "e")))
    assert data.facts.class_counts == tiny.facts.class_counts
    assert data.facts.class_names == tiny.facts.class_names
    for split, part in tiny.splits.items():
        images = tiny.facts.plain.batch(part.samples.read(torch.arange(len(part))), torch.empty(len(part), 0))
        with torch.no_grad():
            wanted = frozen.backbone.eval()(images)
        found = data.splits[split]
        assert torch.allclose(
            found.samples.read(torch.arange(len(part))).float(), wanted, atol=2e-3, rtol=1e-3
        )
        assert (tuple(found.names), found.targets.tolist()) == (part.names, part.targets.tolist())


@pytest.mark.parametrize(
    "lost", [("embeddings.json",), ("train/00001.npy", "embeddings.json"), ("test/00000.npy",)]
)
def test_what_is_missing_is_made_again_to_the_byte(
    lost: tuple[str, ...], tiny: Data, frozen: Frozen, tmp_path: Path
) -> None:
    embed(tiny, frozen, tmp_path, SHARDS, CPU)
    before = content(tmp_path)
    for name in lost:
        (tmp_path / name).unlink()
    embed(tiny, frozen, tmp_path, SHARDS, CPU)
    assert content(tmp_path) == before


def test_a_stopped_command_goes_on(tiny: Data, frozen: Frozen, tmp_path: Path) -> None:
    embed(tiny, frozen, tmp_path / "whole", SHARDS, CPU)

    class StopError(Exception):
        pass

    def stop_after(rows: int) -> Callable[[int], None]:
        left = [rows]

        def heard(done: int) -> None:
            left[0] -= done
            if left[0] < 0:
                raise StopError

        return heard

    with pytest.raises(StopError):
        embed(tiny, frozen, tmp_path / "e", SHARDS, CPU, stop_after(8))
    assert {path.name for path in (tmp_path / "e").rglob("*.*")} == {REQUEST, "00000.npy"}
    with pytest.raises(InputError, match="are not complete; repeat their embed command"):
        load(Source(str(tmp_path / "e")))
    embed(tiny, frozen, tmp_path / "e", SHARDS, CPU)
    assert content(tmp_path / "e") == content(tmp_path / "whole")


def test_other_options_on_the_same_folder_are_refused(tiny: Data, frozen: Frozen, tmp_path: Path) -> None:
    embed(tiny, frozen, tmp_path, SHARDS, CPU)
    with pytest.raises(InputError, match=r"other embeddings \(their dtype, shard_rows differ\)"):
        embed(tiny, frozen, tmp_path, Shards(4, 0, "float32", 8), CPU)
    other = frozen._replace(backbone=SmallCNN(1))
    with pytest.raises(InputError, match="their backbone differ"):
        embed(tiny, other, tmp_path, SHARDS, CPU)


def test_a_folder_of_other_things_is_left_alone(tiny: Data, frozen: Frozen, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="expected an empty folder"):
        embed(tiny, frozen, tmp_path, SHARDS, CPU)
    assert content(tmp_path) == {"mine.txt": b"mine"}


class Flawed(nn.Module):
    """Gives one number in place of features."""

    def __init__(self, value: float, *, maps: bool = False) -> None:
        super().__init__()
        self.value, self.maps = value, maps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.full((len(x), 2, 2) if self.maps else (len(x), 2), self.value)


@pytest.mark.parametrize(
    ("backbone", "reason"),
    [
        (Flawed(1e5), "are not finite as float16; try --dtype float32"),
        (Flawed(float("nan")), "try --precision 32 or another backbone"),
        (nn.Flatten(0, 2), r"but this backbone gives \(32, 8\)"),
        (Flawed(1.0, maps=True), r"but this backbone gives \(4, 2, 2\)"),
    ],
)
def test_features_that_cannot_be_kept_are_refused(
    backbone: nn.Module, reason: str, tiny: Data, frozen: Frozen, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=reason):
        embed(tiny, frozen._replace(backbone=backbone), tmp_path, SHARDS, CPU)
    assert not (tmp_path / FACTS).exists()


def test_large_features_fit_float32(tiny: Data, frozen: Frozen, tmp_path: Path) -> None:
    shards = replace(SHARDS, dtype="float32")
    embed(tiny, frozen._replace(backbone=Flawed(1e5)), tmp_path, shards, CPU)
    assert np.load(tmp_path / "test" / "00000.npy").dtype == np.float32
    assert json.loads((tmp_path / FACTS).read_text())["dim"] == 2


def test_a_damaged_folder_is_refused(tiny: Data, frozen: Frozen, tmp_path: Path) -> None:
    embed(tiny, frozen, tmp_path, SHARDS, CPU)
    np.save(tmp_path / "train" / "00001.npy", np.zeros((5, 64), np.float16))
    with pytest.raises(
        InputError, match=r"expected 16 rows in .*train, but 15 features, 16 labels and 16 names"
    ):
        load(Source(str(tmp_path)))
    (tmp_path / FACTS).write_text(json.dumps({"format": 99}))
    with pytest.raises(InputError, match=r"embeddings of the format 1, but .* has 99"):
        load(Source(str(tmp_path)))


@pytest.mark.parametrize("wrong", [{"batch_size": 0}, {"shard_rows": 0}, {"workers": -1}])
def test_numbers_out_of_range_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match="must be at least 1 and workers 0 or more"):
        Shards(**wrong)

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from counterpoise.data.sources.map_table import map_table, names_maps, squares
from counterpoise.errors import InputError


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Four pictures of 40 x 30 pixels with maps of the same size that rise to the right."""
    lines = ["path,depth,split"]
    for number in range(4):
        Image.new("RGB", (40, 30)).save(tmp_path / f"{number}.png")
        np.save(tmp_path / f"{number}.npy", np.tile(1.0 + number + np.arange(40) / 40, (30, 1)))
        lines.append(f"{number}.png,{number}.npy,{'train' if number < 3 else 'test'}")
    (tmp_path / "rooms.csv").write_text("\n".join(lines))
    return tmp_path / "rooms.csv"


def test_maps_lie_on_the_grid_of_their_pictures(table: Path) -> None:
    found = map_table(table, "depth", stride=8, image_size=32)
    maps = found.splits["train"].targets
    assert maps.shape == (3, 4, 4) and found.name == "rooms"
    assert found.splits["train"].samples.shape == (3, 32, 32)
    assert (maps.diff(dim=2) > 0).all() and torch.equal(maps[:, 0], maps[:, 3])
    assert maps[1].mean().item() == pytest.approx(2.5, abs=0.02)


def test_a_unit_scales_the_numbers(table: Path) -> None:
    one, thousand = (map_table(table, "depth", unit=unit, image_size=32) for unit in (1.0, 1000.0))
    torch.testing.assert_close(1000 * one.splits["test"].targets, thousand.splits["test"].targets)


def test_a_missing_map_is_named(table: Path) -> None:
    (table.parent / "2.npy").unlink()
    with pytest.raises(InputError, match=r"cannot find the map .*2.npy \(1 of 4 are missing\)"):
        map_table(table, "depth")


def test_a_broken_map_is_named(table: Path) -> None:
    (table.parent / "2.npy").write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"cannot read the map .*2.npy"):
        map_table(table, "depth", image_size=32)


def test_columns_of_maps_are_told_from_columns_of_numbers() -> None:
    frame = pd.DataFrame({"path": ["a.png"], "depth": ["b.npy"], "age": ["12"]})
    assert names_maps(frame, "depth")
    assert not names_maps(frame, "age") and not names_maps(frame, "none")
    assert not names_maps(frame.drop(columns="path"), "depth")


def test_a_size_that_is_no_multiple_of_the_stride_is_refused() -> None:
    with pytest.raises(InputError, match="multiple of the stride of 8 pixels, but got 30; take 32"):
        squares(lambda i: torch.ones(30, 30), 1, 30, 8)

from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

from counterpoise.data.grid import Grid
from counterpoise.data.sources.gridded import counted, counted_cells, mapped
from counterpoise.data.sources.rows import Row
from counterpoise.errors import InputError


def pictures(folder: Path, sizes: list[tuple[int, int]], split: str = "train") -> list[Row]:
    rows = []
    for number, size in enumerate(sizes):
        Image.new("RGB", size).save(folder / f"{number}.png")
        rows.append(Row(split, str(folder / f"{number}.png"), f"{number}.png"))
    return rows


def test_every_point_counts_once_however_the_picture_is_resized(tmp_path: Path) -> None:
    listed = pictures(tmp_path, [(100, 40), (31, 64), (8, 8)])
    points = [
        torch.rand(n, 2) * torch.tensor(size) for n, size in ((7, (100, 40)), (3, (31, 64)), (0, (8, 8)))
    ]
    cells = counted_cells(listed, points, 64, Grid(32, 8, counts=True))
    assert cells.shape == (3, 8, 8)
    assert cells.sum(dim=(1, 2)).tolist() == pytest.approx([7, 3, 0], abs=1e-4)


def test_nothing_counts_outside_the_picture(tmp_path: Path) -> None:
    listed = pictures(tmp_path, [(64, 16)])
    cells = counted_cells(listed, [torch.tensor([[63.0, 15.9], [2.0, 15.0]])], 64, Grid(32, 8, counts=True))
    assert cells[0, :2].sum().item() == pytest.approx(2, abs=1e-5) and not cells[0, 2:].any()


def test_points_move_with_the_picture(tmp_path: Path) -> None:
    listed = pictures(tmp_path, [(128, 64)])
    cells = counted_cells(listed, [torch.tensor([[100.0, 20.0]])], 64, Grid(32, 8, counts=True))
    row, column = divmod(int(cells[0].argmax()), 8)
    assert (row, column) == (10 // 8, 50 // 8)


def test_the_square_holds_the_longest_side_of_training(tmp_path: Path) -> None:
    listed = pictures(tmp_path, [(40, 20), (20, 50)])
    found = counted(
        "dots", listed, [torch.tensor([[5.0, 5.0]]), torch.empty(0, 2)], stride=16, image_size=None
    )
    assert found.splits["train"].samples.shape == (3, 64, 64)
    assert found.grid == Grid(16, 4, counts=True)
    assert found.target and found.target.edges[:2] == (0, pytest.approx(0.005))


def test_images_without_splits_are_shared_out_by_how_much_there_is(tmp_path: Path) -> None:
    listed = pictures(tmp_path, [(16, 16)] * 40, split="")
    points = [torch.full((n, 2), 8.0) for n in range(40)]
    found = counted("dots", listed, points, stride=16, image_size=None)
    assert {name: len(split) for name, split in found.splits.items()} == {"train": 20, "val": 10, "test": 10}
    for split in found.splits.values():
        tenths = {int(count) // 4 for count in split.targets.sum(dim=(1, 2)).round().tolist()}
        assert tenths == set(range(10))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"stride": 6}, "--stride of a multiple of 4 pixels, but got 6"),
        ({"stride": 16, "image_size": 40}, "multiple of the stride of 16 pixels, but got 40; take 48"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(options: dict, told: str, tmp_path: Path) -> None:
    listed, points = pictures(tmp_path, [(16, 16)]), [torch.tensor([[5.0, 5.0]])]
    with pytest.raises(InputError, match=told):
        counted("dots", listed, points, **{"image_size": None, **options})


def test_nothing_marked_is_refused(tmp_path: Path) -> None:
    listed = pictures(tmp_path, [(16, 16)] * 2)
    with pytest.raises(InputError, match="'count' is 0 in all places of all 2 training images"):
        counted("dots", listed, [torch.empty(0, 2)] * 2, stride=16, image_size=None)


def test_images_of_test_alone_cannot_train(tmp_path: Path) -> None:
    listed = pictures(tmp_path, [(16, 16)] * 2, split="test")
    with pytest.raises(InputError, match="images of the split train"):
        counted("dots", listed, [torch.tensor([[5.0, 5.0]])] * 2, stride=16, image_size=None)


def depths(count: int) -> Tensor:
    return 1 + torch.rand(count, 4, 4)


def test_maps_have_logarithmic_bins_over_what_is_known(tmp_path: Path) -> None:
    maps = depths(3)
    maps[1, 0] = torch.nan
    found = mapped("rooms", pictures(tmp_path, [(32, 32)] * 3), maps, "depth", stride=8, num_bins=5)
    assert found.target and found.target.name == "depth"
    edges = torch.tensor(found.target.edges)
    torch.testing.assert_close(edges.log().diff(), edges.log().diff().mean().expand(5), rtol=1e-4, atol=1e-6)
    known = maps[~maps.isnan()]
    assert found.target.mean == pytest.approx(known.mean().item(), rel=1e-6)


def test_a_map_without_a_known_value_is_refused(tmp_path: Path) -> None:
    maps = depths(3)
    maps[2] = torch.nan
    with pytest.raises(InputError, match=r"but that of 2.png has none \(1 such images\)"):
        mapped("rooms", pictures(tmp_path, [(32, 32)] * 3), maps, "depth", stride=8)

"""Maps of measurements: files, and the grid of a net."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from counterpoise.data.maps import read_map, resized_map, squared_map
from counterpoise.data.pictures import as_tensor, squared
from counterpoise.errors import InputError

NAN = math.nan


@pytest.mark.parametrize("name", ["map.png", "map.tif", "map.TIFF"])
@pytest.mark.parametrize(("dtype", "largest"), [(np.uint8, 255), (np.uint16, 65535)])
def test_pictures_of_8_and_16_bits(tmp_path: Path, name: str, dtype: type, largest: int) -> None:
    Image.fromarray(np.array([[0, 1, 200], [7, largest, 0]], dtype=dtype)).save(tmp_path / name)
    found = read_map(tmp_path / name, unit=0.5)
    assert found.dtype == torch.float32
    wanted = torch.tensor([[NAN, 0.5, 100], [3.5, largest / 2, NAN]])
    assert torch.equal(found.nan_to_num(-1), wanted.nan_to_num(-1))


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float16, np.float32, np.float64, ">f4"])
def test_arrays(tmp_path: Path, dtype: str) -> None:
    np.save(tmp_path / "map.npy", np.array([[0, 1, 2], [3, 4, 100]], dtype=dtype))
    assert read_map(tmp_path / "map.npy").tolist() == [[0, 1, 2], [3, 4, 100]]


def test_what_is_not_finite_is_unknown(tmp_path: Path) -> None:
    np.save(tmp_path / "map.npy", np.array([[np.nan, np.inf, -np.inf, 1e39, -2.0]]))
    assert read_map(tmp_path / "map.npy").nan_to_num(-1).tolist() == [[-1, -1, -1, -1, -2]]
    Image.fromarray(np.array([[np.nan, np.inf, 0, 2.5]], dtype=np.float32)).save(tmp_path / "map.tif")
    assert read_map(tmp_path / "map.tif").nan_to_num(-1).tolist() == [[-1, -1, -1, 2.5]]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (np.zeros((2, 2, 1)), r"holds float64 \(2, 2, 1\)"),
        (np.zeros(4), r"holds float64 \(4,\)"),
        (np.zeros((0, 3)), r"holds float64 \(0, 3\)"),
        (np.zeros((2, 2), dtype=bool), "holds bool"),
        (np.zeros((2, 2), dtype=complex), "holds complex128"),
        (np.array([["a"]]), "holds <U1"),
        (np.array([[None]]), "cannot read the map"),
    ],
)
def test_an_array_that_is_no_map_is_refused(tmp_path: Path, content: np.ndarray, reason: str) -> None:
    np.save(tmp_path / "map.npy", content)
    with pytest.raises(InputError, match=reason):
        read_map(tmp_path / "map.npy")


@pytest.mark.parametrize("name", ["map.npy", "map.png", "map.tif"])
@pytest.mark.parametrize("content", [b"", b"broken", b"\x89PNG\r\n\x1a\n broken", b"\x93NUMPY", None])
def test_a_broken_file_is_named_in_one_line(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=f"cannot read the map .*{name}") as caught:
        read_map(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_other_kinds_are_refused(tmp_path: Path) -> None:
    with (tmp_path / "several.npy").open("wb") as file:
        np.savez(file, a=np.zeros((2, 2)))
    with pytest.raises(InputError, match="holds several arrays"):
        read_map(tmp_path / "several.npy")
    for mode in ("RGB", "P", "1", "LA"):
        Image.new(mode, (2, 2)).save(tmp_path / "map.png")
        with pytest.raises(InputError, match=f"has the mode {mode}"):
            read_map(tmp_path / "map.png")
    with pytest.raises(InputError, match=r"map\.jpg is none"):
        read_map(tmp_path / "map.jpg")


@pytest.mark.parametrize("unit", [0, -1.0, math.nan, math.inf])
def test_a_unit_is_above_0(tmp_path: Path, unit: float) -> None:
    with pytest.raises(InputError, match="a unit above 0"):
        read_map(tmp_path / "map.png", unit=unit)


def test_a_cell_has_the_mean_of_what_is_known() -> None:
    values = torch.tensor([[1, 3, NAN, NAN], [NAN, 5, NAN, NAN], [2, 2, 8, 0], [2, 2, NAN, NAN]])
    found = resized_map(values, 2, 2)
    assert found.nan_to_num(-1).tolist() == [[3, -1], [2, 4]]
    assert resized_map(values, 4, 4).nan_to_num(-1).equal(values.nan_to_num(-1))
    assert resized_map(values, 1, 1).item() == pytest.approx(25 / 9)


def test_other_grids_have_the_pixel_at_the_centre_of_each_cell() -> None:
    values = torch.arange(5.0)[:, None] * 10 + torch.arange(7.0)
    assert resized_map(values, 3, 2).tolist() == [[1, 5], [21, 25], [41, 45]]
    assert resized_map(values, 10, 14).equal(values.repeat_interleave(2, 0).repeat_interleave(2, 1))
    values[0, 1] = NAN
    assert resized_map(values, 3, 2).isnan().tolist() == [[True, False], [False, False], [False, False]]


@pytest.mark.parametrize(("rows", "columns"), [(0, 3), (3, 0), (-1, 3)])
def test_a_grid_has_cells(rows: int, columns: int) -> None:
    with pytest.raises(InputError, match="at least 1 x 1 cells"):
        resized_map(torch.ones(4, 4), rows, columns)


def scene(width: int, height: int, axis: int) -> tuple[Image.Image, torch.Tensor]:
    """A picture whose brightness is its depth: it grows along an axis, with a nearer box that is not in the middle."""
    depth = (torch.arange(height)[:, None], torch.arange(width)[None])[axis] * 200 / (height, width)[
        axis
    ] + 30
    depth = depth.repeat((1, width) if axis == 0 else (height, 1))
    depth[height // 5 : height // 2, width // 3 : width // 2] = 10
    grey = depth.round().to(torch.uint8).numpy()
    return Image.fromarray(np.stack([grey] * 3, axis=2)), torch.from_numpy(grey).float()


@pytest.mark.parametrize("shape", [(96, 64), (64, 96), (61, 83), (640, 480), (300, 300)])
@pytest.mark.parametrize("size", [32, 128, 224])
@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("axis", [0, 1])
def test_picture_and_map_stay_aligned(shape: tuple[int, int], size: int, scale: int, axis: int) -> None:
    picture, depth = scene(*shape, axis)
    depth = depth.repeat_interleave(scale, 0).repeat_interleave(scale, 1)
    seen = as_tensor(squared(picture, size))[:, :, 0].float()
    found = squared_map(depth, size)
    assert found.shape == (size, size)
    inner = slice(4, -4)
    per_pixel = (found.roll(-1, axis) - found.roll(1, axis))[inner, inner].mean() / 2
    assert per_pixel > 0.3
    assert (found - seen)[inner, inner].mean().abs() < 0.4 * per_pixel
    assert ((found == 10) != (seen == 10)).float().mean() < 0.04


def test_a_map_of_the_right_size_is_only_cut() -> None:
    values = torch.arange(24.0).reshape(4, 6)
    values[0, 1] = NAN
    assert squared_map(values, 4).nan_to_num(-1).equal(values[:, 1:5].nan_to_num(-1))

"""Small image sets on disk."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

MakeFolder = Callable[..., Path]


def save_picture(path: Path, *, width: int = 12, height: int = 12, seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def make_folder(tmp_path: Path) -> MakeFolder:
    """A folder from counts such as {"train/cat": 3}: that many different PNG files in each class folder."""

    def make(counts: Mapping[str, int], *, width: int = 12, height: int = 12) -> Path:
        seeds = iter(range(10_000))
        for class_folder, count in counts.items():
            (tmp_path / class_folder).mkdir(parents=True, exist_ok=True)
            for i in range(count):
                path = tmp_path / class_folder / f"{i}.png"
                save_picture(path, width=width, height=height, seed=next(seeds))
        return tmp_path

    return make

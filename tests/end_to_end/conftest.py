"""The installed command, pictures of shapes, and runs that several tests look at."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

COUNTS = {
    "train": {"circle": 24, "cross": 12, "ring": 6, "square": 4},
    "val": {"circle": 4, "cross": 4, "ring": 4, "square": 4},
    "test": {"circle": 6, "cross": 6, "ring": 6, "square": 6},
}
TRAIN = ("--epochs", "30", "--batch_size", "16", "--image_size", "16", "--lr", "0.05", "--device", "cpu")


@pytest.fixture(scope="session")
def installed() -> Callable[..., subprocess.Popen[str]]:
    """Starts the command that stands beside this Python."""
    command = Path(sys.executable).parent / "counterpoise"
    if not command.exists():
        pytest.skip(f"counterpoise is not installed beside {sys.executable}")

    def start(*argv: str, cwd: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(command), *argv],
            cwd=cwd,
            env=os.environ | {"OMP_NUM_THREADS": "1", "COLUMNS": "100"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Coloured shapes in train, val and test: four classes with a long tail, pictures of several sizes."""
    folder, chance = tmp_path_factory.mktemp("data") / "shapes", random.Random(0)
    for split, counts in COUNTS.items():
        for shape, count in counts.items():
            place = folder / split / shape
            place.mkdir(parents=True)
            for number in range(count):
                drawn(shape, chance).save(place / f"{number}.png")
    return folder


def drawn(shape: str, chance: random.Random) -> Image.Image:
    """A shape of some colour and size, on a dark ground."""
    width, height = chance.choice([(20, 24), (28, 28), (40, 32)])
    picture = Image.new("RGB", (width, height), tuple(chance.randrange(60) for _ in range(3)))
    color = tuple(chance.randrange(150, 256) for _ in range(3))
    half = chance.uniform(0.3, 0.4) * min(width, height)
    box = [width / 2 - half, height / 2 - half, width / 2 + half, height / 2 + half]
    pen = ImageDraw.Draw(picture)
    match shape:
        case "circle":
            pen.ellipse(box, fill=color)
        case "ring":
            pen.ellipse(box, outline=color, width=2)
        case "square":
            pen.rectangle(box, fill=color)
        case "cross":
            pen.line(box, fill=color, width=3)
            pen.line([box[0], box[3], box[2], box[1]], fill=color, width=3)
    return picture


@pytest.fixture(scope="session")
def trained(
    shapes: Path, installed: Callable[..., subprocess.Popen[str]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """De-confound-TDE on shapes by the installed command: the run folder that it prints last, and all it prints."""
    cwd = tmp_path_factory.mktemp("trained")
    process = installed("train", "deconfound_tde", "--data", str(shapes), *TRAIN, cwd=cwd)
    out, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    return cwd / out.splitlines()[-1], out


@pytest.fixture(scope="session")
def without_tde(shapes: Path, warm: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The baseline on shapes, one epoch."""
    cwd = tmp_path_factory.mktemp("baseline")
    finished = warm(
        "train", "cross_entropy", "--data", shapes, *TRAIN, "--epochs", 1, "--out", "run", cwd=cwd
    )
    assert finished.code == 0, finished.err
    return cwd / "run"

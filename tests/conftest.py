"""What all tests share: one thread, seeded numbers, real data, digits, and a warm command line."""

import json
import math
import os
import runpy
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.data.columns import Column
from counterpoise.data.data import DETECTION, MULTI_LABEL, REGRESSION, Data, Facts, Split, fingerprint
from counterpoise.data.grid import Grid
from counterpoise.data.objects import Objects
from counterpoise.data.samples import PackedImages, Rows
from counterpoise.data.scenes import Scenes, Shown
from counterpoise.data.sources import Source, load
from counterpoise.data.target import target_of
from counterpoise.net import Net
from counterpoise.steps import Seen, Step
from counterpoise.training import Experiment

torch.set_num_threads(1)

REPO = Path(__file__).parents[1]
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "COLUMNS": "100"}
COLOURS = torch.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]])
"""Of the rectangles in made-up scenes, by label."""


class Finished(NamedTuple):
    """How a process ended, and what it printed."""

    code: int
    out: str
    err: str


class Warm:
    """Runs commands in processes forked from one that has imported the library; see warm_interpreter.py."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(REPO / "tests" / "warm_interpreter.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | ENVIRONMENT,
        )

    def __call__(self, *argv: object, cwd: Path, **options: Any) -> Finished:
        """``counterpoise ARGV`` in a folder."""
        return self.ask(argv, cwd, **options)[0]

    def script(self, path: Path, *argv: object, cwd: Path, **options: Any) -> Finished:
        """``python PATH ARGV`` in a folder."""
        return self.ask(argv, cwd, script=str(path), **options)[0]

    def ask(
        self,
        argv: tuple[object, ...],
        cwd: Path,
        *,
        script: str | None = None,
        program: str = "counterpoise",
        env: Mapping[str, str] | None = None,
        file_limit: int | None = None,
        seconds: float = 200,
        ended_by: signal.Signals = signal.SIGKILL,
        watch: Path | None = None,
        processes: int = 1,
    ) -> list[Finished]:
        """Run one or several processes; with several, each finds in its environment what torchrun sets.

        Args:
            argv: arguments.
            cwd: working folder.
            script: a Python file to run in place of the command line.
            program: ``sys.argv[0]``.
            env: additions to the environment.
            file_limit: bytes beyond which no file can grow (a full disk).
            seconds: after which the processes are ended.
            ended_by: the signal that ends them then.
            watch: a file, below ``cwd``; the seconds are counted from the moment that it is written.
            processes: how many run together.
        """
        request = {
            "argv": [str(word) for word in argv],
            "cwd": str(cwd),
            "script": script,
            "program": program,
            "env": {**(launched(processes) if processes > 1 else {}), **(env or {})},
            "file_limit": file_limit,
            "seconds": seconds,
            "signal": ended_by,
            "watch": str(watch) if watch else None,
            "processes": processes,
        }
        assert self.process.stdin and self.process.stdout
        print(json.dumps(request), file=self.process.stdin, flush=True)
        return [Finished(**answer) for answer in json.loads(self.process.stdout.readline())]

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def launched(processes: int) -> dict[str, str]:
    """The environment that torchrun gives to all its processes."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    return {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "WORLD_SIZE": str(processes),
        "LOCAL_WORLD_SIZE": str(processes),
        "GROUP_RANK": "0",
        "TORCHELASTIC_RUN_ID": "test",
    }


@pytest.fixture(autouse=True)
def seeded() -> None:
    """The same made-up numbers in every run."""
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """A command line that starts at once."""
    started = Warm()
    yield started
    started.close()


@pytest.fixture(scope="session")
def repo() -> Path:
    """The root of the repository."""
    return REPO


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data sets beside the repository; a test that needs them is skipped where they are absent."""
    path = REPO.parent / "shared" / "data"
    if not path.is_dir():
        pytest.skip(f"no real data at {path}")
    return path


@pytest.fixture(scope="session")
def digits() -> Data:
    """Long-tailed handwritten digits: 10 classes of 8 x 8 pixels, with val and test."""
    return load(Source("digits", imbalance="exponential", ratio=20))


class Halt(Step):
    """Raises at one step."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.left = at

    def update(self, net: Net, seen: Seen) -> None:
        """Count down."""
        self.left -= 1
        if self.left == 0:
            raise KeyError("halted")


@pytest.fixture(scope="session")
def halting() -> Callable[..., Experiment]:
    """``halting(experiment, at, role)``: the same, but its stage of this role raises "halted" after so many steps."""

    def halted(experiment: Experiment, at: int, role: Any = "main") -> Experiment:
        return experiment.change(role, objective=lambda o, now, stage: o.after("loss", halt=Halt(at)))

    return halted


@pytest.fixture(scope="session")
def make_data() -> Callable[..., Data]:
    """Made-up long-tailed data; see `made_up`."""
    return made_up


@pytest.fixture(scope="session")
def tiny(make_data: Callable[..., Data]) -> Data:
    """16 training images of 8 x 8 grey pixels in 4 classes, and 8 images each to validate and to test."""
    return make_data((8, 5, 2, 1))


@pytest.fixture(scope="session")
def tiny_unlabeled(tiny: Data) -> Data:
    """The data of `tiny` and 24 unlabeled pictures beside them, 6 of each class."""
    pool = pictures("unlabeled", torch.full((4,), 6), tiny.facts.shape, seed=9)  # pyright: ignore
    splits = {**tiny.splits, "unlabeled": pool}
    facts = replace(
        tiny.facts,
        split_sizes={name: len(split) for name, split in splits.items()},
        unlabeled=(6, 6, 6, 6, 0),
        fingerprint=fingerprint(splits),
    )
    return Data(facts, splits)


@pytest.fixture(scope="session")
def tiny_labels(tiny: Data) -> Data:
    """The pictures of `tiny` with any number of labels: each also has the class before its own, the first none."""
    splits = {name: with_several_labels(split) for name, split in tiny.splits.items()}
    counts = tuple(count_classes(splits["train"].targets, 4).tolist())
    facts = replace(tiny.facts, task=MULTI_LABEL, class_counts=counts, fingerprint=fingerprint(splits))
    return Data(facts, splits)


@pytest.fixture(scope="session")
def tiny_values(tiny: Data) -> Data:
    """The pictures of `tiny` with an age in place of each class: 20, 21, 22 or 23."""
    splits = {name: replace(split, targets=20 + split.targets.float()) for name, split in tiny.splits.items()}
    target = target_of("age", splits["train"].targets)
    facts = replace(
        tiny.facts,
        task=REGRESSION,
        class_names=target.bin_names,
        target=target,
        fingerprint=fingerprint(splits),
    )
    return Data(facts, splits)


@pytest.fixture(scope="session")
def tiny_rows(tiny_values: Data) -> Data:
    """The ages of `tiny_values` with three features in place of each picture."""
    splits = {
        name: replace(
            split, samples=Rows(torch.stack([split.targets, -split.targets, split.targets**2], dim=1))
        )
        for name, split in tiny_values.splits.items()
    }
    columns = tuple(Column(name) for name in "abc")
    facts = replace(
        tiny_values.facts, kind="table", shape=(3,), mean=(0.0,) * 3, std=(1.0,) * 3, columns=columns
    )
    return Data(facts, splits)


@pytest.fixture(scope="session")
def tiny_counts() -> Data:
    """16 training images of 32 x 32 pixels with white dots, to be counted in blocks of 16, and 4 to test."""
    return with_grid(Grid(16, 4, counts=True), dotted)


@pytest.fixture(scope="session")
def tiny_depths() -> Data:
    """16 training images of 32 x 32 pixels, as bright as they are near, in places of 8, some unknown; 4 to test."""
    return with_grid(Grid(8, 8, counts=False), shaded)


def with_grid(grid: Grid, draw: Callable[[int, Grid, torch.Generator], tuple[Tensor, Tensor]]) -> Data:
    """Images with a map of targets each."""
    generator, splits = torch.Generator().manual_seed(0), {}
    for name, count in (("train", 16), ("test", 4)):
        images, maps = draw(count, grid, generator)
        splits[name] = Split(PackedImages(images), maps, tuple(f"{name}/{i}" for i in range(count)))
    target = target_of("count" if grid.counts else "depth", splits["train"].targets, num_bins=6, grid=grid)
    counts = count_classes(target.classes(splits["train"].targets), len(target.bin_names))
    facts = Facts(
        name="made-up",
        task=REGRESSION,
        kind="image",
        shape=(3, 32, 32),
        class_names=target.bin_names,
        class_counts=tuple(counts.tolist()),
        split_sizes={name: len(split) for name, split in splits.items()},
        mean=(0.5,) * 3,
        std=(0.25,) * 3,
        fingerprint=fingerprint(splits),
        target=target,
    )
    return Data(facts, splits)


def dotted(count: int, grid: Grid, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Few images with many dots; white pixels, and their number in each cell."""
    rare = (
        torch.rand(count, 32, 32, generator=generator) < 0.02 * (1 + torch.arange(count) % 4)[:, None, None]
    )
    cells = rare.view(count, 32 // grid.cell, grid.cell, 32 // grid.cell, grid.cell).sum(dim=(2, 4))
    return (255 * rare)[..., None].expand(-1, -1, -1, 3).to(torch.uint8), cells.float()


def shaded(count: int, grid: Grid, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Places of one brightness each, and their depth in metres."""
    depths = 1 + 8 * torch.rand(count, 32 // grid.cell, 32 // grid.cell, generator=generator) ** 2
    pixels = (255 / depths).repeat_interleave(grid.cell, 1).repeat_interleave(grid.cell, 2)
    return pixels[..., None].expand(-1, -1, -1, 3).to(torch.uint8), depths.masked_fill(depths > 8, math.nan)


@pytest.fixture(scope="session")
def tiny_scenes(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """16 training pictures of 48 x 40 pixels with rectangles of 4 colours, 8 to test; the last two are empty."""
    folder = tmp_path_factory.mktemp("scenes")
    splits = {
        "train": scenes([0] * 8 + [1] * 5 + [2] * 2 + [3], 16, folder),
        "test": scenes([*range(4)] * 3, 8, folder),
    }
    labels = [one.labels for one in cast(Scenes, splits["train"].samples).shown]
    images = torch.stack([found.bincount(minlength=4) > 0 for found in labels]).sum(dim=0)
    facts = Facts(
        name="made-up",
        task=DETECTION,
        kind="image",
        shape=(3, 40, 48),
        class_names=tuple("abcd"),
        class_counts=tuple(count_classes(torch.cat(labels), 4).tolist()),
        split_sizes={name: len(split) for name, split in splits.items()},
        mean=(0.2,) * 3,
        std=(0.2,) * 3,
        fingerprint=fingerprint(splits),
        objects=Objects(
            (1, 3, 5, 9), tuple(images.tolist()), ("f", "c", "r", "r"), masks=True, federated=False
        ),
    )
    return Data(facts, splits)


def scenes(labels: Sequence[int], count: int, folder: Path) -> Split:
    """So many pictures, over all but two of which objects of these labels are spread."""
    generator, places = torch.Generator().manual_seed(count), count - 2
    shown = [
        rectangles(number, labels[number::places] if number < places else [], generator)
        for number in range(count)
    ]
    names = [f"{count}-{one.image_id}.png" for one in shown]
    for one, name in zip(shown, names, strict=True):
        pixels = torch.randint(0, 60, (one.height, one.width, 3), generator=generator)
        for label, (left, top, right, bottom) in zip(
            one.labels.tolist(), one.boxes.int().tolist(), strict=True
        ):
            pixels[top:bottom, left:right] += 180 * COLOURS[label]
        Image.fromarray(pixels.to(torch.uint8).numpy()).save(folder / name)
    samples = Scenes([str(folder / name) for name in names], shown, (40, 48), masks=True)
    return Split(samples, torch.tensor([len(one.labels) for one in shown]), tuple(names))


def rectangles(number: int, labels: Sequence[int], generator: torch.Generator) -> Shown:
    """What a picture shows: a rectangle for each label."""
    corner = torch.randint(0, 20, (len(labels), 2), generator=generator)
    sides = torch.randint(10, 20, (len(labels), 2), generator=generator)
    boxes = torch.cat([corner, corner + sides], dim=1).float()
    outlines = [(a, b, c, b, c, d, a, d) for a, b, c, d in boxes.tolist()]
    return Shown(
        image_id=number,
        width=48,
        height=40,
        boxes=boxes,
        labels=torch.tensor(labels, dtype=torch.int64),
        crowd=torch.zeros(len(labels), dtype=torch.bool),
        areas=sides.prod(dim=1).float(),
        segmentations=tuple([np.array(outline)] for outline in outlines),
    )


@pytest.fixture(scope="session")
def tiny_of(tiny: Data, tiny_labels: Data, tiny_values: Data, tiny_scenes: Data) -> dict[str, Data]:
    """The tiny data of each task."""
    return {data.facts.task: data for data in (tiny, tiny_labels, tiny_values, tiny_scenes)}


def with_several_labels(split: Split) -> Split:
    """Marks instead of classes."""
    marks = torch.eye(4, dtype=torch.bool)[split.targets]
    marks[:, :-1] |= marks[:, 1:].clone()
    marks[0] = False
    return replace(split, targets=marks)


def made_up(counts: Sequence[int], *, size: int = 8, channels: int = 1) -> Data:
    """Noise with one bright row per class, and two images per class in val and test."""
    shape, names = (channels, size, size), tuple("abcdefghijklmnopqrstuvwxyz"[: len(counts)])
    per_split = {"train": counts, "val": [2] * len(counts), "test": [2] * len(counts)}
    splits = {
        split: pictures(split, torch.tensor(numbers), shape, seed)
        for seed, (split, numbers) in enumerate(per_split.items())
    }
    facts = Facts(
        name="made-up",
        task="classification",
        kind="image",
        shape=shape,
        class_names=names,
        class_counts=tuple(count_classes(splits["train"].targets, len(counts)).tolist()),
        split_sizes={name: len(split) for name, split in splits.items()},
        mean=(0.3,) * channels,
        std=(0.2,) * channels,
        fingerprint=fingerprint(splits),
    )
    return Data(facts, splits)


def pictures(split: str, counts: torch.Tensor, shape: tuple[int, int, int], seed: int) -> Split:
    """So many pictures of each class."""
    targets = torch.arange(len(counts)).repeat_interleave(counts)
    channels, height, width = shape
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 120, (len(targets), height, width, channels), generator=generator)
    images[torch.arange(len(targets)), targets] += 100
    names = tuple(f"{split}/{number}" for number in range(len(targets)))
    return Split(PackedImages(images.to(torch.uint8)), targets, names)


@pytest.fixture(scope="session")
def two_stages() -> Callable[[Data, Any], Any]:
    """Builds an experiment of two stages; see two_stages.py."""
    return runpy.run_path(str(REPO / "tests" / "two_stages.py"))["two_stages"]

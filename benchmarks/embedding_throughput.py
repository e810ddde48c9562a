"""Memory-mapped embeddings: how fast they are read, streamed, and trained on.

Makes a folder as ``counterpoise embed`` writes it (noise in 1,000 classes; 10 million rows of 512 float16 numbers take
10 GB) and measures rows per second of (a) numpy reading the mapped files from first to last, (b) one epoch of our
training stream alone, (c) one epoch of ``cross_entropy``, a linear layer to all classes. Goal: (b) as fast as (a).
These two are measured with what the system keeps of the files in memory given up before (on Linux), and once more
right after. The folder is removed at the end.
"""

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

from counterpoise.data.augmentation import Standardized
from counterpoise.data.data import Data, Split
from counterpoise.data.numbered import numbered
from counterpoise.data.rows.mapped_rows import MappedRows
from counterpoise.data.sources import Source, load
from counterpoise.data.sources.array_files import mapped
from counterpoise.data.sources.embedding_files import FACTS, FORMAT, LABELS, REQUEST, shard_name
from counterpoise.data.streams import Stream
from counterpoise.files import write_json
from counterpoise.memory import keep_freed_memory
from counterpoise.recipes.deconfounding import cross_entropy
from counterpoise.training.hardware import Hardware
from counterpoise.training.options import Training
from counterpoise.training.run import quiet, train

SHARD, CHUNK, LEFT = 2**18, 2**16, 5 * 2**30


def make(folder: Path, rows: int, width: int, classes: int) -> None:
    """Noise, written in shards."""
    labels, noise = (
        np.arange(rows) % classes,
        np.random.default_rng(0).random((SHARD, width), dtype=np.float32),
    )
    noise = (noise - 0.5).astype(np.float16)
    for split, count in {"train": rows, "test": classes}.items():
        (folder / split).mkdir(parents=True)
        for number, start in enumerate(range(0, count, SHARD)):
            part = np.roll(noise[: min(SHARD, count - start)], number, axis=1)
            np.save(folder / split / shard_name(number), part)
        np.save(folder / split / LABELS, labels[:count])
    splits = {
        split: {"rows": count, "shards": -(-count // SHARD)}
        for split, count in (("train", rows), ("test", classes))
    }
    write_json(folder / REQUEST, {})
    write_json(
        folder / FACTS, {"format": FORMAT, "classes": list(map(str, range(classes))), "splits": splits}
    )


def forget(folder: Path) -> None:
    """Let the system give up what it keeps of the files in memory; only then is a disk measured."""
    for path in folder.rglob("*.npy"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def shards(folder: Path) -> list[Path]:
    """The training files."""
    return sorted((folder / "train").glob("0*.npy"))


def sequential(folder: Path) -> None:
    """All numbers of the training files, first to last."""
    for path in shards(folder):
        rows = np.load(path, mmap_mode="r")
        for start in range(0, len(rows), CHUNK):
            np.array(rows[start : start + CHUNK])


def streamed(folder: Path, width: int, batch_size: int) -> None:
    """One epoch of the training stream, over files that are mapped anew."""
    samples = MappedRows([mapped(path) for path in shards(folder)])
    split = Split(samples, torch.zeros(len(samples), dtype=torch.int64), numbered("train/", len(samples)))
    look = Standardized((0.0,) * width, (1.0,) * width)
    for _ in Stream(split, samples.shuffled(), batch_size, look).batches(seed=(0,)):
        pass


def trained(data: Data, batch_size: int, device: str, folder: Path) -> None:
    """One epoch of cross_entropy."""
    experiment = cross_entropy(data, training=Training(epochs=1, batch_size=batch_size))
    train(experiment, folder, 0, Hardware(device=device), 1e9, None)


@contextmanager
def space(rows: int, width: int, place: str | None) -> Iterator[Path]:
    """A folder for the files, removed at the end."""
    folder = Path(tempfile.mkdtemp(dir=place))
    try:
        free = shutil.disk_usage(folder).free
        if free - 2 * rows * width < LEFT:
            raise SystemExit(
                f"{free / 2**30:.0f} GiB are free in {folder.parent}; lower --rows or name another --place"
            )
        yield folder
    finally:
        shutil.rmtree(folder)


def show(name: str, rows: int, width: int, action: Callable[[], None]) -> None:
    """Run once and print rows and bytes per second, and how long processors were busy with it."""
    began, busy = time.perf_counter(), time.process_time()
    action()
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    print(
        f"  {name:<40} {rows / seconds / 1e3:9.0f} thousand rows/s {2 * rows * width / seconds / 1e6:8.0f} MB/s"
        f" {busy:8.1f} processor s",
        flush=True,
    )


def main() -> None:
    """Make the files and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--batch_size", type=int, default=4096)
    parser.add_argument("--rounds", type=int, default=1, help="how often (a) and (b) are measured, in turn")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--place", help="folder for the files; default: that of temporary files")
    options = parser.parse_args()
    quiet()
    keep_freed_memory()
    size = (options.rows, options.width)
    with space(*size, options.place) as folder:
        e = folder / "e"
        show("made", *size, lambda: make(e, *size, options.classes))
        sides = {
            "(a) sequential numpy.memmap": lambda: sequential(e),
            "(b) our training stream": lambda: streamed(e, options.width, options.batch_size),
        }
        for name, side in list(sides.items()) * options.rounds:
            forget(folder)
            show(f"{name}, cold", *size, side)
            show(f"{name}, again", *size, side)
        found: list[Data] = []
        show("opened: every number looked at", *size, lambda: found.append(load(Source(str(e)))))
        run = folder / "run"
        show(
            "(c) an epoch of cross_entropy",
            *size,
            lambda: trained(*found, options.batch_size, options.device, run),
        )


if __name__ == "__main__":
    main()

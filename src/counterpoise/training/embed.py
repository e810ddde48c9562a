"""A data set through a frozen backbone onto the disk: shard by shard, so that it can be stopped at any moment."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from counterpoise.data.augmentation import Augmentation
from counterpoise.data.data import Data, Split
from counterpoise.data.sources.embedding_files import FACTS, FORMAT, LABELS, NAMES, REQUEST, shard_name
from counterpoise.data.streams import Stream
from counterpoise.errors import InputError
from counterpoise.files import read_json, write_bytes, write_json, write_text
from counterpoise.samplers import InOrder
from counterpoise.training.hardware import Hardware

Heard = Callable[[int], None]
"""Told how many more samples are done."""


@dataclass(frozen=True)
class Shards:
    """How features are written.

    Args:
        batch_size: images that pass through the backbone together.
        workers: processes that decode image files.
        dtype: of the numbers on the disk; float16 is exact to three digits.
        shard_rows: rows of a file; what a stopped command loses at most.
    """

    batch_size: int = 256
    workers: int = 2
    dtype: Literal["float16", "float32"] = "float16"
    shard_rows: int = 8192

    def __post_init__(self) -> None:
        if min(self.batch_size, self.shard_rows) < 1 or self.workers < 0:
            raise InputError(
                "batch_size and shard_rows must be at least 1 and workers 0 or more, but "
                f"{self.batch_size}, {self.shard_rows} and {self.workers} came"
            )


class Frozen(NamedTuple):
    """A backbone that is not trained any more.

    Attributes:
        backbone: images -> (B, D).
        plain: how images are brought to it.
        told: what it is, in plain JSON values.
    """

    backbone: nn.Module
    plain: Augmentation
    told: Mapping[str, Any]


def embed(
    data: Data,
    frozen: Frozen,
    folder: Path,
    shards: Shards,
    hardware: Hardware,
    heard: Heard = lambda rows: None,
) -> None:
    """Write the features of all splits, and last the facts that say that they are complete.

    What is there already is not computed again, and a shard depends on nothing but its own samples, so a stopped and
    repeated command leaves the same bytes.

    Args:
        data: images with one class each.
        frozen: what makes their features.
        folder: where to write: ``embeddings.json``, and for each split its shards, ``labels.npy`` and ``names.json``.
        shards: how.
        hardware: device and precision.
        heard: told of the progress.

    Raises:
        InputError: the folder holds something else, or features are not finite, too large for the dtype, or not (B, D).
    """
    wanted = request(data, frozen, shards, hardware)
    claim(folder, wanted)
    frozen.backbone.to(hardware.accelerator, memory_format=torch.channels_last).eval()  # pyright: ignore
    for split, samples in data.splits.items():
        places = torch.arange(len(samples)).split(shards.shard_rows)
        for number, index in enumerate(places):
            path = folder / split / shard_name(number)
            if path.exists():
                heard(len(index))
            else:
                rows = features(frozen, samples.subset(index), shards, hardware, heard)
                write_bytes(path, as_npy(stored(rows, samples.subset(index), shards.dtype)))
        write_bytes(folder / split / LABELS, as_npy(samples.targets.numpy()))
        write_text(folder / split / NAMES, json.dumps(list(samples.names)) + "\n")
    write_json(folder / FACTS, facts(data, folder, wanted))


def request(data: Data, frozen: Frozen, shards: Shards, hardware: Hardware) -> dict[str, Any]:
    """What was asked for, as plain JSON: what the bytes depend on."""
    return {
        "format": FORMAT,
        "name": data.facts.name,
        "data": data.facts.fingerprint,
        "shape": list(data.facts.shape),
        "backbone": {**frozen.told, "weights": digest(frozen.backbone)},
        "dtype": shards.dtype,
        "shard_rows": shards.shard_rows,
        "batch_size": shards.batch_size,
        "precision": hardware.lightning_precision,
    }


def claim(folder: Path, wanted: Mapping[str, Any]) -> None:
    """Make the folder, or check that it belongs to the same request.

    Raises:
        InputError: it holds other embeddings, or other things.
    """
    if (folder / REQUEST).exists():
        found = read_json(folder / REQUEST)
        different = [key for key in wanted if found.get(key) != wanted[key]]
        if different:
            raise InputError(
                f"{folder} holds other embeddings (their {', '.join(different)} differ); choose another --out, or "
                "remove the folder"
            )
        return
    if folder.exists() and not (
        folder.is_dir() and all(path.name.startswith(".") for path in folder.iterdir())
    ):
        raise InputError(
            f"expected an empty folder for the embeddings, but {folder} is none; name another --out"
        )
    write_json(folder / REQUEST, wanted)


@torch.no_grad()
def features(frozen: Frozen, split: Split, shards: Shards, hardware: Hardware, heard: Heard) -> Tensor:
    """Features of all samples of a split, on the CPU; -> (N, D).

    Raises:
        InputError: the backbone gives something else than one row for a sample.
    """
    stream = Stream(
        split, InOrder(len(split)), shards.batch_size, frozen.plain, workers=shards.workers, drop_last=False
    )
    found = []
    for batch in stream.batches(seed=(0,), device=hardware.accelerator):
        with autocast(hardware):
            found.append(frozen.backbone(batch.inputs).float().cpu())
        if found[-1].ndim != 2 or len(found[-1]) != len(batch):
            raise InputError(
                f"expected features (B, D) for each image, but this backbone gives {tuple(found[-1].shape)}"
            )
        heard(len(batch))
    return torch.cat(found)


def autocast(hardware: Hardware) -> torch.autocast:
    """The precision of a device, as training has it."""
    low = {"bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}.get(hardware.lightning_precision)
    return torch.autocast(hardware.accelerator, dtype=low, enabled=low is not None)


def stored(rows: Tensor, split: Split, dtype: str) -> np.ndarray:
    """Features in the dtype of the disk.

    Raises:
        InputError: one is not finite in it; names the sample.
    """
    written = rows.to(getattr(torch, dtype))
    wrong = ~written.isfinite().all(dim=1)
    if wrong.any():
        row = int(wrong.nonzero()[0])
        advice = (
            "try --dtype float32" if rows[row].isfinite().all() else "try --precision 32 or another backbone"
        )
        raise InputError(f"features of {split.names[row]} are not finite as {dtype}; {advice}")
    return written.numpy()


def facts(data: Data, folder: Path, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What a reader must know."""
    first = np.load(folder / "train" / shard_name(0), mmap_mode="r")
    return {
        **wanted,
        "classes": list(data.facts.class_names),
        "dim": first.shape[1],
        "splits": {
            split: {"rows": len(samples), "shards": -(-len(samples) // wanted["shard_rows"])}
            for split, samples in data.splits.items()
        },
        "skipped": list(data.facts.skipped),
    }


def as_npy(array: np.ndarray) -> bytes:
    """The bytes of an .npy file."""
    buffer = BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def digest(backbone: nn.Module) -> str:
    """sha256 of all weights and buffers."""
    told = hashlib.sha256()
    for part in tensor_bytes(backbone):
        told.update(part)
    return told.hexdigest()


def tensor_bytes(backbone: nn.Module) -> Iterator[bytes]:
    """Name and bytes of each tensor, in order."""
    for name, tensor in backbone.state_dict().items():
        yield name.encode()
        yield tensor.cpu().contiguous().view(-1).view(torch.uint8).numpy().tobytes()

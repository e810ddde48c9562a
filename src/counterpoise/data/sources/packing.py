"""Taking image files into memory where they fit, and finding the unreadable ones before training."""

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

import torch
from torch import Tensor

from counterpoise.data.data import Split
from counterpoise.data.pictures import has_sound_header
from counterpoise.data.samples import ImageFiles, PackedImages
from counterpoise.data.scenes import Scenes
from counterpoise.data.sources.found import Found
from counterpoise.errors import InputError

T = TypeVar("T")

MEMORY = 2**30
PORTION = 64


def readable(found: Found, *, memory: int = MEMORY) -> tuple[Found, dict[str, Tensor]]:
    """The same data with image files decoded into memory, if they take at most ``memory`` bytes together.

    Larger sets stay files, as do pictures with things in them; of these only the headers are checked.

    Returns:
        The data without unreadable images, and the ascending positions that were kept of each split.
    """
    fits = sum(len(split) * math.prod(split.samples.shape) for split in found.splits.values()) <= memory
    checked = {name: (_packed if fits else _verified)(split) for name, split in found.splits.items()}
    found = found.with_splits(**{name: split for name, (split, _) in checked.items()})
    return found, {name: kept for name, (_, kept) in checked.items()}


def _packed(split: Split) -> tuple[Split, Tensor]:
    files = split.samples
    if not isinstance(files, ImageFiles):
        return _verified(split)
    images = torch.empty(len(files), files.canvas, files.canvas, 3, dtype=torch.uint8)

    def decode(position: int) -> bool:
        try:
            images[position] = files.decoded(position)
        except InputError:
            return False
        return True

    kept = _where(decode, range(len(files)))
    whole = replace(split, samples=PackedImages(images))
    return (whole if len(kept) == len(split) else whole.subset(kept)), kept


def _verified(split: Split) -> tuple[Split, Tensor]:
    if not isinstance(split.samples, (ImageFiles, Scenes)):
        return split, torch.arange(len(split))
    kept = _where(has_sound_header, split.samples.paths)
    return split.subset(kept), kept


def _where(sound: Callable[[T], bool], items: Sequence[T]) -> Tensor:
    portions = [items[i : i + PORTION] for i in range(0, len(items), PORTION)]
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        verdicts = pool.map(lambda portion: [sound(item) for item in portion], portions)
        return torch.tensor([verdict for portion in verdicts for verdict in portion]).nonzero().flatten()

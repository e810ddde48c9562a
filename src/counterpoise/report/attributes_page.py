"""What the attributes of a class look like: strips of its images, so that a person can see what they are."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from counterpoise.data.data import Split
from counterpoise.data.sources.multi_label import in_order
from counterpoise.files import write_text
from counterpoise.report.render import render
from counterpoise.report.study_maps import embedded

MOST_CLASSES, MOST_IMAGES, SIDE = 20, 12, 64


class Strip(NamedTuple):
    """Some images of one attribute of a class.

    Attributes:
        rank: 0 for the most frequent attribute of the class.
        kinds: the clusters that it joins, or its values.
        images: how many there are in all.
        picture: some of them, side by side.
    """

    rank: int
    kinds: str
    images: int
    picture: Image.Image


def write_attributes(
    path: Path, pool: Split, class_names: Sequence[str], *, attributes: Tensor, kinds: Sequence[str]
) -> Path:
    """Write one self-contained page with the attributes of the classes, or of 20 that are evenly spread among them.

    Args:
        path: the file to write.
        pool: images of all classes.
        class_names: C.
        attributes: rank of the attribute of each image in its class, (N,).
        kinds: what the attributes were ranked by, N values.

    Raises:
        InputError: the page cannot be written.
    """
    shown = (
        torch.linspace(0, len(class_names) - 1, min(MOST_CLASSES, len(class_names))).long().unique().tolist()
    )
    strips = {class_names[label]: strips_of(pool, label, attributes, kinds) for label in shown}
    write_text(path, render("attributes.html", strips=strips, classes=len(class_names), embedded=embedded))
    return path


def strips_of(pool: Split, label: int, attributes: Tensor, kinds: Sequence[str]) -> list[Strip]:
    """One strip for each attribute of a class, the most frequent first."""
    found = []
    for rank in attributes[pool.targets == label].unique().tolist():
        (members,) = torch.where((pool.targets == label) & (attributes == rank))
        names = in_order({kinds[int(i)] for i in members})
        some = members[torch.linspace(0, len(members) - 1, min(MOST_IMAGES, len(members))).long()]
        found.append(Strip(rank, ", ".join(names), len(members), side_by_side(pool.samples.read(some))))
    return found


def side_by_side(images: Tensor) -> Image.Image:
    """Images as one row of squares; uint8 (B, H, W, 1 or 3)."""
    row = torch.cat([*images.expand(-1, -1, -1, 3)], dim=1)
    return Image.fromarray(np.asarray(row)).resize((SIDE * len(images), SIDE), Image.Resampling.BICUBIC)

"""Pictures with what is there and what a detector has found, in the colours of the frequencies of the classes."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import cast

import torch
from PIL import Image
from torch import Tensor

from counterpoise.data.data import Facts, Split
from counterpoise.data.objects import Objects
from counterpoise.data.scenes import Scenes, Shown
from counterpoise.detection.drawing import Colour, drawn
from counterpoise.files import write_bytes, write_json
from counterpoise.metrics.detections import Detections

PICTURES = "pictures/pictures.json"
"""Where a run folder lists them."""

SURE, MOST = 0.3, 20
"""Least score of what is drawn, and how much of it at most (ours)."""

_PICTURES, _LONGEST, _QUALITY = 6, 640, 88
_COLOURS: dict[str, Colour] = {"f": (0, 114, 178), "c": (0, 158, 115), "r": (213, 94, 0)}


def leave_pictures(folder: Path, split: Split, facts: Facts, found: Detections) -> None:
    """Write a few pictures of a split twice each, with what is there and with what was found, and a list of them.

    They are at most six: for each frequency as many whose rarest thing is of that frequency, evenly spread over the
    split.
    """
    scenes, listed = cast(Scenes, split.samples), []
    for number, position in enumerate(_telling(scenes.shown, cast(Objects, facts.objects))):
        picture, here = scenes.picture(position), found.subset((found.images == position).nonzero().flatten())
        sides = {
            "there": there_on(picture, scenes.shown[position], facts, masks=scenes.masks),
            "found": found_on(picture, here, facts),
        }
        names = {side: f"{number}-{side}.jpg" for side in sides}
        for side, one in sides.items():
            one.thumbnail((_LONGEST, _LONGEST))
            write_bytes((folder / PICTURES).with_name(names[side]), jpeg(one))
        listed.append({"name": split.names[position], **names})
    write_json(folder / PICTURES, {"pictures": listed})


def _telling(shown: Sequence[Shown], objects: Objects) -> Iterator[int]:
    """Positions of at most six pictures, by the frequency of their rarest thing, frequent ones first."""
    order = ["fcr".index(letter) for letter in objects.frequency]
    rarest = torch.tensor([max((order[label] for label in one.things.tolist()), default=-1) for one in shown])
    groups = [
        (rarest == frequency).nonzero().flatten() for frequency in rarest.unique().tolist() if frequency >= 0
    ]
    for these in groups:
        places = torch.linspace(0, len(these) - 1, min(_PICTURES // len(groups), len(these))).long()
        yield from these[places].tolist()


def there_on(picture: Image.Image, shown: Shown, facts: Facts, *, masks: bool) -> Image.Image:
    """A picture with the things that it shows, crowds left out."""
    things = shown.objects(masks=masks)
    labels, outlines = things["labels"] - 1, things.get("masks")
    names = [facts.class_names[label] for label in labels.tolist()]
    return drawn(picture, things["boxes"], names, _colours(labels, facts), outlines)


def found_on(picture: Image.Image, found: Detections, facts: Facts, least: float = SURE) -> Image.Image:
    """A picture with what was found in it: the surest 20 things with this score or more."""
    found = found.subset(found.scores.argsort(descending=True)[:MOST])
    found = found.subset((found.scores >= least).nonzero().flatten())
    told = zip(found.labels.tolist(), found.scores.tolist(), strict=True)
    captions = [f"{facts.class_names[label]} {score:.2f}" for label, score in told]
    masks = torch.stack([*map(found.masks.pixels, range(len(found)))]) if found.masks else None
    return drawn(picture, found.boxes, captions, _colours(found.labels, facts), masks)


def _colours(labels: Tensor, facts: Facts) -> list[Colour]:
    frequency = cast(Objects, facts.objects).frequency
    return [_COLOURS[frequency[label]] for label in labels.tolist()]


def jpeg(picture: Image.Image) -> bytes:
    """A picture as the bytes of a JPEG file."""
    file = BytesIO()
    picture.save(file, format="JPEG", quality=_QUALITY)
    return file.getvalue()

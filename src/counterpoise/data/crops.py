"""Objects cut out of pictures by the rule of MSCOCO-GLT."""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from counterpoise.data.pictures import open_picture
from counterpoise.errors import InputError

Box = tuple[float, float, float, float]
"""Left, top, width and height in pixels, as COCO has it."""

MARGIN, SHORT, MARGIN_OF_SHORT, QUALITY = 0.2, 100, 50, 95


def around(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The box with some of what is around it, clipped to a picture of this width and height.

    A side grows by 20 percent at each end, one shorter than 100 pixels by 50 pixels at each end (MSCOCO-GLT, Tang et
    al., ECCV 2022); edges are rounded to whole pixels (ours).

    Returns:
        Left, top, right and bottom.

    Raises:
        InputError: the box has no area, or lies outside the picture.
    """
    if not (box[2] > 0 and box[3] > 0):
        raise InputError(f"expected a box with an area, but {box} came; leave the object out")
    spans = [_grown(box[side], box[side + 2], size[side]) for side in (0, 1)]
    (left, right), (top, bottom) = spans
    if left >= right or top >= bottom:
        raise InputError(f"the box {box} lies outside a picture of {size[0]} x {size[1]} pixels; correct it")
    return left, top, right, bottom


def cut_out(picture: Image.Image, box: Box) -> Image.Image:
    """An object with what is around it, in the middle of a black square; see `around`."""
    part = picture.crop(around(box, picture.size))
    side = max(part.size)
    square = Image.new(part.mode, (side, side))
    square.paste(part, ((side - part.width) // 2, (side - part.height) // 2))
    return square


def write_crops(pictures: Sequence[str], boxes: Sequence[Box], files: Mapping[int, Path]) -> None:
    """Write some objects as JPEG of quality 95 (ours); each picture is opened once.

    Args:
        pictures: of N objects, the file that shows each.
        boxes: N.
        files: by number of the object, where to write it.

    Raises:
        InputError: a picture cannot be read, or a box is none within it.
    """
    members: dict[str, list[int]] = defaultdict(list)
    for i in files:
        members[pictures[i]].append(i)

    def cut(path: str) -> None:
        picture = open_picture(path)
        for i in members[path]:
            cut_out(picture, boxes[i]).save(files[i], quality=QUALITY)

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for _ in pool.map(cut, members):
            pass


def _grown(start: float, length: float, limit: int) -> tuple[int, int]:
    margin = MARGIN_OF_SHORT if length < SHORT else MARGIN * length
    return max(0, round(start - margin)), min(limit, round(start + length + margin))

"""Things drawn on a picture: their boxes, their masks, and what they are called."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

Colour = tuple[int, int, int]

SIDE = 320
"""Least shorter side of a drawn picture in pixels, that words can be read on it (ours)."""

_DENSITY, _WHITE = 115, (255, 255, 255)
_TEXT, _SMALLEST_TEXT = 1 / 24, 12


def drawn(
    picture: Image.Image,
    boxes: Tensor,
    captions: Sequence[str],
    colours: Sequence[Colour],
    masks: Tensor | None = None,
) -> Image.Image:
    """A copy of a picture with M things marked on it, the first on top; small pictures are enlarged.

    Args:
        picture: RGB, (W, H) pixels.
        boxes: left, top, right and bottom in pixels, (M, 4).
        captions: M short texts.
        colours: M colours.
        masks: (M, H, W) bool, or None.
    """
    scale = max(1.0, SIDE / min(picture.size))
    canvas = picture.resize(
        (round(scale * picture.width), round(scale * picture.height)), Image.Resampling.BICUBIC
    )
    text = max(_SMALLEST_TEXT, _TEXT * canvas.width)
    edges = [(left, top, right, bottom) for left, top, right, bottom in (scale * boxes).tolist()]
    if masks is not None:
        _veil(canvas, masks, colours)
    pen = ImageDraw.Draw(canvas)
    pen.font = ImageFont.load_default(text)
    for box, colour in reversed(list(zip(edges, colours, strict=True))):
        pen.rectangle(box, outline=colour, width=round(text / 6))
    for box, caption, colour in reversed(list(zip(edges, captions, colours, strict=True))):
        _caption(pen, box[:2], caption, colour, canvas.width)
    return canvas


def _veil(canvas: Image.Image, masks: Tensor, colours: Sequence[Colour]) -> None:
    """Tint what lies inside each mask."""
    for mask, colour in reversed(list(zip(masks, colours, strict=True))):
        density = Image.fromarray(_DENSITY * mask.byte().cpu().numpy())
        canvas.paste(colour, mask=density.resize(canvas.size, Image.Resampling.BILINEAR))


def _caption(
    pen: ImageDraw.ImageDraw, corner: tuple[float, float], text: str, colour: Colour, room: int
) -> None:
    """A text on a ground of its colour, above a corner where there is room, else below."""
    width, height = (side + 5 for side in pen.textbbox((0, 0), text)[2:])
    left = max(0.0, min(corner[0], room - width))
    top = corner[1] - height if corner[1] > height else corner[1]
    pen.rectangle((left, top, left + width, top + height), fill=colour)
    pen.text((left + 3, top + 1), text, fill=_WHITE)

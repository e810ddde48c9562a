"""A small set of pictures with things, in COCO's format."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

CATEGORIES = [{"id": 7, "name": "dog"}, {"id": 3, "name": "cat"}, {"id": 90, "name": "owl"}]


def thing(number: int, image: int, category: int, bbox: Any, **more: Any) -> dict[str, Any]:
    """An annotation whose mask is its box."""
    left, top, width, height = bbox
    outline = [left, top, left + width, top, left + width, top + height, left, top + height]
    made = {"id": number, "image_id": image, "category_id": category, "bbox": bbox, "segmentation": [outline]}
    return {**made, **more}


def image(number: int, **more: Any) -> dict[str, Any]:
    """A picture of 20 x 10 pixels."""
    return {"id": number, "file_name": f"{number}.png", "width": 20, "height": 10, **more}


def annotated(*things: dict[str, Any], images: Any = (5, 6, 7, 8), **more: Any) -> dict[str, Any]:
    """Pictures with these things, or else 5 to 8: two cats and a dog, a cat, a crowd of dogs, nothing."""
    usual = (
        thing(1, 5, 3, [2, 3, 6, 4]),
        thing(2, 5, 3, [10, 1, 5, 5]),
        thing(3, 5, 7, [1, 1, 4, 4]),
        thing(4, 6, 3, [0, 0, 20, 10], area=150.5),
        thing(5, 7, 7, [0, 0, 9, 9], iscrowd=1),
    )
    pictures = [image(number, **more) for number in images]
    return {"images": pictures, "annotations": list(things or usual), "categories": CATEGORIES}


def written(folder: Path, *, pictures: str = "images", **files: dict[str, Any]) -> Path:
    """Writes annotations by the names of their files, and every picture in one folder; -> the outer folder."""
    for name, content in files.items():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps(content))
        for entry in content["images"]:
            save(folder / pictures / entry["file_name"])
    return folder


def save(path: Path, width: int = 20, height: int = 10) -> None:
    """A picture of noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)

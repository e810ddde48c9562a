"""One file of COCO's or LVIS's annotations: its categories, its pictures, and what these show."""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, final

import torch

from counterpoise.data.masks import Segmentation, segmentation_of
from counterpoise.data.scenes import Shown
from counterpoise.errors import InputError

LISTS = ("images", "categories", "annotations")
SLACK = 1.0
"""Edges are drawn by hand, so they may lie up to a pixel beyond the picture without being told of."""

THINNEST = 0.1
"""Pixels; a box with a shorter side has no area (ours: float32 cannot tell its edges apart in a mirrored picture)."""


Entry = Mapping[str, Any]
"""An object of JSON."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom edge in pixels."""


class Category(NamedTuple):
    """A category of things; ``frequency`` is empty where the file does not say."""

    number: int
    name: str
    frequency: str


class Annotated(NamedTuple):
    """The pictures of one file.

    Attributes:
        files: of each picture, the names under which its file may lie, the likeliest first.
        shown: of each picture.
        federated: whether pictures say which categories were looked for.
        cut: boxes that reached beyond their picture and were cut at its edge.
        flat: numbers of annotations whose box has no area, which are left out.
    """

    files: list[tuple[str, ...]]
    shown: list[Shown]
    federated: bool
    cut: int
    flat: list[Any]


class Thing(NamedTuple):
    """One annotation; ``cut`` says that its box reached beyond the picture."""

    box: Box
    label: int
    crowd: bool
    area: float
    segmentation: Segmentation | None
    cut: bool


def annotations_of(path: Path) -> dict[str, Any]:
    """A file of annotations as it is, its three lists checked to be there.

    Raises:
        InputError: the file cannot be read, or a list is missing or holds something other than objects.
    """
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"cannot read the annotations {path}: {' '.join(str(error).split())}") from error
    for name in LISTS:
        entries = found.get(name) if isinstance(found, dict) else None
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise InputError(
                f"expected the lists {', '.join(LISTS)} of COCO's format in {path}, but {name} is none; name a file of "
                "boxes, with objects {...} in each list"
            )
    return found


def categories_of(raw: Mapping[str, Any], path: Path) -> list[Category]:
    """The categories in ascending order of their numbers, which may have gaps.

    Raises:
        InputError: there is none, one has no number or name, or two have the same.
    """
    entries = raw["categories"]
    if not entries or not all(type(e.get("id")) is int and isinstance(e.get("name"), str) for e in entries):
        raise InputError(
            f"expected categories with a whole number id and a name in {path}, but not all have them"
        )
    found = sorted(Category(e["id"], e["name"], str(e.get("frequency", ""))) for e in entries)
    for field in ("number", "name"):
        counts = Counter(getattr(category, field) for category in found)
        (value, count), *_ = counts.most_common(1)
        if count > 1:
            raise InputError(
                f"expected categories of different {field}s in {path}, but {value!r} comes twice; rename one"
            )
    return found


@final
class Reader:
    """Reads what the pictures of a file show.

    Args:
        path: of the file, for errors.
        labels: label, from 0, of each number of a category that may come.
    """

    def __init__(self, path: Path, labels: Mapping[int, int]) -> None:
        self.path, self.labels = path, labels

    def read(self, raw: Mapping[str, Any]) -> Annotated:
        """All pictures in the order of the file.

        Raises:
            InputError: there is no picture, one has no number, size or file name, two have the same number, or an
                annotation names an unknown picture or category, has no box of four numbers, or a malformed mask.
        """
        images = self._images(raw["images"])
        annotations = self._by_image(raw["annotations"], images)
        found = {n: [(self._thing(a, images[n]), a) for a in annotations[n]] for n in images}
        pairs = [pair for each in found.values() for pair in each]
        return Annotated(
            [self._files(image) for image in images.values()],
            [self._shown(image, [thing for thing, _ in found[n] if thing]) for n, image in images.items()],
            any("neg_category_ids" in image for image in images.values()),
            sum(thing.cut for thing, _ in pairs if thing),
            [annotation.get("id") for thing, annotation in pairs if not thing],
        )

    def _images(self, entries: Sequence[Entry]) -> dict[int, Entry]:
        if not entries:
            raise self._error("images", "at least one picture", "there is none")
        for entry in entries:
            if not all(type(entry.get(name)) is int for name in ("id", "width", "height")):
                where = f"the picture {entry.get('file_name', entry.get('id'))}"
                raise self._error(where, "whole numbers as id, width and height", "one is missing")
        images = {entry["id"]: entry for entry in entries}
        if len(images) < len(entries):
            raise self._error("images", "a different id for each picture", "some have the same")
        return images

    def _files(self, image: Entry) -> tuple[str, ...]:
        """Of an address http://images.cocodataset.org/train2017/1.jpg, train2017/1.jpg and 1.jpg are names too."""
        address = str(image.get("coco_url", "")).split("/")
        names = [str(image.get("file_name", "")), "/".join(address[-2:]), address[-1]]
        found = tuple(dict.fromkeys(name for name in names if name))
        if not found:
            raise self._error(f"the picture {image['id']}", "file_name or coco_url", "neither is there")
        return found

    def _by_image(self, annotations: Sequence[Entry], images: Mapping[int, Entry]) -> dict[int, list[Entry]]:
        found: dict[int, list[Entry]] = defaultdict(list)
        for annotation in annotations:
            number: Any = annotation.get("image_id")
            if not _is_one_of(number, images):
                raise self._refused(annotation, "an image_id that a picture has", f"{number!r} came")
            found[number].append(annotation)
        return found

    def _thing(self, annotation: Entry, image: Entry) -> Thing | None:
        """One thing, or None where its box has no area."""
        box, cut = self._box(annotation, image)
        box_area = (box[2] - box[0]) * (box[3] - box[1])
        if min(box[2] - box[0], box[3] - box[1]) < THINNEST:
            return None
        area: Any = annotation.get("area")
        return Thing(
            box,
            self._label(annotation),
            bool(annotation.get("iscrowd", 0)),
            area if _is_number(area) else box_area,
            self._segmentation(annotation, image),
            cut,
        )

    def _label(self, annotation: Entry) -> int:
        number: Any = annotation.get("category_id")
        if not _is_one_of(number, self.labels):
            raise self._refused(annotation, "the category_id of a known category", f"{number!r} came")
        return self.labels[number]

    def _box(self, annotation: Entry, image: Entry) -> tuple[Box, bool]:
        """Edges inside the picture, and whether they were outside."""
        box = annotation.get("bbox")
        if not (isinstance(box, list) and len(box) == 4 and all(map(_is_number, box))):
            expected = "bbox as [left, top, width, height], finite numbers"
            raise self._refused(annotation, expected, f"{box!r} came")
        left, top, right, bottom = box[0], box[1], box[0] + box[2], box[1] + box[3]
        width, height = image["width"], image["height"]
        cut = min(left, top) < -SLACK or right > width + SLACK or bottom > height + SLACK
        return (max(0.0, left), max(0.0, top), min(width, right), min(height, bottom)), cut

    def _segmentation(self, annotation: Entry, image: Entry) -> Segmentation | None:
        found = annotation.get("segmentation")
        try:
            return segmentation_of(found, image["height"], image["width"]) if found else None
        except InputError as error:
            raise InputError(f"{self.path}, annotation {annotation.get('id')}: {error}") from error

    def _shown(self, image: Entry, things: Sequence[Thing]) -> Shown:
        return Shown(
            image["id"],
            image["width"],
            image["height"],
            torch.tensor([thing.box for thing in things], dtype=torch.float32).reshape(-1, 4),
            torch.tensor([thing.label for thing in things], dtype=torch.int64),
            torch.tensor([thing.crowd for thing in things], dtype=torch.bool),
            torch.tensor([thing.area for thing in things], dtype=torch.float32),
            tuple(thing.segmentation for thing in things),
            self._known(image.get("neg_category_ids", ())),
            self._known(image.get("not_exhaustive_category_ids", ())),
        )

    def _known(self, numbers: Sequence[int]) -> tuple[int, ...]:
        return tuple(self.labels[number] for number in numbers if number in self.labels)

    def _refused(self, annotation: Entry, expected: str, came: str) -> InputError:
        return self._error(f"annotation {annotation.get('id')}", expected, came)

    def _error(self, where: str, expected: str, came: str) -> InputError:
        return InputError(f"{self.path}, {where}: expected {expected}, but {came}; correct or remove it")


def _is_one_of(number: Any, known: Mapping[int, Any]) -> bool:
    return type(number) is int and number in known


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)

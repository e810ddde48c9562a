"""COCO-Attributes: objects of COCO 2014, of one class each and with any number of attributes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from counterpoise.data.crops import Box
from counterpoise.data.sources.multi_label import in_order
from counterpoise.errors import InputError

PRESENT = 0.5
LAYOUT = "DIR/annotations/instances_train2014.json with the pictures in DIR/train2014 (val2014 likewise)"
CONTENT = (
    '{"attributes": [{"id", "name"}, ...], "ann_vecs": {patch: scores}, "patch_id_to_ann_id": {patch: id}}'
)
CONVERSION = (
    """python -c "import joblib, json; d = joblib.load('cocottributes_eccv_version.jbl'); json.dump("""
    """{'attributes': d['attributes']} | {k: {str(i): v for i, v in d[k].items()} """
    """for k in ('ann_vecs', 'patch_id_to_ann_id')}, open('cocottributes.json', 'w'), default=lambda v: v.tolist())\""""
)
"""Run where the release is trusted: it makes the JSON file of the same content."""

UNUSED = ("segmentation", "licenses", "info")


@dataclass(frozen=True, eq=False)
class DescribedObjects:
    """N objects in pictures.

    Attributes:
        ids: N numbers of annotations, ascending.
        pictures: the file that shows each.
        boxes: N.
        targets: the class of each, (N,) int64.
        class_names: C categories that occur, in sorted order.
        marks: which attributes an object has, (N, A) bool.
        attributes: A names.
    """

    ids: tuple[int, ...]
    pictures: tuple[str, ...]
    boxes: tuple[Box, ...]
    targets: Tensor
    class_names: tuple[str, ...]
    marks: Tensor
    attributes: tuple[str, ...]


def coco_attributes(path: Path, root: Path) -> DescribedObjects:
    """The objects that COCO-Attributes (Patterson and Hays, ECCV 2016) describes, with their boxes in COCO 2014.

    The release is a pickle of joblib, which can run code when it is read and is not read here; its content is read as
    JSON in the form of `CONTENT`, which `CONVERSION` makes. The scores of a patch are in the order of the ids of the
    attributes; above 0.5 an attribute is there. An annotation that several patches name counts once, by the last.

    Args:
        path: the JSON file.
        root: the folder of COCO, see `LAYOUT`.

    Raises:
        InputError: a file is missing or of another form, or an annotation or a picture is not there.
    """
    names, scores = _described(path)
    found = _instances(root, path, sorted(scores))
    class_names = in_order({one.label for one in found})
    number = {name: i for i, name in enumerate(class_names)}
    return DescribedObjects(
        ids=tuple(one.id for one in found),
        pictures=tuple(one.picture for one in found),
        boxes=tuple(one.box for one in found),
        targets=torch.tensor([number[one.label] for one in found]),
        class_names=class_names,
        marks=torch.from_numpy(np.stack([scores[one.id] for one in found]) > PRESENT),
        attributes=names,
    )


@dataclass(frozen=True)
class _Instance:
    id: int
    picture: str
    box: Box
    label: str


def _described(path: Path) -> tuple[tuple[str, ...], dict[int, np.ndarray]]:
    """Names of the attributes, and the scores of each annotation, (A,)."""
    if path.suffix.lower() != ".json":
        raise InputError(
            f"COCO-Attributes are read from a .json file, but {path} is none, and a pickle can run code when it is "
            f"read; convert it where you trust it: {CONVERSION}"
        )
    content = _json(path)
    try:
        names = tuple(str(one["name"]) for one in sorted(content["attributes"], key=lambda one: one["id"]))
        of_patch = {patch: int(one) for patch, one in content["patch_id_to_ann_id"].items()}
        scores = {of_patch[patch]: np.array(row, np.float32) for patch, row in content["ann_vecs"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"expected {CONTENT} in {path}, {_but(error)}; make it with {CONVERSION}") from error
    wrong = next((one for one, row in scores.items() if row.shape != (len(names),)), None)
    if wrong is not None or not scores:
        what = "there are none" if wrong is None else f"annotation {wrong} has {scores[wrong].size}"
        raise InputError(
            f"expected {len(names)} scores of each object in {path}, one for each attribute, but {what}; make it with "
            f"{CONVERSION}"
        )
    return names, scores


def _instances(root: Path, path: Path, ids: list[int]) -> list[_Instance]:
    """The annotations of these ids, from all lists whose pictures are there."""
    known: dict[int, _Instance] = {}
    for file in sorted((root / "annotations").glob("instances_*.json")):
        folder = root / file.stem.removeprefix("instances_")
        if folder.is_dir():
            known = _of_list(file, folder, set(ids)) | known
    missing = [one for one in ids if one not in known]
    if missing:
        raise InputError(
            f"expected the objects of {path} in the annotations of COCO 2014, {LAYOUT}, but {root} lacks annotation "
            f"{missing[0]} ({len(missing)} of {len(ids)} are missing); name the folder of COCO with --root"
        )
    found = [known[one] for one in ids]
    _require_pictures([one.picture for one in found])
    return found


def _of_list(file: Path, folder: Path, wanted: set[int]) -> dict[int, _Instance]:
    content = _json(file)
    try:
        labels = {one["id"]: str(one["name"]) for one in content["categories"]}
        pictures = {one["id"]: str(folder / one["file_name"]) for one in content["images"]}
        return {
            one["id"]: _Instance(
                one["id"], pictures[one["image_id"]], _box(one["bbox"]), labels[one["category_id"]]
            )
            for one in content["annotations"]
            if one["id"] in wanted
        }
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"expected images, annotations and categories of COCO in {file}, {_but(error)}; get it anew"
        ) from error


def _box(sides: Iterable[float]) -> Box:
    left, top, width, height = map(float, sides)
    return left, top, width, height


def _require_pictures(pictures: Iterable[str]) -> None:
    needed = set(pictures)
    missing = sorted(one for one in needed if not Path(one).is_file())
    if missing:
        raise InputError(
            f"cannot find the picture {missing[0]} ({len(missing)} of {len(needed)} are missing); name the folder of "
            "COCO with --root"
        )


def _json(path: Path) -> Mapping[str, Any]:
    """A JSON object without what takes most of the memory of COCO's lists and is of no use here."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"), object_hook=_used)
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"cannot read {path}: {' '.join(str(error).split())}; check the file") from error
    if not isinstance(content, dict):
        raise InputError(f"expected a JSON object in {path}, but it holds something else; check the file")
    return content


def _used(entry: dict[str, Any]) -> dict[str, Any]:
    for key in UNUSED:
        entry.pop(key, None)
    return entry


def _but(error: Exception) -> str:
    return f"but {error} is missing" if isinstance(error, KeyError) else f"but {' '.join(str(error).split())}"

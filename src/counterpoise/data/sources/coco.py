"""Pictures with boxes and masks of things, in COCO's or LVIS's format."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import cast

import torch

from counterpoise.data.data import DETECTION, Data, Facts, Split
from counterpoise.data.objects import Frequency, Objects, frequency_of
from counterpoise.data.pictures import upright_size
from counterpoise.data.scenes import Scenes, Shown, other_size
from counterpoise.data.sources.annotations import Annotated, Category, Reader, annotations_of, categories_of
from counterpoise.data.sources.coco_files import LAYOUT, annotation_files, picture_files, root_of
from counterpoise.data.sources.found import Categories, Found
from counterpoise.data.sources.stratified import three_way
from counterpoise.errors import InputError

SIDES = (800, 1333)
"""Of detectors on COCO and LVIS (torchvision, Detectron2)."""

SMALL = 400
"""Pictures whose shorter side is less, in the median, are not enlarged to `SIDES` (ours)."""


def coco(
    path: Path, *, root: Path | None = None, image_size: int | None = None, split_seed: int = 0
) -> Found:
    """Pictures with annotated things.

    The annotations are ``train.json`` and, where they exist, ``val.json`` and ``test.json``, in the folder or in its
    folder ``annotations``; COCO's and LVIS's own names, such as ``instances_train2017.json`` and
    ``lvis_v1_train.json``, are known too. Or they are one file ``annotations.json`` or ``instances.json``, of whose
    pictures 70, 10 and 20 percent are drawn for train, val and test, by the rarest category of each. For the places of
    pictures see `picture_files`.

    Args:
        path: the folder, or one file, see `annotation_files`.
        root: where pictures are looked for; by default beside the annotations.
        image_size: to which the shorter side is brought; by default 800, but small pictures keep their size. The longer
            side becomes at most 5/3 of it, as COCO's 1333.
        split_seed: of the drawn splits.

    Raises:
        InputError: annotations or pictures are missing, a picture has not the size that its annotations say, or see
            `Reader.read`.
    """
    files = annotation_files(path)
    main, file = next(iter(files.items()))
    if main not in ("train", ""):
        raise InputError(f"expected {LAYOUT}, but {path} has no train.json beside {file.name}; add it")
    categories, first = _read(file)
    names = tuple(category.name for category in categories)
    parts = {split: first if split == main else _read(files[split], names)[1] for split in files}
    splits = _splits(parts, root or root_of(file), sides_of(first.shown, image_size), masks=_all_masks(parts))
    return Found(
        path.resolve().name.removesuffix(".json"),
        names,
        splits if main else drawn_splits(splits[main], len(names), split_seed),
        task=DETECTION,
        categories=Categories(
            tuple(category.number for category in categories),
            _frequency(categories),
            _federated(parts, files),
        ),
        notes=tuple(note for split, part in parts.items() for note in _notes(files[split].name, part)),
    )


def labeled_scenes(path: Path, trained: Facts, *, root: Path | None = None) -> Data:
    """Other pictures, annotated in categories of the data that a net was trained on, by their names.

    Args:
        path: as in `coco`; one file without splits is the split test.
        trained: facts of training data with `objects`. Those that come back say whether these annotations are
            federated.
        root: where pictures are looked for; by default beside the annotations.

    Raises:
        InputError: see `coco`, and where a thing is of a category that was not trained.
    """
    files = {split or "test": file for split, file in annotation_files(path).items()}
    parts = {split: _read(file, trained.class_names)[1] for split, file in files.items()}
    home = root or root_of(next(iter(files.values())))
    known, (_, short, long) = cast(Objects, trained.objects), trained.shape
    splits = _splits(parts, home, (short, long), masks=known.masks and _all_masks(parts))
    return Data(replace(trained, objects=replace(known, federated=_federated(parts, files))), splits)


def objects_of(found: Found) -> Objects | None:
    """What is known about the categories of things, counted in the training split; None where data have no things.

    Raises:
        InputError: no training picture shows one.
    """
    train = found.splits["train"].samples
    if not found.categories or not isinstance(train, Scenes):
        return None
    images = tuple(train.marks(len(found.class_names)).sum(dim=0).tolist())
    if not any(images):
        raise InputError(
            f"expected things in the training pictures of {found.name}, but they show none; add some"
        )
    numbers, frequency, federated = found.categories
    return Objects(numbers, images, frequency or frequency_of(images), train.masks, federated)


def unseen(found: Found) -> tuple[str, ...]:
    """A note about the categories that no training picture shows, if there are any."""
    names = [found.class_names[i] for i in (found.class_counts == 0).nonzero().flatten().tolist()]
    if not names:
        return ()
    return (
        f"{len(names)} of {len(found.class_names)} categories are in no training picture, first {names[0]!r}",
    )


def sides_of(shown: Sequence[Shown], image_size: int | None) -> tuple[int, int]:
    """To how many pixels the shorter side of pictures is brought, and how long the other one may become; see `coco`."""
    usual = median(min(one.width, one.height) for one in shown)
    short = image_size or (SIDES[0] if usual >= SMALL else round(usual))
    return short, round(short * SIDES[1] / SIDES[0])


def drawn_splits(whole: Split, num_classes: int, seed: int) -> dict[str, Split]:
    """The splits of pictures that came as one set."""
    scenes = cast(Scenes, whole.samples)
    shares = three_way(scenes.marks(num_classes), seed=seed)
    return {split: whole.subset(positions) for split, positions in shares.items()}


def _read(file: Path, names: Sequence[str] | None = None) -> tuple[list[Category], Annotated]:
    """The categories of a file and its pictures, labeled by the place of a category's name in ``names`` or its own."""
    raw = annotations_of(file)
    categories = categories_of(raw, file)
    label = {name: i for i, name in enumerate(names or [category.name for category in categories])}
    labels = {category.number: label[category.name] for category in categories if category.name in label}
    return categories, Reader(file, labels).read(raw)


def _splits(
    parts: Mapping[str, Annotated], root: Path, sides: tuple[int, int], *, masks: bool
) -> dict[str, Split]:
    return {split: _split(split, part, root, sides, masks=masks) for split, part in parts.items()}


def _split(split: str, part: Annotated, root: Path, sides: tuple[int, int], *, masks: bool) -> Split:
    paths = picture_files(part.files, root, split)
    _require_sizes(paths, part.shown)
    targets = torch.tensor([len(one.things) for one in part.shown], dtype=torch.int64)
    names = tuple(Path(os.path.relpath(path, root)).as_posix() for path in paths)
    return Split(Scenes(paths, part.shown, sides, masks=masks), targets, names)


def _require_sizes(paths: Sequence[str], shown: Sequence[Shown]) -> None:
    """Refuse pictures of another size than that in which things were marked; unreadable ones are found later."""
    with ThreadPoolExecutor(8) as pool:
        sizes = pool.map(_size, paths)
    for path, one, size in zip(paths, shown, sizes, strict=True):
        if size and size != (one.width, one.height):
            raise other_size(path, one, size)


def _size(path: str) -> tuple[int, int] | None:
    try:
        return upright_size(path)
    except InputError:
        return None


def _all_masks(parts: Mapping[str, Annotated]) -> bool:
    return all(one.has_masks for part in parts.values() for one in part.shown)


def _frequency(categories: Sequence[Category]) -> tuple[Frequency, ...]:
    """As the file has it, where it has that of every category."""
    found = tuple(category.frequency for category in categories)
    return cast(tuple[Frequency, ...], found) if set(found) <= {"r", "c", "f"} else ()


def _federated(parts: Mapping[str, Annotated], files: Mapping[str, Path]) -> bool:
    """Whether the pictures of all files say which categories were looked for."""
    said = {part.federated for part in parts.values()}
    if len(said) > 1:
        raise InputError(
            f"expected neg_category_ids in all of {', '.join(file.name for file in files.values())} or in none, but "
            "some have them; remove them, or the other files"
        )
    return said == {True}


def _notes(file: str, part: Annotated) -> Iterator[str]:
    boxes = len(part.flat) + sum(len(one.labels) for one in part.shown)
    outlines = [found for one in part.shown for found in one.outlines]
    without = outlines.count(None)
    if part.cut:
        yield f"{file}: {part.cut} of {boxes} boxes reached beyond their picture and were cut at its edge"
    if part.flat:
        first = part.flat[0]
        yield f"{file}: {len(part.flat)} of {boxes} boxes have no area and were left out, first annotation {first}"
    if 0 < without < len(outlines):
        yield f"{file}: {without} of {len(outlines)} things have no mask, so that none is used"

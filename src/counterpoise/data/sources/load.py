"""From the user's words to a data set."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from counterpoise.data.columns import fitted, standardized
from counterpoise.data.data import Data, Facts, Split, fingerprint
from counterpoise.data.numbered import names_at
from counterpoise.data.rows.mapped_rows import MappedRows
from counterpoise.data.samples import Rows
from counterpoise.data.sources.coco import coco, objects_of, unseen
from counterpoise.data.sources.coco_files import is_coco
from counterpoise.data.sources.digits import digits
from counterpoise.data.sources.embedding_files import is_embeddings
from counterpoise.data.sources.embeddings import embeddings, measured
from counterpoise.data.sources.folder import folder
from counterpoise.data.sources.found import UNLABELED, Found, Statistics, usual_statistics
from counterpoise.data.sources.gridded import counted, mapped
from counterpoise.data.sources.lists import has_lists, lists
from counterpoise.data.sources.long_tail import beside, long_tailed
from counterpoise.data.sources.map_table import map_table, names_maps, places
from counterpoise.data.sources.nyud2 import Depths, depth_of, is_nyud2, nyud2
from counterpoise.data.sources.packing import readable
from counterpoise.data.sources.points import Marked, is_shanghai_tech, point_lists, shanghai_tech
from counterpoise.data.sources.source import Source
from counterpoise.data.sources.stratified import set_aside
from counterpoise.data.sources.table import frame_of, table
from counterpoise.data.sources.torchvision_sets import cifar10, cifar100, svhn
from counterpoise.data.sources.unlabeled_pool import realised
from counterpoise.data.sources.values import value_table
from counterpoise.errors import InputError

WORDS = ("digits", "cifar10", "cifar100", "svhn")


def load(source: Source) -> Data:
    """Find the data, set validation aside, draw the long tail, and take the images into memory if they fit.

    In this order, so that the same draw is made with and without unreadable images; those that are skipped
    are missing from the drawn counts. The long tail starts from the smallest class: its total is C times
    the smallest class count, so that every class can give what the profile asks of it; of svhn the head has at most
    1000 images, see `svhn`.

    Raises:
        InputError: for anything that is wrong with the source, before training begins.
    """
    found = _find(source)
    _require_used(found, source)
    found, origin = _with_validation(found, source)
    found, origin = long_tailed(found, origin, source)
    found = beside(found, source)
    whole = found
    found, kept = readable(found)
    skipped = _unreadable(whole.splits, kept)
    if skipped and not source.skip_corrupt:
        raise InputError(
            f"cannot read the image {skipped[0]} ({len(skipped)} unreadable images in all); repair or remove "
            "them, or use --skip-corrupt to leave them out"
        )
    found = _scaled(found)
    facts = _facts(found, skipped)
    return Data(facts, dict(found.splits), None if source.imbalance == "none" else origin[kept["train"]])


def _find(source: Source) -> Found:
    path, root = Path(source.data).expanduser(), Path(source.root).expanduser() if source.root else None
    if source.points is not None:
        return _counted(path, point_lists(Path(source.points).expanduser(), path, root=root), source)
    if source.target is not None:
        return _with_target(path, source.target, root, source)
    match source.data:
        case "digits":
            return digits(image_size=source.image_size, split_seed=source.split_seed)
        case "cifar10":
            return cifar10(root=root, image_size=source.image_size)
        case "cifar100":
            return cifar100(root=root, image_size=source.image_size)
        case "svhn":
            return svhn(root=root, image_size=source.image_size)
    if path.is_dir() and is_shanghai_tech(path):
        return _counted(path, shanghai_tech(path), source)
    if path.is_dir() and is_nyud2(path):
        return _depths(path, nyud2(path), source)
    if is_embeddings(path):
        return embeddings(path, split_seed=source.split_seed)
    if is_coco(path):
        return coco(path, root=root, image_size=source.image_size, split_seed=source.split_seed)
    if path.is_dir() and has_lists(path):
        return lists(path, root=root, image_size=source.image_size)
    if path.is_dir():
        return folder(path, image_size=source.image_size, split_seed=source.split_seed)
    if path.is_file() and path.suffix.lower() in (".csv", ".tsv"):
        return table(path, root=root, image_size=source.image_size, split_seed=source.split_seed)
    raise _unknown(source.data, path)


def _with_target(path: Path, target: str, root: Path | None, source: Source) -> Found:
    if not (path.is_file() and path.suffix.lower() in (".csv", ".tsv")):
        raise InputError(
            f"--target names a column of a table, but {source.data} is no .csv or .tsv file; name one, or leave "
            "--target out"
        )
    options = {
        "bins": source.bins,
        "num_bins": source.num_bins,
        "image_size": source.image_size,
        "split_seed": source.split_seed,
        "root": root,
    }
    if names_maps(frame_of(path, rows=1), target):
        return map_table(path, target, unit=source.unit, stride=source.stride, **options)
    return value_table(path, target, **options)


def _counted(path: Path, marked: Marked, source: Source) -> Found:
    return counted(
        path.stem,
        marked.rows,
        marked.points,
        stride=source.stride,
        image_size=source.image_size,
        bins=source.bins,
        num_bins=source.num_bins,
        split_seed=source.split_seed,
    )


def _depths(path: Path, found: Depths, source: Source) -> Found:
    maps, stride = places(found.rows, partial(depth_of, found), source.stride, source.image_size)
    return mapped(
        path.stem, found.rows, maps, "depth", stride=stride, bins=source.bins, num_bins=source.num_bins
    )


def _require_used(found: Found, source: Source) -> None:
    """Refuse options that have no meaning for what was found."""
    if found.target is None and (source.bins, source.num_bins) != ("auto", None):
        raise InputError(
            "--bins and --num-bins cut a target, but none is named; name its column with --target"
        )
    if source.image_size is not None and found.kind == "embedding":
        raise InputError(f"--image-size is for images, but {found.name} has embeddings already; leave it out")
    if source.stride is not None and not found.grid:
        raise InputError(
            f"--stride is for counts and maps, but {found.name} has neither; name --points or a column of map files as "
            "--target, or leave it out"
        )


def _unknown(data: str, path: Path) -> InputError:
    if path.exists():
        return InputError(
            "expected a folder, a .csv, .tsv or .json file, or embeddings (.npz, .safetensors, .parquet), but got "
            f"the file {path}"
        )
    close = get_close_matches(data.lower(), WORDS, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else "check the spelling"
    return InputError(
        f"expected a folder, a table or one of the words {', '.join(WORDS)} as data, but there is no {data!r}"
        f"; {hint}"
    )


def _with_validation(found: Found, source: Source) -> tuple[Found, Tensor]:
    """The data with a val split, and the positions in the source's train split that remain in train."""
    train = found.splits["train"]
    if not source.val_share or "val" in found.splits:
        return found, torch.arange(len(train))
    remaining, aside = set_aside(found.strata(train), source.val_share, seed=source.split_seed)
    if not len(aside):
        raise InputError(
            "expected a class of at least 3 training images to set validation images aside, but there is none"
        )
    return found.with_splits(train=train.subset(remaining), val=train.subset(aside)), remaining


def _unreadable(splits: Mapping[str, Split], kept: Mapping[str, Tensor]) -> tuple[str, ...]:
    return tuple(name for split in splits for name in _others(splits[split].names, kept[split]))


def _others(names: Sequence[str], kept: Tensor) -> list[str]:
    lost = torch.ones(len(names), dtype=torch.bool)
    lost[kept] = False
    return list(names_at(names, lost.nonzero().flatten()))


def _scaled(found: Found) -> Found:
    """Rows of a table prepared with the statistics of train, those of embeddings told; images as they are."""
    train = found.splits["train"].samples
    if isinstance(train, MappedRows):
        return replace(found, statistics=measured(train))
    if not found.columns:
        return found
    features = {name: split.samples.read(torch.arange(len(split))) for name, split in found.splits.items()}
    columns, scaling = fitted(found.columns, features["train"])
    splits = {
        name: replace(split, samples=Rows(standardized(features[name], columns, scaling)))
        for name, split in found.splits.items()
    }
    return replace(found, splits=splits, columns=columns, statistics=Statistics(*scaling))


def _facts(found: Found, skipped: tuple[str, ...]) -> Facts:
    train, counts, objects = found.splits["train"], found.class_counts, objects_of(found)
    if not counts.all() and found.target is None and not objects:
        empty = found.class_names[int(counts.argmin())]
        why = "unreadable" if skipped else "set aside for validation; lower --val-share"
        raise InputError(f"expected training images of every class, but all of class {empty!r} are {why}")
    mean, std = found.statistics or usual_statistics(train)
    return Facts(
        name=found.name,
        task=found.task,
        kind=found.kind,
        shape=train.samples.shape,
        class_names=found.class_names,
        class_counts=tuple(counts.tolist()),
        split_sizes={name: len(split) for name, split in found.splits.items()},
        mean=mean,
        std=std,
        fingerprint=fingerprint(found.splits),
        skipped=skipped,
        target=found.target,
        objects=objects,
        columns=found.columns,
        unlabeled=realised(found.splits[UNLABELED], len(found.class_names))
        if UNLABELED in found.splits
        else (),
        notes=(*found.notes, *(unseen(found) if objects else ())),
    )

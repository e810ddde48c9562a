"""Unlabeled images beside the training split: those that a user names, and how many of which class are drawn."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.data.data import Split, both
from counterpoise.data.pictures import is_picture
from counterpoise.data.profiles import relevant_counts
from counterpoise.data.samples import ImageFiles, PackedImages, Samples
from counterpoise.data.sources import rows
from counterpoise.data.sources.embeddings import unlabeled_embeddings
from counterpoise.data.sources.table import frame_of, image_rows
from counterpoise.errors import InputError

UNKNOWN = -1
"""The target of a sample whose class is not known, or none of the classes."""


def named_pool(path: Path, shape: tuple[int, ...], *, root: Path | None = None) -> Split:
    """All images of a folder, a table or an .npz file, whose classes are not known.

    Args:
        path: a folder, which is searched through; a .csv or .tsv table with the column ``path``; or an .npz file with
            an array ``data``, uint8 (N, H, W, C), as the selections of 80 Million Tiny Images are handed out. Beside
            embeddings, such as `embeddings` finds, with labels or not.
        shape: channels, height and width of the training images; of embeddings, the number of features.
        root: folder of the images that a table names.

    Raises:
        InputError: nothing is there, a file that a table names is missing, or arrays have another shape than the
            training images.
    """
    if len(shape) == 1:
        found = unlabeled_embeddings([path], shape)
        return _unknown(found.samples, found.names)
    pool = _of_arrays(path, shape) if path.suffix.lower() == ".npz" else _of_files(path, shape, root)
    if not len(pool):
        raise InputError(f"found no unlabeled images in {path}; name a place that holds some")
    return pool


def _of_files(path: Path, shape: tuple[int, ...], root: Path | None) -> Split:
    if shape[0] != 3:
        raise InputError(
            f"unlabeled image files are read as RGB, but the training images have {shape[0]} channel; name an .npz "
            "file of such images"
        )
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file() and is_picture(file.name))
        names = [f"{path.name}/{file.relative_to(path).as_posix()}" for file in files]
        return _unknown(ImageFiles([str(file) for file in files], shape[-1]), names)
    if path.is_file() and path.suffix.lower() in (".csv", ".tsv"):
        listed = image_rows(_with_paths(path), root or path.parent)
        rows.require_files(listed)
        return _unknown(ImageFiles([row.path for row in listed], shape[-1]), [row.name for row in listed])
    raise InputError(
        f"expected unlabeled images as a folder, a table or an .npz file, but {path} is none; name one, or the word "
        "rest, or extra for svhn"
    )


def _with_paths(path: Path) -> pd.DataFrame:
    frame = frame_of(path)
    if "path" not in frame:
        raise InputError(
            f"expected the column path, which names images, in {path}, but it is missing; add it"
        )
    return frame


def _of_arrays(path: Path, shape: tuple[int, ...]) -> Split:
    try:
        with np.load(path, allow_pickle=False) as file:
            images = torch.from_numpy(file["data"])
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"cannot read the unlabeled images {path}: {reason}; expected an array 'data', uint8 (N, H, W, C)"
        ) from error
    samples = PackedImages(images)
    if samples.shape != shape:
        raise InputError(
            f"expected unlabeled images of the shape {shape}, as in training, but {path} has {samples.shape}; "
            "bring them to that size"
        )
    return _unknown(samples, [f"{path.stem}/{i}" for i in range(len(samples))])


def _unknown(samples: Samples, names: Sequence[str]) -> Split:
    return Split(samples, torch.full((len(samples),), UNKNOWN), tuple(names))


def wanted(
    labeled: int, num_classes: int, *, amount: float, ratio: float, relevance: float
) -> tuple[Tensor, int]:
    """How many unlabeled images beside so many labeled ones (Yang, Xu, NeurIPS 2020): (C,) by rank, and irrelevant.

    Args:
        labeled: number of labeled images.
        num_classes: C.
        amount: wanted unlabeled images, irrelevant ones included, as a multiple of the labeled ones (paper: 5).
        ratio: largest over smallest class count; a negative one reverses the order of the ranks (USB).
        relevance: share of the images that show the classes.

    Raises:
        InputError: see `relevant_counts`.
    """
    counts = relevant_counts(amount * labeled, num_classes, abs(ratio), relevance=relevance)
    ranked, irrelevant = counts[:-1], int(counts[-1])
    return (ranked if ratio > 0 else ranked.flip(0)), irrelevant


def mixed(relevant: Split, irrelevant: Split, count: int, *, seed: int) -> Split:
    """The relevant samples, then ``count`` irrelevant ones, drawn at random.

    Irrelevant files beside packed images are decoded at once.

    Raises:
        InputError: there are fewer irrelevant samples, such a file cannot be read, or arrays are to stand beside files.
    """
    if count > len(irrelevant):
        raise InputError(
            f"{count} irrelevant images are wanted, but there are {len(irrelevant)}; name more, or raise --relevance"
        )
    order = np.random.default_rng(seed).permutation(len(irrelevant))[:count]
    chosen = irrelevant.subset(torch.from_numpy(np.sort(order)))
    if isinstance(relevant.samples, PackedImages):
        chosen = replace(chosen, samples=PackedImages(chosen.samples.read(torch.arange(count))))
    return both(relevant, chosen)


def realised(split: Split, num_classes: int) -> tuple[int, ...]:
    """Samples of each class, and last those of none or of an unknown one; C + 1 numbers."""
    known = split.targets[split.targets != UNKNOWN]
    return (*count_classes(known, num_classes).tolist(), len(split) - len(known))

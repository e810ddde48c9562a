"""CIFAR-10, CIFAR-100 and SVHN through torchvision."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torchvision.datasets import CIFAR10, CIFAR100, SVHN

from counterpoise.data.data import Split
from counterpoise.data.profiles import by_digit
from counterpoise.data.sources.arrays import array_split
from counterpoise.data.sources.found import CIFAR, HALVES, Found
from counterpoise.errors import InputError

T = TypeVar("T")

SVHN_HEAD = 1000


def cifar10(*, root: Path | None = None, image_size: int | None = None) -> Found:
    """CIFAR-10: 50,000 training and 10,000 test images of 32 x 32 pixels, 5,000 and 1,000 per class.

    Taken from ``root`` (by default a cache folder of the user) in torchvision's own format, downloaded into
    it first when it is not there.

    Raises:
        InputError: when the set is neither there nor to be had from the network.
    """
    return _cifar("cifar10", CIFAR10, root, image_size)


def cifar100(*, root: Path | None = None, image_size: int | None = None) -> Found:
    """CIFAR-100: as `cifar10`, with 500 training and 100 test images in each of 100 classes."""
    return _cifar("cifar100", CIFAR100, root, image_size)


def svhn(*, root: Path | None = None, image_size: int | None = None) -> Found:
    """SVHN: 73,257 training and 26,032 test images of house numbers, 32 x 32 pixels; class c is the digit c.

    Got as `cifar10`. A long tail is that of SVHN-LT (Yang and Xu, NeurIPS 2020, released code): digit 1 is the head,
    with at most 1000 images, and digit 0 the tail, see `by_digit`; channels are normalised by 0.5 and 0.5. The 531,131
    images of the split "extra" are read, and downloaded, only if they are asked for.

    Raises:
        InputError: when the set is neither there nor to be had from the network.
    """
    opened = partial(_svhn_split, root=root or cache_folder(), image_size=image_size)
    return Found(
        "svhn",
        tuple(map(str, range(10))),
        {"train": opened("train"), "test": opened("test")},
        HALVES,
        by_class=by_digit,
        head=SVHN_HEAD,
        extra=partial(opened, "extra"),
    )


def cache_folder() -> Path:
    """Where downloaded sets are kept: ``counterpoise`` in ``$XDG_CACHE_HOME``, by default ``~/.cache``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "counterpoise"


def _cifar(name: str, kind: type[CIFAR10], root: Path | None, image_size: int | None) -> Found:
    place = root or cache_folder()
    files = f"{kind.base_folder} or {kind.filename}"
    train, test = (
        _opened(name, place, files, partial(kind, place, train=train, download=True))
        for train in (True, False)
    )
    splits = {
        "train": _split("train", train.data, train.targets, image_size),
        "test": _split("test", test.data, test.targets, image_size),
    }
    return Found(name, tuple(train.classes), splits, CIFAR)


def _svhn_split(split: str, *, root: Path, image_size: int | None) -> Split:
    file = SVHN.split_list[split][1]
    part = _opened("svhn", root, file, partial(SVHN, root, split=split, download=True))
    return _split(split, np.ascontiguousarray(part.data.transpose(0, 2, 3, 1)), part.labels, image_size)


def _opened(name: str, root: Path, files: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except (OSError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"cannot get {name}: neither in {root} nor by download ({reason}); connect to the network, or "
            f"name the folder that holds {files} with --root"
        ) from error


def _split(split: str, images: np.ndarray, targets: Any, image_size: int | None) -> Split:
    return array_split(split, torch.from_numpy(images), torch.as_tensor(targets), image_size=image_size)

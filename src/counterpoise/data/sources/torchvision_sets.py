"""CIFAR-10 and CIFAR-100 through torchvision."""

import os
from pathlib import Path

import torch
from torchvision.datasets import CIFAR10, CIFAR100

from counterpoise.data.data import Split
from counterpoise.data.sources.arrays import array_split
from counterpoise.data.sources.found import CIFAR, Found
from counterpoise.errors import InputError


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


def cache_folder() -> Path:
    """Where downloaded sets are kept: ``counterpoise`` in ``$XDG_CACHE_HOME``, by default ``~/.cache``."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "counterpoise"


def _cifar(name: str, kind: type[CIFAR10], root: Path | None, image_size: int | None) -> Found:
    root = root or cache_folder()
    train, test = (_opened(name, kind, root, train=train) for train in (True, False))
    splits = {
        "train": _split("train", train, image_size),
        "test": _split("test", test, image_size),
    }
    return Found(name, tuple(train.classes), splits, CIFAR)


def _opened(name: str, kind: type[CIFAR10], root: Path, *, train: bool) -> CIFAR10:
    try:
        return kind(root, train=train, download=True)
    except (OSError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"cannot get {name}: neither in {root} nor by download ({reason}); connect to the network, or "
            f"name the folder that holds {kind.base_folder} or {kind.filename} with --root"
        ) from error


def _split(split: str, source: CIFAR10, image_size: int | None) -> Split:
    return array_split(
        split, torch.from_numpy(source.data), torch.tensor(source.targets), image_size=image_size
    )

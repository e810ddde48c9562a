"""The handwritten digits that come with scikit-learn: works without a network, trains in seconds."""

import numpy as np
import torch
from sklearn.datasets import load_digits

from counterpoise.data.sources.arrays import array_split
from counterpoise.data.sources.found import Found

PER_CLASS = {"test": 36, "val": 18}


def digits(*, image_size: int | None = None, split_seed: int = 0) -> Found:
    """1,797 grey images of 8 x 8 pixels in 10 classes.

    The pixels, 0 to 16 in scikit-learn, are scaled to 0 to 255. Per class, 36 images drawn with
    ``split_seed`` are the test split and 18 the validation split, about 20 and 10 percent; both are
    balanced. The rest is train.
    """
    pixels, labels = map(np.asarray, load_digits(return_X_y=True))
    images = torch.from_numpy(np.rint(pixels.reshape(-1, 8, 8, 1) * (255 / 16)).astype(np.uint8))
    targets = torch.from_numpy(labels).long()
    splits = {
        split: array_split(split, images[index], targets[index], image_size=image_size)
        for split, index in _shares(labels, split_seed).items()
    }
    return Found("digits", tuple(map(str, range(10))), splits)


def _shares(labels: np.ndarray, seed: int) -> dict[str, torch.Tensor]:
    generator = np.random.default_rng(seed)
    bounds = np.cumsum(list(PER_CLASS.values()))
    shuffled = [generator.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
    parts = zip(*(np.split(positions, bounds) for positions in shuffled), strict=True)
    shares = {
        split: torch.from_numpy(np.sort(np.concatenate(part)))
        for split, part in zip((*PER_CLASS, "train"), parts, strict=True)
    }
    return {split: shares[split] for split in ("train", "val", "test")}

"""Attributes of ``counterpoise data glt`` where none are labelled: what is clustered, and the clusters."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from counterpoise.data.data import Split
from counterpoise.data.protocols import cluster_within_classes
from counterpoise.data.samples import ImageFiles
from counterpoise.errors import InputError
from counterpoise.recipes.compose import recreate
from counterpoise.training.encode import encode
from counterpoise.training.hardware import Device, Hardware


def clustered(
    features: Tensor, targets: Tensor, class_names: tuple[str, ...], options: Any, default: str
) -> tuple[list[str], Tensor, dict[str, Any]]:
    """Clusters within each class as kinds and as numbers, and what was clustered.

    Args:
        features: (N, D).
        targets: labels, (N,).
        class_names: C.
        options: of the command.
        default: what the features are if none are named.

    Raises:
        InputError: see `cluster_within_classes`.
    """
    numbers = cluster_within_classes(
        features,
        targets,
        num_classes=len(class_names),
        clusters=options.clusters,
        seed=options.seed,
        class_names=class_names,
    )
    origin = {
        "features": options.features or default,
        "sha256": digest(features),
        "clusters": options.clusters,
    }
    return [str(number) for number in numbers.tolist()], numbers, origin


def named_features(named: str, pool: Split, device: Device) -> Tensor:
    """Features of images from a file, or what the net of a run makes of them; (N, D).

    Image files are brought to the size of the run; images in memory must have it.

    Raises:
        InputError: there is no such file or run, or it does not suit the images.
    """
    path = Path(named).expanduser()
    if not path.is_dir():
        return read_features(path, len(pool))
    experiment, predictor = recreate(path)
    own, images = experiment.data.facts, pool.samples
    fitting = own.shape[0] == 3 if isinstance(images, ImageFiles) else own.shape == images.shape
    if own.kind != "image" or not fitting:
        raise InputError(
            f"the run {path} encodes {own.kind} samples of shape {own.shape}, but the images are {images.shape}; give "
            "--image-size, or another run"
        )
    return encode(predictor, pool, own, device=Hardware(device=device).accelerator)


def read_features(path: Path, rows: int) -> Tensor:
    """An array (rows, D) from a file of numpy, at least float32; an .npz file holds it alone.

    Raises:
        InputError: it cannot be read, or has other rows.
    """
    try:
        found = np.load(path, allow_pickle=False)
        arrays = [found] if isinstance(found, np.ndarray) else [found[name] for name in found.files]
    except (OSError, ValueError, EOFError) as error:
        raise InputError(
            f"cannot read features from {path}: {' '.join(str(error).split())}; name an .npy or .npz file, or the "
            "folder of a run"
        ) from error
    if len(arrays) != 1 or arrays[0].ndim != 2 or len(arrays[0]) != rows or arrays[0].dtype.kind not in "fiu":
        shapes = ", ".join(str(array.shape) for array in arrays)
        raise InputError(
            f"expected one array of numbers with {rows} rows, one for each training image, in {path}, but {shapes} "
            "came; the features are of other data"
        )
    wanted = np.promote_types(arrays[0].dtype, np.float32)
    return torch.from_numpy(arrays[0].astype(wanted, copy=False))


def digest(features: Tensor) -> str:
    """sha256 of the numbers."""
    return hashlib.sha256(features.contiguous().numpy().data).hexdigest()

"""``counterpoise data glt --preset imagenet_glt``: the rules of ImageNet-GLT on the training images of ImageNet."""

import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from counterpoise.backbones import timm_backbone
from counterpoise.classifiers import LinearClassifier
from counterpoise.cli.glt_features import clustered, named_features
from counterpoise.cli.glt_written import print_next, write, write_page
from counterpoise.data.augmentation import Plain
from counterpoise.data.data import Split, fingerprint
from counterpoise.data.protocols import attribute_ranks, labels_by_size
from counterpoise.data.protocols.imagenet_glt import (
    MIX,
    TEST_SIZE,
    imagenet_glt_sizes,
    imagenet_glt_splits,
    require_test_size,
)
from counterpoise.data.protocols.tables import Drawn, in_files, protocol_positions, ranked
from counterpoise.data.sources import rows
from counterpoise.data.sources.folder import folder_rows
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.training.encode import encode_as
from counterpoise.training.hardware import Hardware

SETTLED = ("root", "image_size", "attribute", "clusters", "mix", "ratio", "val_share")
BACKBONE, AS_RELEASED = "resnet50.tv_in1k", Plain(256, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), shorter=260)
SHOWN, PORTION, MOST_WORKERS = 112, 2**16, 16
RULES = (
    "ImageNet-GLT (Tang et al., ECCV 2022) by its released script. Of its list of class sizes only 12 are known here; "
    "those between them are interpolated in their logarithm. Images are taken larger clusters first, as released."
)


def imagenet_glt(options: Any, out: Path) -> None:
    """Draw ImageNet-GLT, and write and show its tables.

    Raises:
        InputError: see `training_images`, `cluster_within_classes` and `imagenet_glt_splits`.
    """
    require_test_size(test_size := TEST_SIZE if options.test is None else options.test)
    folder, pool, names = training_images(Path(options.data).expanduser())
    sizes = sizes_by_rank(pool.targets, names)
    features = (
        named_features(options.features, pool, options.device)
        if options.features
        else pretrained_features(pool, Hardware(device=options.device).accelerator)
    )
    kinds, numbers, origin = clustered(features, pool.targets, names, options, BACKBONE)
    planned = imagenet_glt_splits(pool.targets, numbers, names, test_size=test_size, seed=options.seed)
    attributes = attribute_ranks(pool.targets, numbers, groups=len(MIX))
    drawn = Drawn(pool.targets, names, kinds, ranked(protocol_positions(planned), attributes))
    recipe = {
        "preset": options.preset,
        "rules": RULES,
        "data": {"source": options.data, "fingerprint": fingerprint({"train": pool}), "images": len(pool)},
        "attributes": origin,
        "sizes": sizes,
        "test": test_size,
        "seed": options.seed,
    }
    write(out, drawn, places=in_files(folder, pool.names), recipe=recipe)
    write_page(out, pool, drawn, attributes)
    print_next(out, " --image-size 112")


def training_images(path: Path) -> tuple[Path, Split, tuple[str, ...]]:
    """The training images of ILSVRC 2012: their folder, all of them, and the classes.

    Class folders such as n01440764 lie in ``path`` itself or in ``path/train``. No picture is opened.

    Raises:
        InputError: there is no such folder, or see `folder_rows`.
    """
    if not path.is_dir():
        raise InputError(
            f"--preset imagenet_glt draws from the folder of the training images of ILSVRC 2012, DIR/CLASS/IMAGE, but "
            f"{path} is none; name it with --data"
        )
    folder = path / "train" if (path / "train").is_dir() else path
    listed = folder_rows(folder)
    names = tuple(sorted({row.label for row in listed}))
    number = {name: i for i, name in enumerate(names)}
    targets = torch.tensor([number[row.label] for row in listed])
    return folder, rows.split_of(listed, targets, SHOWN), names


def pretrained_features(pool: Split, device: str) -> Tensor:
    """What the ResNet-50 of the release makes of the images: pooled features, (N, 2048) float32.

    torchvision's weights for ImageNet, through timm; as released, the shorter side is resized to 260 pixels, the centre
    of 256 x 256 cut out, and nothing normalised.

    Raises:
        InputError: the weights cannot be had, or a picture not read.
    """
    backbone = pretrained_backbone()
    dim, workers = int(backbone.num_features), min(MOST_WORKERS, os.cpu_count() or 1)  # pyright: ignore
    net, features = Net(backbone, LinearClassifier(dim, 2)), torch.empty(len(pool), dim)
    for part in torch.arange(len(pool)).split(PORTION):
        features[part] = encode_as(net, pool.subset(part), AS_RELEASED, device=device, workers=workers)
    return features


def pretrained_backbone() -> nn.Module:
    """The ResNet-50 with weights for ImageNet."""
    try:
        return timm_backbone(BACKBONE, channels=3, size=AS_RELEASED.size, pretrained=True)
    except InputError as error:
        raise InputError(f"{error}; name a file of features of your own with --features") from error


def sizes_by_rank(targets: Tensor, names: tuple[str, ...]) -> dict[str, int]:
    """The sizes that classes are cut to, in the order in which ImageNet-GLT numbers the classes."""
    ranks = labels_by_size(torch.bincount(targets))
    return {
        names[label]: size
        for label, size in zip(ranks.argsort().tolist(), imagenet_glt_sizes(len(names)).tolist(), strict=True)
    }

"""The splits of ImageNet-GLT by the rules of its release."""

import numpy as np
import torch
from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.data.protocols.attributes import attribute_ranks, order_by_rank
from counterpoise.data.protocols.class_ranks import labels_by_size
from counterpoise.data.protocols.plan import Planned, require_trained
from counterpoise.data.protocols.splits import class_balanced_splits, long_tailed_splits
from counterpoise.errors import InputError

CLUSTERS, MIX, MOST, TEST_SIZE, LEAST_TEST_SIZE = 6, (7, 2, 1), 145, 20, 8
KNOWN_SIZES = {
    0: 1500,
    4: 1500,
    5: 1483,
    6: 1425,
    50: 646,
    100: 491,
    200: 313,
    400: 181,
    500: 140,
    700: 79,
    850: 46,
    999: 18,
}
"""Sizes of classes by rank that are known from the list of the release; all 1000 have the sum 214,005."""


def imagenet_glt_sizes(num_classes: int = 1000) -> Tensor:
    """Images that the classes are cut to for Train-GLT, its validation and Test-LT, largest class first; (C,) int64.

    The release (Tang et al., ECCV 2022) stores a list of 1000 sizes, of which only those of `KNOWN_SIZES` are known
    here. Between them sizes are interpolated in their logarithm: their sum is 219,399 in place of 214,005, so no class
    but the known ones can be expected to have the size of the release to an image. Other numbers of classes (ours) are
    spread evenly over the same ranks.

    Raises:
        InputError: fewer than two classes.
    """
    if num_classes < 2:
        raise InputError(
            f"expected at least 2 classes for a long tail, but {num_classes} came; name other data"
        )
    ranks = np.linspace(0, max(KNOWN_SIZES), num_classes)
    sizes = np.exp(np.interp(ranks, list(KNOWN_SIZES), np.log(list(KNOWN_SIZES.values()))))
    return torch.from_numpy((sizes + 1e-9).astype(np.int64))


def imagenet_glt_splits(
    targets: Tensor,
    clusters: Tensor,
    class_names: tuple[str, ...],
    *,
    test_size: int = TEST_SIZE,
    seed: int = 0,
) -> Planned:
    """Splits of CLT, ALT and GLT by the rules of ImageNet-GLT (Tang et al., ECCV 2022, released script).

    The clusters of a class, by falling size, are joined in pairs to three attributes. Images are taken from the front,
    those of larger clusters first, as released: a small choice from an attribute is from the larger one of its two
    clusters. Of each class Test-GBL has 20 of each attribute and Test-CBL 42, 12 and 6; of the rest, Train-CBL and its
    validation have 101, 29 and 14. For Train-GLT the rest is cut to `imagenet_glt_sizes` in the mix 7:2:1, the class
    with the most images of ImageNet first; Test-LT and validation are drawn from that alike, 60 and 30 for each class
    there is. The release seeds neither clusters nor draws, so its own splits cannot be made again.

    Args:
        targets: labels of the training images of ILSVRC 2012, (N,).
        clusters: of each image in its class, (N,), see `cluster_within_classes`; 6 in the release.
        class_names: C.
        test_size: images of each attribute of a class in Test-GBL (release: 20), at most a quarter of the rarest; all
            other tests and validation sets grow and shrink with it.
        seed: of the draws.

    Raises:
        InputError: a test size below 8, fewer images than Test-LT and validation want, or a class would have no
            training image.
    """
    require_test_size(test_size)
    attributes, order = attribute_ranks(targets, clusters, groups=len(MIX)), order_by_rank(targets, clusters)
    ranks, every = labels_by_size(count_classes(targets, len(class_names))), len(MIX) * test_size
    long_tailed = long_tailed_splits(
        targets,
        attributes,
        order,
        class_sizes=imagenet_glt_sizes(len(class_names))[ranks],
        test_size=test_size,
        test_lt_size=every * len(class_names),
        val_size=every * len(class_names) // 2,
        ratio=MIX,
        seed=seed,
    )
    balanced = class_balanced_splits(
        targets, attributes, order, test_size=test_size, val_size=test_size // 2, ratio=MIX, most=MOST
    )
    require_trained(targets[long_tailed.train], class_names, "lower --test or leave it out")
    return Planned(long_tailed, balanced, test_size)


def require_test_size(test_size: int) -> None:
    """Refuse a size of Test-GBL that leaves ALT without validation.

    Raises:
        InputError: it is below 8.
    """
    if test_size < LEAST_TEST_SIZE:
        raise InputError(
            f"a test size below {LEAST_TEST_SIZE} leaves no validation in the mix 7:2:1, but {test_size} came; "
            f"ImageNet-GLT has {TEST_SIZE}"
        )

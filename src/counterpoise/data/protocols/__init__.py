"""Protocols of generalized long-tailed classification: long tails of classes, of attributes, and of both.

CLT trains on a long tail of classes and tests on as many images of each; ALT trains on as many of each class and tests
on as many of each attribute; GLT has both (Tang et al., ECCV 2022). Pure functions from labels and attributes to
positions: find attributes with `cluster_within_classes` or bring your own, rank them with `attribute_ranks`, and split
with `class_balanced_splits` (ALT) or `long_tailed_splits` (CLT and GLT). `imagenet_glt_splits` and `mscoco_glt_splits`
have the rules and sizes of the published benchmarks.
"""

from counterpoise.data.protocols.attribute_balance import attribute_balanced_selection
from counterpoise.data.protocols.attributes import (
    attribute_ranks,
    cluster_ranks,
    order_by_rank,
    shuffled_order,
)
from counterpoise.data.protocols.class_ranks import class_groups, labels_by_size
from counterpoise.data.protocols.clusters import cluster_within_classes
from counterpoise.data.protocols.imagenet_glt import imagenet_glt_sizes, imagenet_glt_splits
from counterpoise.data.protocols.mscoco_glt import attribute_thirds, mscoco_glt_splits
from counterpoise.data.protocols.splits import ProtocolSplits, class_balanced_splits, long_tailed_splits

__all__ = [
    "ProtocolSplits",
    "attribute_balanced_selection",
    "attribute_ranks",
    "attribute_thirds",
    "class_balanced_splits",
    "class_groups",
    "cluster_ranks",
    "cluster_within_classes",
    "imagenet_glt_sizes",
    "imagenet_glt_splits",
    "labels_by_size",
    "long_tailed_splits",
    "mscoco_glt_splits",
    "order_by_rank",
    "shuffled_order",
]

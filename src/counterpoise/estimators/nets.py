"""The nets of estimators: hidden layers or none, then a classifier of the house; made without the global generator."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from counterpoise.classifiers import NormalizedClassifier
from counterpoise.classifiers.grouping import split_groups
from counterpoise.estimators.fitting import Encode
from counterpoise.estimators.rows import Rows

Module = TypeVar("Module", bound=nn.Module)

ALIGNED = 8


class Lifted(nn.Module):
    """Features in K groups, each with a constant 1 behind it and filled up with zeros; (B, D) -> (B, K * W).

    A classifier that normalises its features has no bias. With a constant among them it has one, the length of the
    features is no longer lost, and the head direction points along what all samples share (ours). The width W of a
    group is the next multiple of 8 above D / K: a matrix product over 1,025 numbers takes longer than over 1,032.

    Args:
        features: D.
        groups: K.
    """

    def __init__(self, features: int, groups: int) -> None:
        super().__init__()
        self.groups, self.inside = groups, -(-features // groups)
        self.missing, self.width = self.inside * groups - features, (self.inside // ALIGNED + 1) * ALIGNED
        self.num_features = groups * self.width

    def forward(self, x: Tensor) -> Tensor:
        """(B, D) -> (B, K * W)."""
        lifted = x.new_zeros(len(x), self.groups, self.width)
        lifted[..., : self.inside] = split_groups(F.pad(x, (0, self.missing)), self.groups)
        lifted[..., self.inside] = 1
        return lifted.flatten(1)


def undrawn(make: Callable[[], Module], dtype: torch.dtype) -> Module:
    """A module whose parameters are all 0: no random generator is asked."""
    with torch.device("meta"):
        module = make()
    for owner in module.modules():
        for name, parameter in list(owner.named_parameters(recurse=False)):
            owner.register_parameter(name, nn.Parameter(torch.zeros(parameter.shape, dtype=dtype)))
    return module


def draw_linear(module: nn.Module, generator: torch.Generator) -> None:
    """Draw the weights of all linear layers as torch does, uniform in +-1/sqrt(inputs), from a generator."""
    layers = [layer for layer in module.modules() if isinstance(layer, nn.Linear)]
    for layer in layers:
        bound = layer.in_features**-0.5
        for parameter in layer.parameters():
            nn.init.uniform_(parameter, -bound, bound, generator=generator)


def hidden_layers(
    features: int, sizes: Sequence[int], *, dtype: torch.dtype, generator: torch.Generator
) -> nn.Sequential:
    """Linear layers with a ReLU after each, none for no sizes; (B, D) -> (B, sizes[-1])."""
    pairs = pairwise((features, *sizes))
    make = [lambda i=before, o=after: nn.Linear(i, o) for before, after in pairs]
    layers = [layer for one in make for layer in (undrawn(one, dtype), nn.ReLU())]
    found = nn.Sequential(*layers)
    draw_linear(found, generator)
    return found


def class_means(encode: Encode, rows: Rows, num_classes: int, dtype: torch.dtype) -> Tensor:
    """Weighted mean of the encoded features of each class, and 0 for one without samples; (C, D)."""
    sums, totals = None, torch.zeros(num_classes, dtype=torch.float64)
    for some in rows.blocks():
        weighted = encode(some.tensor(dtype)).double() * some.weights.unsqueeze(1)
        sums = weighted.new_zeros(num_classes, weighted.shape[1]) if sums is None else sums
        sums.index_add_(0, some.targets, weighted)
        totals.index_add_(0, some.targets, some.weights)
    assert sums is not None, "there are rows"
    return (sums / totals.clamp(min=torch.finfo(totals.dtype).tiny).unsqueeze(1)).to(dtype)


def normalized_means(classifier: NormalizedClassifier, encode: Encode, rows: Rows) -> Tensor:
    """Weighted mean of the normalised features of each class, and 0 for one without samples; -> (C, D)."""
    return class_means(
        lambda x: classifier.normalize(encode(x)).flatten(1),
        rows,
        classifier.num_classes,
        classifier.weight.dtype,
    )


@torch.no_grad()
def start_unmet_at_means(classifier: NormalizedClassifier, encode: Encode, rows: Rows) -> None:
    """Begin, for classes whose weights are still 0, with the mean normalised feature of their first samples."""
    unmet = (classifier.weight == 0).all(dim=1)
    if unmet.any():
        means = normalized_means(classifier, encode, rows)
        classifier.weight[unmet] = means[unmet]

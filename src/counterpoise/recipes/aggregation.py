"""Test-time aggregation of a finished run (SADE): its experts are weighed by test images, whose labels are not read."""

from collections.abc import Iterator

import torch
from torch import nn

from counterpoise.backbones import SkippingExperts
from counterpoise.classifiers import ExpertsClassifier
from counterpoise.data.augmentation import (
    Augmentation,
    Transformed,
    contrastive_policy,
    recolouring_policy,
)
from counterpoise.data.data import Facts, Split
from counterpoise.data.streams import Stream
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.predictors import TestTimeAggregated
from counterpoise.predictors.test_time_aggregated import Views
from counterpoise.recipes.one_stage import augmentation
from counterpoise.samplers import Shuffled
from counterpoise.training.options import Training

BATCH, EPOCHS = 128, 5
"""Of the fit (released)."""
CIFAR = 64
"""Images up to so many pixels are changed as on CIFAR."""


def aggregate(
    predictor: Net, split: Split, facts: Facts, training: Training, *, device: str = "cpu", seed: int = 0
) -> str:
    """Weigh the experts of a predictor, in place, by how much two views of each image of a split agree.

    See `TestTimeAggregated`. The rate and the decay are those of the training, as in the release. The temperature stays
    as it was fitted for the mean of the experts. Nobody knows for which class prior the scores answer then.

    Args:
        predictor: of a run with two experts or more.
        split: whose images are read, and whose labels are not.
        facts: of the data.
        training: of the run.
        device: where to compute.
        seed: of the views.

    Returns:
        A sentence that says how the shares came out.

    Raises:
        InputError: the run has no experts, or routing leaves some out.
    """
    found = over_experts(predictor)
    predictor.to(device).eval()
    look = view_of(facts)
    stream = Stream(
        split, Shuffled(len(split)), BATCH, look, training.workers, drop_last=False, labeled=False
    )

    @torch.no_grad()
    def views(epoch: int) -> Iterator[Views]:
        pairs = (
            stream.batches(seed=(seed, epoch, view), order=(seed, epoch), device=device) for view in (0, 1)
        )
        for first, second in zip(*pairs, strict=True):
            yield predictor.features(first.inputs), predictor.features(second.inputs)

    return found.fit(views, epochs=EPOCHS, lr=training.lr, weight_decay=training.weight_decay)


def over_experts(predictor: Net) -> TestTimeAggregated:
    """Put test-time aggregation over the experts of a predictor, in place, below all that was put over them.

    Raises:
        InputError: there are no experts, or routing leaves some out.
    """
    if isinstance(predictor.backbone, SkippingExperts):
        raise InputError(
            "test-time aggregation weighs all experts, but routing leaves some out; aggregate the run without it"
        )
    outer: nn.Module = predictor
    while not isinstance(inner := getattr(outer, "classifier", None), ExpertsClassifier):
        if not isinstance(inner, nn.Module):
            raise InputError("test-time aggregation needs a run of several experts; train with ride or tade")
        outer = inner
    found = TestTimeAggregated(inner)
    outer.classifier = found
    return found


def view_of(facts: Facts) -> Augmentation:
    """The view of SADE's release: crop and mirror as in training, and colours, grey and blur, more above 64 pixels."""
    size = facts.shape[-1]
    if size > CIFAR:
        return Transformed(facts.plain, contrastive_policy(size))
    return Transformed(augmentation("auto", facts), recolouring_policy(size, blur=0.2))

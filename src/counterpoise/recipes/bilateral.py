"""BBN: a bilateral-branch network with cumulative learning (Zhou et al., CVPR 2020)."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from counterpoise.backbones import two_branch_backbone
from counterpoise.classifiers import LinearClassifier
from counterpoise.counts import count_classes
from counterpoise.data.data import Data
from counterpoise.data.streams import Stream
from counterpoise.net import Net
from counterpoise.recipes.answers import uniform
from counterpoise.recipes.decorators import recipe
from counterpoise.recipes.one_stage import one_stage, require_images
from counterpoise.recipes.published import cifar, generalized
from counterpoise.samplers import ReversedSampler
from counterpoise.steps import BilateralBranch, Objective, bilateral_share
from counterpoise.training.options import Training
from counterpoise.training.stage import Experiment, Now, Stage


@recipe(
    task="classification",
    claim=(
        *cifar("BBN", (42.6, 47.0, 59.1, 79.8, 82.2, 88.3)),
        *generalized(
            "BBN",
            ((46.46, 49.86), (37.91, 41.77), (43.26, 43.86)),
            ((73.69, 77.35), (64.48, 70.20), (51.83, 51.77)),
        ),
    ),
)
def bbn(data: Data, *, training: Training = Training(), divisor: int | None = None) -> Experiment:
    """BBN: two branches, one for the data as they are and one for rare classes, mixed over time.

    Each step reads two batches of the same size: shuffled samples for the conventional branch, and samples drawn
    by `ReversedSampler` for the re-balancing branch. `BilateralBranch` mixes them; the share of the conventional
    branch falls from 1 towards 0. At inference one image goes through both branches, side by side, into the one
    linear layer. Any named backbone is given its last part twice, see `two_branch_backbone`.

    Learned from the natural and then the reversed distribution, and read half way between, the scores answer for
    no exact class prior. They are counted as answering for the uniform one, as the balanced test sets of the paper
    do (ours), so a prior correction is not applied on top as if they were plain.

    Args:
        data: what to learn.
        training: the common settings.
        divisor: epochs after which the conventional share would be 0. None is the length of the training, as in
            the paper; the released code has 100 for 90 epochs and 200 for 180.

    Raises:
        InputError: the samples are no images.
    """
    require_images(data.facts, "bbn")

    def net() -> Net:
        backbone = two_branch_backbone(training.backbone, data.facts.shape, pretrained=training.pretrained)
        return Net(backbone, LinearClassifier(backbone.num_features, data.num_classes))

    def bilateral(objective: Objective, now: Now, stage: Stage) -> Objective:
        branches = BilateralBranch(partial(bilateral_share, divisor=divisor))
        return Objective(bilateral=branches, score=objective["score"], loss=objective["loss"])

    def both(
        streams: Mapping[str, Stream], now: Now, objective: Objective, stage: Stage
    ) -> Mapping[str, Stream]:
        train, targets = streams["train"], streams["train"].split.targets
        rare = ReversedSampler(targets, count_classes(targets, now.data.num_classes))
        return {"train": train, "rebalancing": replace(train, sampler=rare)}

    plain = replace(one_stage(data, training, LinearClassifier), net=net)
    changed = plain.change(objective=bilateral, streams=both)
    return changed.answering(uniform)

"""Environments: the training split, drawn several times side by side, each time by weights of its own."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Literal, cast

import torch
from torch import Tensor

from counterpoise.data.streams import Stream
from counterpoise.errors import InputError
from counterpoise.recipes.sampling import shuffled_stream
from counterpoise.samplers import LateWeightedSampler, WeightedSampler
from counterpoise.samplers.environments import weights_both_ways, weights_over_all, weights_within_classes
from counterpoise.steps import Environments, Objective
from counterpoise.steps.environments import Due
from counterpoise.training.stage import Experiment, Now, Stage

Rule = Literal["within_classes", "over_all", "both_ways"]
RULES = {
    "within_classes": weights_within_classes,
    "over_all": weights_over_all,
    "both_ways": weights_both_ways,
}


def with_environments(
    experiment: Experiment, count: int, *, scale: float, rule: Rule, due: Due
) -> Experiment:
    """The same experiment whose main stage reads its training split once for each environment.

    The streams are "train", which stays as it is but for draws with replacement, and "environment1", ..., which follow
    the confidences of the net; each has its share of the batch, and each draws as many samples as there are.

    Args:
        experiment: reads one labelled stream, shuffled.
        count: environments; with one there is nothing to rebuild.
        scale: see `counterpoise.samplers.environment_weights`.
        rule: how samples are weighed.
        due: the epochs at whose end the weights are rebuilt.

    Raises:
        InputError: no environment, or more than rows in a batch; late, several labelled streams or another sampler.
    """
    if not 1 <= count <= experiment.training.batch_size:
        raise InputError(
            f"expected at least 1 environment and at most one for each row of a batch, but {count} came for batches of "
            f"{experiment.training.batch_size}; the released code has 2"
        )

    def watched(objective: Objective, now: Now, stage: Stage) -> Objective:
        require_one_labeled(stage, now, objective)
        if count == 1:
            return objective
        step = Environments(training_labels(now), environments=count, scale=scale, rule=RULES[rule], due=due)
        return objective.after("encode", environments=step)

    def divided(
        found: Mapping[str, Stream], now: Now, objective: Objective, stage: Stage
    ) -> Mapping[str, Stream]:
        train = shuffled_stream(found)
        size = len(train.split)
        each = replace(train, batch_size=train.batch_size // count)
        streams = {**found, "train": replace(each, sampler=WeightedSampler(torch.ones(size)))}
        for number in range(1, count):
            weights = partial(cast(Environments, objective["environments"]).weights, number)
            streams[f"environment{number}"] = replace(each, sampler=LateWeightedSampler(size, weights))
        return streams

    return experiment.change(objective=watched, streams=divided)


def require_one_labeled(stage: Stage, now: Now, objective: Objective) -> None:
    """Refuse a stage that reads labelled samples in several streams; without samples there is nothing to check."""
    found = stage.streams(now, objective) if now.data.splits else {}
    labeled = [name for name, stream in found.items() if stream.labeled]
    if len(labeled) > 1:
        raise InputError(
            f"environments divide the one labelled stream of a stage, but there are {', '.join(labeled)} here, whose "
            "samples play other parts; leave the environments out, or train with one stream"
        )


def training_labels(now: Now) -> Tensor:
    """Labels of the training split, (N,); without samples at hand as many zeros."""
    if now.data.splits:
        return now.data.splits["train"].targets
    return torch.zeros(now.data.facts.split_sizes["train"], dtype=torch.int64)

"""Modifiers that change how often the classes of the training data are seen."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from torch import Tensor

from counterpoise.counts import count_classes
from counterpoise.data.data import DETECTION
from counterpoise.data.scenes import Scenes
from counterpoise.data.streams import Stream
from counterpoise.errors import InputError
from counterpoise.recipes.answers import effective_number_prior, tempered_prior, uniform
from counterpoise.recipes.decorators import modifier
from counterpoise.samplers import (
    ClassAwareSampler,
    DeferredSampler,
    EffectiveNumberSampler,
    PowerSampler,
    ProgressiveSampler,
    RepeatFactorSampler,
    ReversedSampler,
    Sampler,
    Shuffled,
    reversed_probabilities,
)
from counterpoise.steps import Objective
from counterpoise.training.stage import Experiment, Now, Stage

MakeSampler = Callable[[Tensor, Tensor, int], Sampler]
"""Labels of the split (N,), its class counts (C,) and the stage's epochs -> sampler."""


def resampled(experiment: Experiment, make: MakeSampler) -> Experiment:
    """The same experiment with another sampler of the training stream.

    Raises:
        InputError: the stream is sampled by another rule already; a stream has one.
    """

    def streams(
        found: Mapping[str, Stream], now: Now, objective: Objective, stage: Stage
    ) -> Mapping[str, Stream]:
        train = shuffled_stream(found)
        targets = train.split.targets
        sampler = make(targets, count_classes(targets, now.data.num_classes), stage.epochs)
        return {**found, "train": replace(train, sampler=sampler)}

    return experiment.change(streams=streams)


def shuffled_stream(streams: Mapping[str, Stream]) -> Stream:
    """The training stream, whose sampler no rule has changed yet.

    Raises:
        InputError: one has.
    """
    train = streams["train"]
    if not isinstance(train.sampler, Shuffled):
        raise InputError(
            f"the training stream already has a {type(train.sampler).__name__}, and a stream has one sampler; "
            "leave out one of the two"
        )
    return train


@modifier(task=DETECTION)
def repeat_factor_sampling(experiment: Experiment, *, threshold: float = 0.001) -> Experiment:
    """Repeat-factor sampling: images with rare categories come several times in an epoch (Gupta et al., CVPR 2019).

    Args:
        experiment: trains on shuffled images.
        threshold: share of the training images below which a category repeats its images (paper: 0.001).
    """

    def streams(
        found: Mapping[str, Stream], now: Now, objective: Objective, stage: Stage
    ) -> Mapping[str, Stream]:
        train = shuffled_stream(found)
        shown = cast(Scenes, train.split.samples).shown
        sampler = RepeatFactorSampler([one.things for one in shown], threshold=threshold)
        return {**found, "train": replace(train, sampler=sampler)}

    return experiment.change(streams=streams)


@modifier(task="classification")
def class_balanced_sampling(experiment: Experiment) -> Experiment:
    """Class-balanced sampling: every class is drawn equally often, with replacement (Kang et al., ICLR 2020).

    Args:
        experiment: trains on shuffled samples.
    """
    made = resampled(experiment, lambda targets, counts, epochs: PowerSampler(targets, counts, power=0))
    return made.answering(uniform)


@modifier(task="classification")
def square_root_sampling(experiment: Experiment) -> Experiment:
    """Square-root sampling: a class is drawn in proportion to the root of its count (Kang et al., ICLR 2020).

    Args:
        experiment: trains on shuffled samples.
    """
    made = resampled(experiment, lambda targets, counts, epochs: PowerSampler(targets, counts, power=0.5))
    return made.answering(tempered_prior(0.5))


@modifier(task="classification")
def progressive_sampling(experiment: Experiment) -> Experiment:
    """Progressively balanced sampling: from shuffled to class-balanced over the training (Kang et al., ICLR 2020).

    Args:
        experiment: trains on shuffled samples.
    """
    return resampled(
        experiment, lambda targets, counts, epochs: ProgressiveSampler(targets, counts)
    ).answering(uniform)


@modifier(task="classification")
def reversed_sampling(experiment: Experiment) -> Experiment:
    """Reversed sampling: a class is drawn in proportion to one over its count (BBN, Zhou et al., CVPR 2020).

    Args:
        experiment: trains on shuffled samples.
    """
    made = resampled(experiment, lambda targets, counts, epochs: ReversedSampler(targets, counts))
    return made.answering(lambda now: reversed_probabilities(now.class_counts).float())


@modifier(task="classification")
def effective_number_sampling(experiment: Experiment, *, beta: float = 0.9999) -> Experiment:
    """Sampling by one over the effective number of a class: "Resample" of the LDAM release (Cao et al., 2019).

    Args:
        experiment: trains on shuffled samples.
        beta: of the effective number (released: 0.9999).
    """
    made = resampled(
        experiment, lambda targets, counts, epochs: EffectiveNumberSampler(targets, counts, beta=beta)
    )
    return made.answering(effective_number_prior(beta))


@modifier(task="classification")
def class_aware_sampling(experiment: Experiment, *, per_class: int = 4) -> Experiment:
    """Class-aware sampling: all classes in turn, a few samples of each (stage 2 of Decoupling and OLTR).

    Args:
        experiment: trains on shuffled samples.
        per_class: consecutive samples of one class (released: 4).
    """
    made = resampled(
        experiment, lambda targets, counts, epochs: ClassAwareSampler(targets, counts, per_class=per_class)
    )
    return made.answering(uniform)


@modifier(task="classification")
def deferred_resampling(experiment: Experiment, *, beta: float = 0.9999, start: float = 0.8) -> Experiment:
    """Deferred re-sampling, DRS: shuffled at first, by the effective number later (Cao et al., NeurIPS 2019).

    Args:
        experiment: trains on shuffled samples.
        beta: of the effective number (0.9999, that of deferred re-weighting; no release has this rule).
        start: share of the training after which samples are drawn by it (paper: 160 of 200 epochs).
    """

    def make(targets: Tensor, counts: Tensor, epochs: int) -> Sampler:
        later = EffectiveNumberSampler(targets, counts, beta=beta)
        return DeferredSampler(Shuffled(len(targets)), later, start=int(start * epochs))

    return resampled(experiment, make).answering(effective_number_prior(beta))

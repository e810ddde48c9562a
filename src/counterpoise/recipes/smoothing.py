"""Modifiers for continuous targets: smoothed label and feature distributions, density weights, similar ranks."""

from typing import Literal

from torch import Tensor

from counterpoise.bins import midpoints
from counterpoise.data.data import REGRESSION
from counterpoise.dense_weight import DenseWeight
from counterpoise.losses import TargetWeighted
from counterpoise.recipes.decorators import modifier
from counterpoise.recipes.targets import target_of, training_targets
from counterpoise.regularizers import RankSim
from counterpoise.smoothing import lds_weights
from counterpoise.steps import Objective, Penalize, SmoothFeatures
from counterpoise.trackers import FeatureStatistics
from counterpoise.training.stage import Experiment, Late, Now, Stage

Scheme = Literal["sqrt_inverse", "inverse"]


def weighted(experiment: Experiment, weights: Late[Tensor]) -> Experiment:
    """The same experiment with a loss that weighs each target by its bin; late weights of the bins, (C,)."""

    def changed(objective: Objective, now: Now, stage: Stage) -> Objective:
        edges, found = target_of(now.data).edge_tensor, weights(now).float()
        return objective.wrap(
            "loss", lambda step: step.with_loss(TargetWeighted(step.loss, found, edges=edges))
        )

    return experiment.change(objective=changed)


@modifier(task=REGRESSION)
def lds(
    experiment: Experiment,
    *,
    scheme: Scheme = "sqrt_inverse",
    kernel_size: int = 5,
    sigma: float = 2.0,
) -> Experiment:
    """Label distribution smoothing, LDS: samples weigh one over the smoothed count of their bin (Yang et al., 2021).

    Args:
        experiment: trains on continuous targets.
        scheme: one over the root of the count (paper: ages) or over the count (paper: text and depth).
        kernel_size: length of the Gaussian window in bins, odd (released commands: 5).
        sigma: its width in bins (released commands: 2).
    """

    def weights(now: Now) -> Tensor:
        return lds_weights(now.class_counts, scheme=scheme, kernel_size=kernel_size, sigma=sigma)

    return weighted(experiment, weights)


@modifier(task=REGRESSION)
def dense_weight(experiment: Experiment, *, alpha: float = 1.0) -> Experiment:
    """DenseWeight: samples weigh less the denser the training targets lie (Steininger et al., 2021).

    The weight of a sample is that of the middle of its bin.

    Args:
        experiment: trains on continuous targets.
        alpha: strength; 0 weighs all the same (default of the paper: 1).
    """

    def weights(now: Now) -> Tensor:
        density = DenseWeight(training_targets(now), alpha=alpha)
        return density(midpoints(target_of(now.data).edge_tensor))

    return weighted(experiment, weights)


@modifier(task=REGRESSION)
def fds(
    experiment: Experiment, *, kernel_size: int = 5, sigma: float = 2.0, momentum: float = 0.9
) -> Experiment:
    """Feature distribution smoothing, FDS: features move to the statistics of neighbouring bins (Yang et al., 2021).

    Args:
        experiment: trains on continuous targets.
        kernel_size: length of the Gaussian window in bins, odd (released commands: 5).
        sigma: its width in bins (released commands: 2).
        momentum: weight of the statistics so far beside those of an epoch (released code: 0.9).
    """

    def smoothed(objective: Objective, now: Now, stage: Stage) -> Objective:
        statistics = FeatureStatistics(
            now.net.classifier.dim,
            now.data.num_classes,
            kernel_size=kernel_size,
            sigma=sigma,
            momentum=momentum,
        )
        return objective.before("score", fds=SmoothFeatures(statistics, target_of(now.data).edge_tensor))

    return experiment.change(objective=smoothed)


@modifier(task=REGRESSION)
def ranksim(experiment: Experiment, *, weight: float = 100.0, interpolation: float = 2.0) -> Experiment:
    """RankSim: neighbours ranked by features as by targets (Gong, Mori & Tung, ICML 2022).

    Implemented from the paper's formula; the released code is licensed for non-commercial use and there is a patent
    application on ranking-similarity losses. See `RankSim`. Places of images, and
    values of several targets, count as equal within a bin (ours).

    Args:
        experiment: trains on continuous targets.
        weight: of the penalty beside the loss (paper: 100 for ages, 3e-4 for text similarity).
        interpolation: step of the slope of a ranking (paper: 2).
    """

    def ranked(objective: Objective, now: Now, stage: Stage) -> Objective:
        target = target_of(now.data)
        similar = RankSim(interpolation=interpolation, edges=None if target.has_one else target.edge_tensor)
        penalty = Penalize("ranksim", similar, weight=weight)
        return objective.after("encode", ranksim=penalty)

    return experiment.change(objective=ranked)

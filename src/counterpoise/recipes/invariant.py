"""Modifiers for several environments: invariant features (Tang et al., ECCV 2022) and invariant risks (IRM)."""

from typing import Literal

from counterpoise.classifiers.experts import Experts
from counterpoise.errors import InputError
from counterpoise.losses.irm import irm_l1_penalty, irm_v1_penalty
from counterpoise.losses.ldam import Margined
from counterpoise.ramps import stepped
from counterpoise.recipes.decorators import modifier
from counterpoise.recipes.environments import Rule, with_environments
from counterpoise.regularizers import CenterLoss
from counterpoise.regularizers.center_loss import Distance, cosine_distances, squared_distances
from counterpoise.steps import (
    Objective,
    PenalizeEnvironments,
    PenalizeScores,
    PullToCenters,
    Step,
    at_shares,
    every_epoch,
)
from counterpoise.training.stage import Experiment, Now, Stage

DistanceName = Literal["auto", "squared", "cosine"]
Form = Literal["released", "v1"]


@modifier(task="classification")
def ifl(
    experiment: Experiment,
    *,
    environments: int = 2,
    scale: float = 4.0,
    rule: Rule = "within_classes",
    start: float = 0.6,
    again: float = 0.8,
    weight: float = 0.001,
    last_weight: float = 0.005,
    center_rate: float = 0.5,
    distance: DistanceName = "auto",
) -> Experiment:
    """Invariant feature learning, IFL: features of a class meet at its center in every environment (ECCV 2022).

    An epoch draws as many samples as there are for each environment, with replacement, and so has as many times the
    steps. The environments begin alike; twice they are rebuilt from how sure the net was of each sample in that epoch.
    Loss and center loss are means over the joined batch, and a later stage stays as it is. With one environment there
    is the center loss alone. Which class prior the scores answer for is left as it was, as the released Logit-Adj + IFL
    does, though the rule "within_classes" draws all classes alike in the later environments. See `PullToCenters` and
    `counterpoise.steps.Environments`.

    Args:
        experiment: trains on shuffled samples, encoded in a step of its own.
        environments: how many (paper: 2; its ablation also 1 and 3).
        scale: weight of the hardest fifth over that of the easiest four fifths (released: 4).
        rule: whether a sample is hard among its class, as released, over all samples, or both.
        start: share of the epochs after which the center loss begins and the environments are rebuilt (released: 60 of
            100). They are rebuilt at the end of that epoch, so short trainings may end before.
        again: share after which its weight rises and they are rebuilt again (released: 80 of 100).
        weight: of the center loss from the start on (released: 0.001, for 2048 features; the squared distance grows
            with their number).
        last_weight: of the center loss in the end (released: 0.005).
        center_rate: step of the centers (released: 0.5).
        distance: squared Euclidean, or one minus the cosine; "auto" takes the cosine where the loss keeps classes apart
            by angles, as released beside LDAM and RIDE, and else the square, also over TADE's cosine classifiers.
    """

    def pulled(objective: Objective, now: Now, stage: Stage) -> Objective:
        measured = distance_of(distance, objective)
        dim: int = now.net.classifier.dim  # pyright: ignore[reportAssignmentType]
        centers = CenterLoss(dim, now.data.num_classes, distance=measured, rate=center_rate)
        by_epoch = stepped((0.0, start, again), (0.0, weight, last_weight))
        return objective.after("encode", centers=PullToCenters(centers, by_epoch))

    due = at_shares(start, again)
    divided = with_environments(experiment, environments, scale=scale, rule=rule, due=due)
    return divided.change(objective=pulled)


def distance_of(name: DistanceName, objective: Objective) -> Distance:
    """The distance of a name; "auto" looks for a loss with margins between angles."""
    if name == "auto":
        name = "cosine" if any(isinstance(part, Margined) for part in objective.modules()) else "squared"
    return cosine_distances if name == "cosine" else squared_distances


@modifier(task="classification")
def irm(
    experiment: Experiment,
    *,
    form: Form = "released",
    weight: float | None = None,
    environments: int = 2,
    scale: float = 4.0,
    rule: Rule = "within_classes",
) -> Experiment:
    """Invariant risk minimisation, IRM: no environment would rescale the logits (Arjovsky et al., 2019).

    The environments are those of `ifl`, rebuilt after every epoch.

    Args:
        experiment: trains on shuffled samples.
        form: "released" is that of the row IRM of invariant feature learning: a scale for each class, absolute
            gradients, the joined batch. "v1" is IRMv1 as DomainBed has it: one scale, squared gradients, the mean over
            the environments. See `irm_l1_penalty` and `irm_v1_penalty`.
        weight: of the penalty at first. The "released" one grows ten times after 30, 60 and 90 of 100 epochs, that of
            "v1" a hundred times after a tenth of the epochs (DomainBed: 500 of 5000 steps; its new start of Adam there
            is left out). None is as published: 0.001 and 1.
        environments: how many (released: 2).
        scale: see `ifl`.
        rule: see `ifl`.

    Raises:
        InputError: several experts have logits of their own.
    """

    def penalized(objective: Objective, now: Now, stage: Stage) -> Objective:
        if isinstance(now.net.classifier, Experts):
            raise InputError(
                "irm looks at the logits of one classifier, but here several experts have their own"
            )
        return objective.after("score", irm=irm_step(form, weight))

    divided = with_environments(experiment, environments, scale=scale, rule=rule, due=every_epoch)
    return divided.change(objective=penalized)


def irm_step(form: Form, weight: float | None) -> Step:
    """The step of a form; see `irm`."""
    if form == "v1":
        first = 1.0 if weight is None else weight
        by_epoch = stepped((0.0, 0.1), (first, 100 * first))
        return PenalizeEnvironments("irm", irm_v1_penalty, weight=by_epoch)
    first = 0.001 if weight is None else weight
    by_epoch = stepped((0.0, 0.31, 0.61, 0.91), (first, 10 * first, 100 * first, 1000 * first))
    return PenalizeScores("irm", irm_l1_penalty, weight=by_epoch)

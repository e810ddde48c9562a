"""Deferred re-weighting and re-sampling (Cao et al., NeurIPS 2019), and the rows that are made of them."""

from counterpoise.counts import effective_number_weights
from counterpoise.data.data import Data
from counterpoise.losses import ClassWeighted, Deferred
from counterpoise.recipes.answers import effective_number_prior
from counterpoise.recipes.deconfounding import cross_entropy
from counterpoise.recipes.decorators import modifier, recipe
from counterpoise.recipes.losses import ldam
from counterpoise.recipes.published import cifar, generalized, value_of_labels
from counterpoise.recipes.sampling import deferred_resampling
from counterpoise.steps import Objective, Supervision
from counterpoise.training.options import Training
from counterpoise.training.stage import Experiment, Now, Stage


@modifier(task="classification")
def deferred_reweighting(experiment: Experiment, *, beta: float = 0.9999, start: float = 0.8) -> Experiment:
    """Deferred re-weighting, DRW: no class weights at first, those of the effective number later.

    Args:
        experiment: trains with any loss of one term for each sample.
        beta: of the effective number (released: 0.9999).
        start: share of the training after which the weights hold (released: 160 of 200 epochs).
    """

    def reweighted(objective: Objective, now: Now, stage: Stage) -> Objective:
        weights = effective_number_weights(now.class_counts, beta=beta)

        def deferred(step: Supervision) -> Supervision:
            later = ClassWeighted(step.loss, weights)
            return step.with_loss(Deferred(step.loss, later, start=int(start * stage.epochs)))

        return objective.wrap("loss", deferred)

    return experiment.change(objective=reweighted).answering(effective_number_prior(beta))


@recipe(task="classification", claim=value_of_labels("CE-DRW", (24.94, 21.10, 13.57), (59.49, 55.31, 43.78)))
def ce_drw(
    data: Data, *, training: Training = Training(), beta: float = 0.9999, start: float = 0.8
) -> Experiment:
    """CE-DRW: `deferred_reweighting` over `cross_entropy`.

    Args:
        data: what to learn.
        training: the common settings.
        beta: see `deferred_reweighting`.
        start: see `deferred_reweighting`.
    """
    return deferred_reweighting(cross_entropy(data, training=training), beta=beta, start=start)


@recipe(task="classification", claim=value_of_labels("CE-DRS", (25.53, 21.39, 13.73), (59.62, 55.46, 43.95)))
def ce_drs(
    data: Data, *, training: Training = Training(), beta: float = 0.9999, start: float = 0.8
) -> Experiment:
    """CE-DRS: `deferred_resampling` over `cross_entropy`.

    Args:
        data: what to learn.
        training: the common settings.
        beta: see `deferred_resampling`.
        start: see `deferred_resampling`.
    """
    return deferred_resampling(cross_entropy(data, training=training), beta=beta, start=start)


@recipe(
    task="classification",
    claim=(
        *cifar("LDAM", (42.0, 46.6, 58.7, 77.0, 81.0, 88.2)),
        *value_of_labels("LDAM-DRW", (22.97, 19.06, 11.84), (57.96, 53.85, 41.29)),
        *generalized(
            "LDAM",
            ((46.74, 46.86), (38.54, 39.08), (42.66, 41.80)),
            ((75.57, 77.70), (67.26, 70.70), (55.52, 56.21)),
        ),
    ),
)
def ldam_drw(
    data: Data,
    *,
    training: Training = Training(),
    max_margin: float = 0.5,
    scale: float = 30.0,
    beta: float = 0.9999,
    start: float = 0.8,
) -> Experiment:
    """LDAM-DRW: `deferred_reweighting` over `ldam`.

    Args:
        data: what to learn.
        training: the common settings.
        max_margin: see `ldam`.
        scale: see `ldam`.
        beta: see `deferred_reweighting`.
        start: see `deferred_reweighting`.
    """
    trained = ldam(data, training=training, max_margin=max_margin, scale=scale)
    return deferred_reweighting(trained, beta=beta, start=start)

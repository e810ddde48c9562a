"""Post-hoc corrections of the scores of a trained net."""

from dataclasses import replace

import torch

from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.predictors import LogitAdjusted
from counterpoise.recipes.answers import tempered_prior
from counterpoise.recipes.decorators import modifier
from counterpoise.training.stage import Experiment, Now, training_prior


@modifier(task="classification")
def post_hoc_logit_adjustment(experiment: Experiment, *, tau: float = 1.0) -> Experiment:
    """Post-hoc logit adjustment: subtract ``log(prior^tau)`` at inference (Menon et al., ICLR 2021, eq. 9).

    Its scores answer for the prior ``pi^(1 - tau)``, uniform with tau 1.

    Args:
        experiment: trains with a loss that leaves the training prior in the scores.
        tau: strength (theory: 1; a public port sweeps 0.25 .. 2).
    """

    def predictor(now: Now) -> Net:
        require_training_prior(experiment, now)
        return experiment.predictor(now).rewired(
            lambda place, classifier: LogitAdjusted(classifier, now.class_counts, tau=tau)
        )

    return replace(experiment, predictor=predictor).answering(tempered_prior(1 - tau))


def require_training_prior(experiment: Experiment, now: Now) -> None:
    """Refuse scores that do not answer for the training prior any more: they would be adjusted twice."""
    if not torch.allclose(experiment.prior(now), training_prior(now)):
        words = " + ".join(call.word for call in experiment.calls)
        raise InputError(
            f"the scores of {words} are adjusted for another class prior already; a second logit adjustment would "
            "count it twice, so leave one of the two out"
        )

"""Post-hoc corrections of the scores of a trained net."""

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.predictors import LogitAdjusted, TargetPrior
from counterpoise.recipes.answers import tempered_prior
from counterpoise.recipes.decorators import modifier
from counterpoise.training.priors import prior_of, target_prior_from
from counterpoise.training.reading import as_it_is
from counterpoise.training.stage import Call, Experiment, Now, training_prior


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


@modifier(task="classification")
def target_prior(experiment: Experiment, *, prior: str | Mapping[str, float] = "uniform") -> Experiment:
    """Another class prior: scores answer for this class mix (Saerens et al., 2002, eq. 4).

    The trained predictor is calibrated first, then its logits are moved by log(wanted) - log(answered). What the
    scores answer for already is known, so nothing is corrected twice. It comes last: a modifier after it that
    would change the prior is refused.

    Args:
        experiment: whose scores are moved.
        prior: the class mix: "uniform", "train", or a file with one weight for every class, JSON or CSV; in Python
            also the weights by class name. The run keeps the weights of a file, not its path.
    """
    facts = experiment.data.facts
    wanted = target_prior_from(prior, facts) if isinstance(prior, str) else prior_of(prior, facts)
    if prior not in ("uniform", "train"):
        prior = dict(zip(facts.class_names, wanted.tolist(), strict=True))

    def predictor(now: Now) -> Net:
        answered = experiment.prior(now)
        finished = experiment.reading.finish(experiment.predictor(now), answered)
        return finished.rewired(lambda _, inner: TargetPrior(inner, answered=answered, wanted=wanted))

    def settled(now: Now) -> Tensor:
        return wanted.float()

    reading = replace(experiment.reading, finish=as_it_is)
    changed = replace(experiment.answering(settled), predictor=predictor, reading=reading, settled=True)
    return replace(changed, calls=(*experiment.calls, Call("target_prior", {"prior": prior})))

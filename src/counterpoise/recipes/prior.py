"""The class prior for which an experiment's scores answer, settled when it is trained."""

from collections.abc import Mapping
from dataclasses import replace

from torch import Tensor

from counterpoise.net import Net
from counterpoise.predictors import TargetPrior
from counterpoise.recipes.decorators import modifier
from counterpoise.training.priors import prior_of, target_prior_from
from counterpoise.training.reading import as_it_is
from counterpoise.training.stage import Call, Experiment, Now


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

"""What 100,000 classes and more need."""

from counterpoise.errors import InputError
from counterpoise.losses import chunked
from counterpoise.recipes.decorators import modifier
from counterpoise.steps import Factor, Objective, Score, Supervise, Supervision
from counterpoise.training.stage import Experiment, Now, Stage


@modifier(task="classification")
def chunked_logits(experiment: Experiment) -> Experiment:
    """Cross-entropy without the logits of a whole batch in memory, for 100,000 classes and more; exact.

    Training alone: inference has the logits of a batch. Needs linear, cosine, capsule or De-confounded classifiers.

    Args:
        experiment: trains with cross-entropy, balanced softmax or logit adjustment.
    """

    def factors(objective: Objective, now: Now, stage: Stage) -> Objective:
        return objective.wrap("score", _factor).wrap("loss", _chunked)

    return experiment.change(objective=factors)


def _factor(step: Score) -> Factor:
    if not isinstance(step, Score):
        raise InputError(
            f"chunked_logits stands in the place of Score, but {type(step).__name__} is there; leave it out"
        )
    return Factor()


def _chunked(step: Supervision) -> Supervision:
    if not isinstance(step, Supervise):
        raise InputError(
            f"chunked_logits needs ordinary supervision, but {type(step).__name__} is there; leave it out"
        )
    return step.with_loss(chunked(step.loss))

"""Learning from failure (LfF; Nam et al., NeurIPS 2020)."""

from typing import Literal

from counterpoise.classifiers import LinearClassifier
from counterpoise.data.data import Data
from counterpoise.losses import AmplifiedCrossEntropy
from counterpoise.recipes.decorators import recipe
from counterpoise.recipes.environments import training_labels
from counterpoise.recipes.one_stage import one_stage
from counterpoise.recipes.published import generalized_ablation
from counterpoise.steps import LearnFromFailure, Objective, RunningLosses, by_losses_of_now
from counterpoise.training.options import Training
from counterpoise.training.stage import Experiment, Now, Stage

Form = Literal["released", "original"]


@recipe(
    task="classification",
    claim=generalized_ablation("1 env, LFF", ((41.07, 45.79), (33.84, 38.46), (40.14, 40.58))),
)
def learning_from_failure(
    data: Data,
    *,
    training: Training = Training(),
    form: Form = "released",
    q: float = 0.7,
    decay: float = 0.7,
) -> Experiment:
    """Learning from failure, LfF: what a biased net beside it finds hard, the net learns first (table 4, row LFF).

    Two nets learn at once, so a step costs twice as much; the biased one is gone at inference. See `LearnFromFailure`.

    Args:
        data: what to learn.
        training: the common settings. The original uses Adam with a learning rate of 0.001.
        form: what a sample is weighed by. "released": the losses of the batch, as in the release of invariant feature
            learning (Tang et al., ECCV 2022) behind the row. "original": running losses of each sample over the largest
            of its class.
        q: how much the biased net favours easy samples (paper: 0.7).
        decay: of the running losses of "original" (released: 0.7).
    """
    trained = one_stage(data, training, LinearClassifier)

    def failing(objective: Objective, now: Now, stage: Stage) -> Objective:
        weigh = by_losses_of_now
        if form == "original":
            weigh = RunningLosses(training_labels(now), data.num_classes, decay=decay)
        step = LearnFromFailure(trained.net(), AmplifiedCrossEntropy(q=q), weigh)
        kept = {place: other for place, other in objective.named.items() if place != "loss"}
        return Objective(**kept, failure=step)

    return trained.change(objective=failing)

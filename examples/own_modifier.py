"""A modifier of your own: label smoothing over any recipe that is trained with one loss.

    export COUNTERPOISE_WORDS=examples/own_modifier.py
    counterpoise train deconfound --with smoothed_labels tde --data digits --epochs 5

The signature is the command line, the docstring its help; `evaluate`, `predict` and `report` find the word again as
long as COUNTERPOISE_WORDS names this file.
"""

import tempfile

import torch.nn.functional as F
from torch import Tensor

from counterpoise.data.sources import Source, load
from counterpoise.losses import Loss
from counterpoise.recipes import cross_entropy
from counterpoise.recipes.decorators import modifier
from counterpoise.steps import Objective, Supervise
from counterpoise.training import Experiment, Now, Stage, Training, run


class SmoothedCrossEntropy(Loss):
    """Cross-entropy with a little of each label spread over all classes."""

    def __init__(self, smoothing: float) -> None:
        super().__init__()
        self.smoothing = smoothing

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, C), (B,) -> (B,)."""
        return F.cross_entropy(logits, targets, reduction="none", label_smoothing=self.smoothing)


@modifier(task="classification")
def smoothed_labels(experiment: Experiment, *, smoothing: float = 0.1) -> Experiment:
    """Label smoothing, in place of the recipe's loss.

    Args:
        experiment: trains with a loss on logits.
        smoothing: share of each label that is spread over all classes.
    """

    def smoothed(objective: Objective, now: Now, stage: Stage) -> Objective:
        return objective.wrap("loss", lambda step: Supervise(SmoothedCrossEntropy(smoothing)))

    return experiment.change(objective=smoothed)


def main() -> None:
    """The same from Python."""
    data = load(Source("digits", imbalance="exponential", ratio=50))
    experiment = smoothed_labels(cross_entropy(data, training=Training(epochs=20, batch_size=64, lr=0.05)))
    with tempfile.TemporaryDirectory() as folder:
        print(f"overall {run(experiment, folder)['overall']:.3f}")


if __name__ == "__main__":
    main()

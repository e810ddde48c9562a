"""An experiment of two stages, built by hand: a whole net, then a fresh classifier over its frozen features."""

from dataclasses import replace

from counterpoise.classifiers import DeconfoundedClassifier
from counterpoise.data.data import Data
from counterpoise.losses import CrossEntropy
from counterpoise.net import Net
from counterpoise.recipes import deconfound, tde
from counterpoise.steps import supervised
from counterpoise.training import Experiment, Now, Training


def two_stages(data: Data, training: Training) -> Experiment:
    """De-confound-TDE, whose classifier is trained anew in a second stage; the head direction is the first's."""
    experiment = tde(deconfound(data, training=training))
    (main,) = experiment.stages
    second = replace(
        main,
        name="finetune",
        role="finetune",
        trains={"classifier": {}},
        objective=lambda now: supervised(CrossEntropy()),
        prepare=with_fresh_classifier,
    )
    return replace(experiment, stages=(main, second))


def with_fresh_classifier(now: Now) -> Net:
    """The same backbone under a classifier that knows nothing yet."""
    dim: int = now.net.classifier.dim  # pyright: ignore[reportAssignmentType]
    return Net(now.net.backbone, DeconfoundedClassifier(dim, now.data.num_classes))

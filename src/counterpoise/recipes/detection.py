"""Objects in pictures: De-confound-TDE with background exemption, and its baselines (table 4 of Tang et al., 2020)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, cast

from torch import nn

from counterpoise.classifiers import (
    CapsuleClassifier,
    CosineClassifier,
    DeconfoundedClassifier,
    LinearClassifier,
)
from counterpoise.data.data import DETECTION, Data
from counterpoise.detection import Detector, detector_of
from counterpoise.losses import CrossEntropy
from counterpoise.losses.loss import Loss
from counterpoise.net import Classifier, Net
from counterpoise.predictors import BackgroundExempted
from counterpoise.recipes.deconfounding import tde
from counterpoise.recipes.decorators import modifier, recipe
from counterpoise.recipes.one_stage import one_stage
from counterpoise.recipes.published import lvis
from counterpoise.training.detection import DETECTIONS
from counterpoise.training.options import Training
from counterpoise.training.stage import Experiment, Late, Now

Form = Literal["paper", "released"]

DETECTION_TRAINING = Training(epochs=20, batch_size=4, lr=0.01, weight_decay=1e-4)
"""The common settings of detectors: epochs and decay of the runs on LVIS, for a batch that fits one device (ours)."""


def detected(
    data: Data,
    training: Training,
    classifier: Callable[[int, int], Classifier],
    loss: Late[Loss] = lambda now: CrossEntropy(),
    finished: Callable[[Classifier], Classifier] | None = None,
) -> Experiment:
    """One supervised stage over a detector, all of whose box classifiers are of one kind.

    Args:
        data: what to learn.
        training: the common settings.
        classifier: makes a box classifier from the number of features, and of categories with the background.
        loss: late; the loss on its outputs.
        finished: makes probabilities of a trained box classifier; without it its softmax is taken.
    """

    def net() -> Net:
        return detector_of(
            training.detector, training.backbone, data.facts, classifier, pretrained=training.pretrained
        )

    def predictor(now: Now) -> Net:
        return now.net.rewired(lambda place, trained: finished(trained) if finished else trained)

    plain = one_stage(data, training, classifier, loss)
    return replace(plain, net=net, predictor=predictor, reading=DETECTIONS)


@recipe(
    task=DETECTION,
    claim=(
        *lvis("Baseline", "v0.5", (22.6, 33.5, 24.4, 2.5, 23.0, 30.2, 24.3)),
        *lvis("Baseline", "v1", (21.8, 32.7, 23.2, 1.1, 20.9, 31.9, 23.9)),
    ),
)
def detection_cross_entropy(
    data: Data, *, training: Training = DETECTION_TRAINING, bias: bool = True
) -> Experiment:
    """Plain detector: linear box classifiers, softmax cross-entropy over background and categories. The baseline.

    Args:
        data: what to learn.
        training: the common settings.
        bias: whether the linear layers have one. The baseline on LVIS 0.5 has none, that on LVIS 1.0 has one.
    """
    return detected(data, training, lambda dim, outputs: LinearClassifier(dim, outputs, bias=bias))


@recipe(task=DETECTION, claim=lvis("Cosine", "v0.5", (25.0, 37.7, 27.0, 9.3, 25.5, 30.8, 27.1)))
def detection_cosine(
    data: Data, *, training: Training = DETECTION_TRAINING, tau: float = 16.0, groups: int = 1
) -> Experiment:
    """Cosine box classifiers with cross-entropy (table 4, row Cosine).

    Args:
        data: what to learn.
        training: the common settings.
        tau: scale of the logits (16 as in OLTR).
        groups: channel groups; no source states them for this row (ours: 1).
    """
    return detected(data, training, lambda d, c: CosineClassifier(d, c, tau=tau, groups=groups))


@recipe(task=DETECTION, claim=lvis("Capsule", "v0.5", (25.4, 37.8, 27.4, 8.5, 26.4, 31.0, 27.1)))
def detection_capsule(
    data: Data, *, training: Training = DETECTION_TRAINING, tau: float = 16.0, groups: int = 1
) -> Experiment:
    """Capsule box classifiers with cross-entropy (table 4, row Capsule).

    Args:
        data: what to learn.
        training: the common settings.
        tau: scale of the logits (16 as in OLTR).
        groups: channel groups; no source states them for this row (ours: 1).
    """
    return detected(data, training, lambda d, c: CapsuleClassifier(d, c, tau=tau, groups=groups))


@recipe(
    task=DETECTION,
    claim=(
        *lvis("De-confound", "v0.5", (25.7, 38.5, 27.8, 11.4, 26.1, 30.9, 27.7)),
        *lvis("De-confound", "v1", (23.5, 34.8, 25.0, 5.2, 22.7, 32.3, 25.8)),
    ),
)
def detection_deconfound(
    data: Data,
    *,
    training: Training = DETECTION_TRAINING,
    groups: int = 2,
    tau: float = 16.0,
    gamma: float = 1 / 32,
) -> Experiment:
    """De-confounded box classifiers with cross-entropy, their own logits at inference (table 4, De-confound).

    Args:
        data: what to learn.
        training: the common settings.
        groups: channel groups K (paper: 2).
        tau: scale of the logits (paper: 16).
        gamma: added to each weight norm (paper: 1/32).
    """

    def classifier(dim: int, outputs: int) -> Classifier:
        return DeconfoundedClassifier(dim, outputs, groups=groups, tau=tau, gamma=gamma)

    return detected(data, training, classifier)


@modifier(task=DETECTION)
def background_exemption(experiment: Experiment, *, form: Form = "paper") -> Experiment:
    """Background-exempted inference: the background keeps the probability that it has without `tde` (eq. 9).

    Without it, `tde` takes the pull of the head from the background too, which the paper's ablation has at 23.4 AP
    where it has 28.4 with it.

    Args:
        experiment: `tde` over a detector.
        form: "paper" takes the probabilities as they are, averaged over the stages of a cascade. "released" makes a
            second softmax of them, as the release does where it decodes boxes: scores then lie within a factor of e,
            and the order of regions within a category may change.

    Raises:
        InputError: the box classifiers have no total direct effect.
    """

    def predictor(now: Now) -> Net:
        exempted = experiment.predictor(now).rewired(lambda place, effect: BackgroundExempted(effect))
        return exempted if form == "paper" else cast(Detector, exempted).reading(nn.Softmax(dim=-1))

    return replace(experiment, predictor=predictor)


@recipe(task=DETECTION, claim=lvis("Cosine-TDE", "v0.5", (28.1, 42.6, 30.2, 20.8, 28.7, 30.3, 30.6)))
def detection_cosine_tde(
    data: Data,
    *,
    training: Training = DETECTION_TRAINING,
    tau: float = 16.0,
    groups: int = 2,
    alpha: float = 1.5,
    direction_momentum: float = 0.9,
    form: Form = "paper",
) -> Experiment:
    """Background-exempted TDE over cosine box classifiers (table 4, row Cosine-TDE): three words in one.

    Args:
        data: what to learn.
        training: the common settings.
        tau: scale of the logits (16 as in OLTR).
        groups: channel groups; no source states them for this row (ours: 2, as De-confound).
        alpha: strength of the removal (paper: 1.5).
        direction_momentum: decay of the moving average, see `tde`.
        form: see `background_exemption`.
    """
    trained = detection_cosine(data, training=training, tau=tau, groups=groups)
    return background_exemption(tde(trained, alpha=alpha, direction_momentum=direction_momentum), form=form)


@recipe(task=DETECTION, claim=lvis("Capsule-TDE", "v0.5", (28.4, 42.1, 30.8, 21.1, 29.7, 29.6, 30.4)))
def detection_capsule_tde(
    data: Data,
    *,
    training: Training = DETECTION_TRAINING,
    tau: float = 16.0,
    groups: int = 2,
    alpha: float = 1.5,
    direction_momentum: float = 0.9,
    form: Form = "paper",
) -> Experiment:
    """Background-exempted TDE over capsule box classifiers (table 4, row Capsule-TDE): three words in one.

    Args:
        data: what to learn.
        training: the common settings.
        tau: scale of the logits (16 as in OLTR).
        groups: channel groups; no source states them for this row (ours: 2, as De-confound).
        alpha: strength of the removal (paper: 1.5).
        direction_momentum: decay of the moving average, see `tde`.
        form: see `background_exemption`.
    """
    trained = detection_capsule(data, training=training, tau=tau, groups=groups)
    return background_exemption(tde(trained, alpha=alpha, direction_momentum=direction_momentum), form=form)


@recipe(
    task=DETECTION,
    claim=(
        *lvis("De-confound-TDE", "v0.5", (28.4, 43.0, 30.6, 22.1, 29.0, 30.3, 31.0)),
        *lvis("De-confound-TDE", "v1", (27.1, 40.1, 28.7, 16.0, 26.9, 32.1, 30.0)),
    ),
)
def detection_deconfound_tde(
    data: Data,
    *,
    training: Training = DETECTION_TRAINING,
    groups: int = 2,
    tau: float = 16.0,
    gamma: float = 1 / 32,
    alpha: float = 1.5,
    direction_momentum: float = 0.9,
    form: Form = "paper",
) -> Experiment:
    """De-confound-TDE of a detector (table 4): `background_exemption` over `tde` over `detection_deconfound`.

    Args:
        data: what to learn.
        training: the common settings.
        groups: channel groups K (paper: 2).
        tau: scale of the logits (paper: 16).
        gamma: added to each weight norm (paper: 1/32).
        alpha: strength of the removal (paper: 1.5).
        direction_momentum: decay of the moving average, see `tde`.
        form: see `background_exemption`.
    """
    trained = detection_deconfound(data, training=training, groups=groups, tau=tau, gamma=gamma)
    return background_exemption(tde(trained, alpha=alpha, direction_momentum=direction_momentum), form=form)

"""Decoupling (Kang et al., ICLR 2020): train as usual, then mend the classifier alone."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any, Literal

from counterpoise.backbones import SkippingExperts
from counterpoise.classifiers import ExpertsClassifier, RoutedClassifier, ScaledClassifier
from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.losses import CrossEntropy, EachExpert
from counterpoise.losses.loss import Loss
from counterpoise.net import Classifier, Net
from counterpoise.predictors import TauNormalized, nearest_class_mean
from counterpoise.predictors.nearest_class_mean import (
    centered_unit_features,
    raw_features,
    unit_features,
)
from counterpoise.recipes.answers import uniform
from counterpoise.recipes.deconfounding import cross_entropy
from counterpoise.recipes.decorators import modifier, recipe
from counterpoise.recipes.one_stage import class_aware_stream
from counterpoise.recipes.published import generalized, imagenet_lt
from counterpoise.steps import Encode, EncodeInTraining, Join, Objective, Score, Supervise
from counterpoise.training import schedules
from counterpoise.training.optimizers import optimizer_of
from counterpoise.training.options import Training
from counterpoise.training.stage import Experiment, Now, Stage

BatchNorm = Literal["frozen", "running"]
Tau = float | Literal["auto"]
Features = Literal["centered_unit", "unit", "raw"]
TRANSFORMS = {"centered_unit": centered_unit_features, "unit": unit_features, "raw": raw_features}


def finetuned(
    experiment: Experiment,
    name: str,
    classifier: Callable[[Classifier], Classifier],
    *,
    trains: Mapping[str, Mapping[str, Any]],
    length: float,
    lr: float | None,
    batch_norm: BatchNorm,
) -> Experiment:
    """The experiment with one more stage: the backbone frozen, classes drawn in turn, plain cross-entropy.

    Args:
        experiment: trains the net.
        name: of the stage.
        classifier: makes the classifier of the stage from a copy of the trained one.
        trains: what of the net is trained.
        length: of the stage, as a share of the main training's epochs; at least one epoch.
        lr: base learning rate; None is that of the main training.
        batch_norm: see `crt`.
    """
    training = experiment.training

    def prepare(now: Now) -> Net:
        return Net(now.net.backbone, classifier(deepcopy(now.net.classifier)))

    def objective(now: Now) -> Objective:
        encode = Encode() if batch_norm == "frozen" else EncodeInTraining()
        loss = cross_entropy_of(now.net.classifier)
        return Objective(join=Join(), encode=encode, score=Score(), loss=Supervise(loss))

    stage = Stage(
        name=name,
        role="finetune",
        epochs=max(1, round(length * training.epochs)),
        objective=objective,
        streams=class_aware_stream(training),
        optimizer=optimizer_of(training if lr is None else replace(training, lr=lr)),
        schedule=schedules.cosine,
        trains=trains,
        prepare=prepare,
    )
    return replace(experiment, stages=(*experiment.stages, stage)).answering(uniform)


def cross_entropy_of(classifier: Classifier) -> Loss:
    """Cross-entropy of the logits, or of those of each expert.

    Raises:
        InputError: routers read the classifier already.
    """
    if isinstance(classifier, RoutedClassifier):
        raise InputError("the routers were trained for the classifier as it is; name routing last")
    if isinstance(classifier, ExpertsClassifier):
        return EachExpert([CrossEntropy()] * classifier.num_experts)
    return CrossEntropy()


@modifier(task="classification")
def crt(
    experiment: Experiment,
    *,
    length: float = 1 / 9,
    lr: float | None = None,
    batch_norm: BatchNorm = "frozen",
) -> Experiment:
    """Classifier re-training, cRT: a fresh classifier over frozen features, on class-balanced batches.

    The fresh classifier is of the kind that was trained (linear in the paper). Batches are those of
    `ClassAwareSampler`, the loss is cross-entropy, the learning rate falls in half a cosine (batch by batch; the
    release steps it by the epoch).

    Args:
        experiment: trains the net.
        length: of the new stage, as a share of the main training's epochs (released: 10 of 90).
        lr: base learning rate; None is that of the main training (released: 0.2 both times).
        batch_norm: "frozen" keeps the backbone as it is. "running" lets its batch norms use and track the balanced
            batches, as the release does: it freezes weights alone.
    """

    def fresh(classifier: Classifier) -> Classifier:
        classifier.reset_parameters()  # pyright: ignore[reportCallIssue]
        return classifier

    trains = {"classifier": {}}
    return finetuned(experiment, "crt", fresh, trains=trains, length=length, lr=lr, batch_norm=batch_norm)


@modifier(task="classification")
def lws(
    experiment: Experiment,
    *,
    length: float = 1 / 18,
    lr: float | None = None,
    batch_norm: BatchNorm = "frozen",
) -> Experiment:
    """Learnable weight scaling, LWS: one new factor for each class over the trained classifier.

    The factor multiplies the bias too and has weight decay, both as released. All else is as in `crt`.

    Args:
        experiment: trains the net.
        length: of the new stage, as a share of the main training's epochs (released: 5 of 90).
        lr: base learning rate; None is that of the main training (released: 0.2 both times).
        batch_norm: see `crt`.
    """
    trains = {"classifier.scale": {}}
    return finetuned(
        experiment, "lws", ScaledClassifier, trains=trains, length=length, lr=lr, batch_norm=batch_norm
    )


@modifier(task="classification")
def tau_normalization(experiment: Experiment, *, tau: Tau = "auto") -> Experiment:
    """Tau-normalisation at inference: each class's weights divided by a power of their length; no bias.

    Args:
        experiment: trains a linear classifier.
        tau: the power. "auto" scans 0, 0.1 .. 2 on the validation split, as the paper does; without one it is 1.
    """
    strength = None if tau == "auto" else tau

    def predictor(now: Now) -> Net:
        return experiment.predictor(now).rewired(lambda place, c: TauNormalized(c, tau=strength))

    return replace(experiment, predictor=predictor).answering(uniform)


@modifier(task="classification")
def ncm(experiment: Experiment, *, features: Features = "centered_unit") -> Experiment:
    """Nearest class mean at inference: no classifier, only the mean training feature of each class.

    The means are those of training images without augmentation; the score is the negative squared distance.

    Args:
        experiment: trains the net.
        features: what is done to a feature first: "centered_unit" takes off the mean training feature and scales to
            length one (the default of the release), "unit" only scales, "raw" does nothing.
    """

    def predictor(now: Now) -> Net:
        net = experiment.predictor(now)
        require_all_features(net)
        found, targets = now.features(net)
        classes = now.data.num_classes
        rule = nearest_class_mean(found, targets, num_classes=classes, transform=TRANSFORMS[features])
        return net.rewired(lambda place, classifier: rule)

    return replace(experiment, predictor=predictor).answering(uniform)


def require_all_features(net: Net) -> None:
    """Refuse a net that leaves out features.

    Raises:
        InputError: its experts compute only what routers ask for.
    """
    if isinstance(net.backbone, SkippingExperts):
        raise InputError(
            "class means need the features of all experts, but routing leaves some out; name one of them"
        )


@recipe(task="classification", claim=imagenet_lt("Decouple-Joint", 44.4))
def decouple_joint(data: Data, *, training: Training = Training()) -> Experiment:
    """Decouple-Joint: the first stage of Decoupling as it is, `cross_entropy` with a bias.

    Args:
        data: what to learn.
        training: the common settings.
    """
    return cross_entropy(data, training=training)


@recipe(
    task="classification",
    claim=(
        *imagenet_lt("Decouple-cRT", 49.6),
        *generalized(
            "cRT",
            ((45.92, 45.34), (37.57, 37.51), (41.59, 41.43)),
            ((73.64, 75.84), (64.69, 68.33), (49.97, 50.37)),
        ),
    ),
)
def decouple_crt(
    data: Data, *, training: Training = Training(), batch_norm: BatchNorm = "frozen"
) -> Experiment:
    """Decouple-cRT: `crt` over `cross_entropy`.

    Args:
        data: what to learn.
        training: the common settings.
        batch_norm: see `crt`.
    """
    return crt(cross_entropy(data, training=training), batch_norm=batch_norm)


@recipe(
    task="classification",
    claim=(
        *imagenet_lt("Decouple-LWS", 49.9),
        *generalized(
            "LWS",
            ((46.43, 45.90), (37.94, 38.01), (41.70, 41.71)),
            ((72.60, 75.66), (63.60, 68.81), (50.14, 50.61)),
        ),
    ),
)
def decouple_lws(
    data: Data, *, training: Training = Training(), batch_norm: BatchNorm = "frozen"
) -> Experiment:
    """Decouple-LWS: `lws` over `cross_entropy`.

    Args:
        data: what to learn.
        training: the common settings.
        batch_norm: see `crt`.
    """
    return lws(cross_entropy(data, training=training), batch_norm=batch_norm)


@recipe(task="classification", claim=imagenet_lt("Decouple-tau-norm", 49.4))
def decouple_tau(data: Data, *, training: Training = Training(), tau: Tau = "auto") -> Experiment:
    """Decouple-tau-norm: `tau_normalization` over `cross_entropy`.

    Args:
        data: what to learn.
        training: the common settings.
        tau: see `tau_normalization`.
    """
    return tau_normalization(cross_entropy(data, training=training), tau=tau)


@recipe(task="classification", claim=imagenet_lt("Decouple-NCM", 47.3))
def decouple_ncm(
    data: Data, *, training: Training = Training(), features: Features = "centered_unit"
) -> Experiment:
    """Decouple-NCM: `ncm` over `cross_entropy`.

    Args:
        data: what to learn.
        training: the common settings.
        features: see `ncm`.
    """
    return ncm(cross_entropy(data, training=training), features=features)

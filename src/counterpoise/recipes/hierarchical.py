"""Classification for regression, and hierarchical classification adjustment (HCA; Xiong, Yao, CVPR 2024)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, cast

import torch
from torch import Tensor

from counterpoise.bins import midpoints
from counterpoise.classifiers import HierarchicalClassifier, LinearClassifier, SoftplusClassifier, Taught
from counterpoise.data.data import REGRESSION, Data
from counterpoise.errors import InputError
from counterpoise.hierarchy import distinct_levels, equal_length_split, equal_number_split, level_labels
from counterpoise.losses import (
    Binned,
    CrossEntropy,
    HierarchicalLoss,
    RangePreservingDistillation,
    SoftOrdinalLoss,
    SummationDistillation,
    soft_ordinal_labels,
)
from counterpoise.losses.hierarchical_distillation import HierarchicalDistillation
from counterpoise.losses.loss import Loss
from counterpoise.net import Classifier, Net
from counterpoise.predictors import HierarchyProduct, HierarchySum, MostLikelyValue
from counterpoise.predictors.decoding import Decoder
from counterpoise.recipes.decorators import modifier, recipe
from counterpoise.recipes.one_stage import encoding, one_stage, training_stream
from counterpoise.recipes.published import imbalanced_ages
from counterpoise.recipes.targets import reading_of, representatives, target_of
from counterpoise.steps import Distill, Join, Objective
from counterpoise.training.optimizers import optimizer_of
from counterpoise.training.options import Training
from counterpoise.training.stage import Experiment, Late, Now, Stage

Split = Literal["number", "length"]


def decoded(
    data: Data, training: Training, classifier: Callable[[int, int], Classifier], loss: Late[Loss]
) -> Experiment:
    """A classifier of bins, whose most likely one is read as the value that it stands for."""

    def predictor(now: Now) -> Net:
        return now.net.rewired(lambda place, inner: MostLikelyValue(inner, representatives(now)))

    trained = one_stage(data, training, classifier, loss)
    return replace(trained, predictor=predictor, reading=reading_of(data))


def label_table(classes: int, sigma: float) -> Tensor:
    """What each bin asks of all bins, (C, C): a discrete Gaussian of its number, or with sigma 0 itself alone."""
    numbers = torch.arange(classes)
    return soft_ordinal_labels(numbers, numbers, temperature=2 * sigma**2) if sigma else torch.eye(classes)


@recipe(task=REGRESSION, claim=imbalanced_ages("CLS", (13.58, 7.75), (9.14, 7.58)))
def classification_for_regression(
    data: Data, *, training: Training = Training(), sigma: float = 1.0
) -> Experiment:
    """Classification for regression: one class for each bin of the target (equation 3, row CLS).

    The answer is the mean of the training targets in the most likely bin. The bins are those of ``--bins``.

    Args:
        data: what to learn.
        training: the common settings.
        sigma: of the soft ordinal labels, in bins (SORD; the paper smooths its labels and prints no sigma, ours: 1). 0
            is one-hot labels.
    """
    edges = target_of(data).edge_tensor

    def loss(now: Now) -> Loss:
        if sigma == 0:
            return Binned(CrossEntropy(), edges)
        return Binned(SoftOrdinalLoss(torch.arange(data.num_classes), temperature=2 * sigma**2), edges)

    return decoded(data, training, LinearClassifier, loss)


@recipe(task=REGRESSION)
def hca(
    data: Data,
    *,
    training: Training = Training(),
    levels: int = 7,
    split: Split = "number",
    sigma: float = 1.0,
    detached: bool = False,
) -> Experiment:
    """Hierarchical classifiers, before adjustment: bins at several levels, ever finer (equation 6).

    By itself the finest level answers. `hierarchy_sum`, `hierarchy_product` and `range_preserving_distillation` adjust
    it by the coarse ones.

    Args:
        data: what to learn; its bins are the finest classes.
        training: the common settings.
        levels: how many, the finest included (paper: 7). Levels that repeat the one before are left out.
        split: how a class is halved: "number" for equally many training targets on both sides (E-Num), "length" for
            equal ranges (E-Len).
        sigma: of the soft ordinal labels, see `classification_for_regression`; coarse labels are the sums.
        detached: whether coarse levels leave the features alone, as in the released model; in the paper all train them.
    """
    if levels < 2:
        raise InputError(f"levels must be 2 or more, but {levels} came; the paper has 7")
    edges = target_of(data).edge_tensor
    found = distinct_levels(hierarchy_of(data, levels, split))

    def classifier(dim: int, classes: int) -> HierarchicalClassifier:
        middle = midpoints(edges).float()
        return HierarchicalClassifier(dim, found, representatives=middle, detached=detached)

    def loss(now: Now) -> Loss:
        labels = level_labels(label_table(data.num_classes, sigma), found)
        return Binned(HierarchicalLoss(found, labels), edges)

    return decoded(data, training, classifier, loss)


def hierarchy_of(data: Data, levels: int, split: Split) -> Tensor:
    """The levels over the bins of the data, the finest last; (H, C)."""
    if split == "number":
        return equal_number_split(data.class_counts.float(), levels)
    return equal_length_split(target_of(data).edge_tensor, levels)


def below_decoding(experiment: Experiment, change: Callable[[Classifier], Classifier]) -> Experiment:
    """The same experiment with another classifier below the decoding of bins to values.

    Raises:
        InputError: it decodes no bins.
    """

    def changed(place: str, decoder: Classifier) -> Classifier:
        if not isinstance(decoder, Decoder):
            words = " + ".join(call.word for call in experiment.calls)
            raise InputError(f"{words} has no bins of several levels; train with hca")
        return type(decoder)(change(decoder.classifier), decoder.representatives)

    return replace(experiment, predictor=lambda now: experiment.predictor(now).rewired(changed))


@modifier(task=REGRESSION)
def hierarchy_sum(experiment: Experiment) -> Experiment:
    """HCA-add: the probabilities of all levels are added at inference (equation 7).

    Args:
        experiment: trains bins at several levels.
    """
    return below_decoding(experiment, HierarchySum)


@modifier(task=REGRESSION)
def hierarchy_product(experiment: Experiment) -> Experiment:
    """HCA-mul: the probabilities of all levels are multiplied at inference (equation 8).

    Args:
        experiment: trains bins at several levels.
    """
    return below_decoding(experiment, HierarchyProduct)


@modifier(task=REGRESSION)
def range_preserving_distillation(experiment: Experiment, *, length: float = 0.2) -> Experiment:
    """HCA-d: a new classifier learns from all levels, its ranges preserved (equations 11 to 14).

    In a stage of its own a student of one hidden layer learns over frozen features from the frozen classifiers;
    nothing else moves, batch norms included. At inference it answers alone.

    Args:
        experiment: trains bins at several levels.
        length: of the new stage, as a share of the main training's epochs (paper: 20 %).
    """
    return distilled(experiment, RangePreservingDistillation, length)


@modifier(task=REGRESSION)
def summation_distillation(experiment: Experiment, *, length: float = 0.2) -> Experiment:
    """The alignment that HCA-d replaces: a coarse class has the summed probability of its bins (equation 10).

    Args:
        experiment: trains bins at several levels.
        length: of the new stage, as a share of the main training's epochs (paper: 20 %).
    """
    return distilled(experiment, SummationDistillation, length)


def distilled(
    experiment: Experiment, loss: Callable[[Tensor], HierarchicalDistillation], length: float
) -> Experiment:
    """The experiment with one more stage, in which a student learns from the levels of its classifier.

    Args:
        experiment: trains bins at several levels.
        loss: made from the levels.
        length: of the stage, as a share of the main training's epochs; at least one epoch.
    """
    training = experiment.training

    def prepare(now: Now) -> Net:
        teacher = now.net.classifier
        if not isinstance(teacher, HierarchicalClassifier):
            raise InputError("distillation needs a classifier with several levels; train with hca")
        student = SoftplusClassifier(teacher.dim, teacher.num_classes)
        return Net(now.net.backbone, Taught(student, teacher))

    def objective(now: Now) -> Objective:
        teacher = cast(HierarchicalClassifier, cast(Taught, now.net.classifier).teacher)
        return Objective(join=Join(), encode=encoding(now.data.facts), loss=Distill(loss(teacher.levels)))

    stage = Stage(
        name="distillation",
        role="finetune",
        epochs=max(1, round(length * training.epochs)),
        objective=objective,
        streams=training_stream(training),
        optimizer=optimizer_of(training),
        schedule=training.scheduled,
        trains={"classifier.student": {}},
        prepare=prepare,
    )
    staged = replace(experiment, stages=(*experiment.stages, stage))
    return below_decoding(staged, lambda taught: cast(Taught, taught).student)


@recipe(task=REGRESSION, claim=imbalanced_ages("HCA-add", (12.86, 7.53), (8.95, 7.49)))
def hca_add(data: Data, *, training: Training = Training(), levels: int = 7) -> Experiment:
    """HCA-add: `hierarchy_sum` over `hca`.

    Args:
        data: what to learn.
        training: the common settings.
        levels: see `hca`.
    """
    return hierarchy_sum(hca(data, training=training, levels=levels))


@recipe(task=REGRESSION, claim=imbalanced_ages("HCA-mul", (12.89, 7.57), (8.97, 7.52)))
def hca_mul(data: Data, *, training: Training = Training(), levels: int = 7) -> Experiment:
    """HCA-mul: `hierarchy_product` over `hca`.

    Args:
        data: what to learn.
        training: the common settings.
        levels: see `hca`.
    """
    return hierarchy_product(hca(data, training=training, levels=levels))


@recipe(task=REGRESSION, claim=imbalanced_ages("HCA-d", (12.70, 7.54), (8.85, 7.45)))
def hca_d(data: Data, *, training: Training = Training(), levels: int = 7) -> Experiment:
    """HCA-d: `range_preserving_distillation` over `hca`.

    Args:
        data: what to learn.
        training: the common settings.
        levels: see `hca`.
    """
    return range_preserving_distillation(hca(data, training=training, levels=levels))

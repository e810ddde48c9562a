"""Experts over a shared trunk: RIDE (Wang et al., ICLR 2021) with its second stage, and TADE (NeurIPS 2022)."""

from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from counterpoise.backbones import SkippingExperts, expert_backbone
from counterpoise.backbones.experts import ExpertBackbone
from counterpoise.classifiers import LinearClassifier, RoutedClassifier, cosine_experts
from counterpoise.classifiers.experts import with_experts
from counterpoise.data.data import Data, Facts
from counterpoise.errors import InputError
from counterpoise.losses import Collaborative, KnowledgeDistillation, RoutingLoss, ride_loss, tade_loss
from counterpoise.losses.loss import Loss
from counterpoise.net import Net
from counterpoise.predictors import Tempered
from counterpoise.recipes.answers import effective_number_prior, uniform
from counterpoise.recipes.compose import recreate
from counterpoise.recipes.decorators import modifier, recipe
from counterpoise.recipes.one_stage import class_aware_stream, one_stage
from counterpoise.recipes.published import generalized, released_experts
from counterpoise.steps import FrozenTeacher, Objective, supervised
from counterpoise.training import schedules
from counterpoise.training.optimizers import optimizer_of
from counterpoise.training.options import Training
from counterpoise.training.stage import Experiment, Late, Now, Stage

ROUTED_LAST = "routing must come after every modifier that changes the classifier; name it last"


def expert_stage(
    data: Data, training: Training, loss: Late[Loss], *, experts: int, width: float, scale: float
) -> Experiment:
    """One supervised stage over cosine classifiers, each on the features of its own expert.

    Raises:
        InputError: the data are no images.
    """
    if data.facts.kind != "image":
        raise InputError(
            f"experts share the first layers of a net for images, but {data.facts.name} has {data.facts.noun}; "
            "train with another recipe"
        )

    def net() -> Net:
        backbone = expert_backbone(
            training.backbone,
            data.facts.shape,
            experts=experts,
            width=width,
            pretrained=training.pretrained,
        )
        dim = backbone.num_features
        return Net(backbone, cosine_experts(dim, data.num_classes, experts=experts, scale=scale))

    return replace(one_stage(data, training, LinearClassifier, loss), net=net)


@recipe(
    task="classification",
    claim=(
        *released_experts("RIDE", {"CIFAR-100-LT, ratio 100": 48.6, "ImageNet-LT": 55.7}),
        *generalized(
            "RIDE",
            ((52.08, 51.65), (43.00, 43.32), (47.24, 46.67)),
            ((78.29, 80.33), (68.59, 72.20), (58.90, 59.43)),
        ),
    ),
)
def ride(
    data: Data,
    *,
    training: Training = Training(),
    experts: int = 3,
    width: float = 0.75,
    diversity: float = -0.45,
    spread: float = 0.05,
    start: float = 0.8,
    max_margin: float = 0.5,
    scale: float = 30.0,
    beta: float = 0.9999,
) -> Experiment:
    """RIDE: experts over a shared trunk, each with an LDAM loss of its own, pushed apart (Wang et al., ICLR 2021).

    The last part of the named backbone exists once for each expert, see `expert_backbone`, under cosine classifiers
    whose mean logits answer. Late in the training classes are weighed and the diversity goes by class, see
    `counterpoise.losses.ride_loss`. The scores are counted as answering for the weighted class prior, as those of
    `ldam_drw`. Its second stage is the modifier `routing`, its distillation `distilled_experts`.

    Args:
        data: what to learn.
        training: the common settings.
        experts: how many (paper and release: 2 to 4).
        width: of an expert, as a share of the plain net's (released: 3/4).
        diversity: factor of the diversity; below 0 it pushes apart (released: -0.45 on CIFAR100-LT, -0.2 on ImageNet-LT
            and iNaturalist, which the presets have).
        spread: of the diversity's temperatures (released: 0.05 on CIFAR100-LT, 0.02 on ImageNet-LT, 0.015 on
            iNaturalist).
        start: share of the training after which classes are weighed (released: 160 of 200 epochs, or 80 of 100).
        max_margin: margin of the rarest class, in cosines (released: 0.5).
        scale: factor on cosines and margins (released: 30).
        beta: of the effective number (released: 0.9999).
    """

    def loss(now: Now) -> Loss:
        return ride_loss(
            now.class_counts,
            experts,
            start=round(start * training.epochs),
            diversity=diversity,
            spread=spread,
            max_margin=max_margin,
            scale=scale,
            beta=beta,
        )

    trained = expert_stage(data, training, loss, experts=experts, width=width, scale=scale)
    return trained.answering(effective_number_prior(beta))


@recipe(
    task="classification",
    claim=(
        *released_experts(
            "SADE",
            {
                "CIFAR-100-LT, ratio 100": 49.8,
                "ImageNet-LT": 58.8,
                "iNaturalist 2018": 72.9,
                "Places-LT": 40.9,
            },
        ),
        *generalized(
            "TADE",
            ((50.47, 51.85), (41.75, 44.15), (47.10, 47.32)),
            ((76.22, 78.84), (66.98, 71.22), (54.93, 55.48)),
        ),
    ),
)
def tade(
    data: Data,
    *,
    training: Training = Training(),
    tau: float = 2.0,
    width: float = 0.75,
    scale: float = 30.0,
    trunk_rate: float = 1.0,
) -> Experiment:
    """TADE, later called SADE: three experts, for the long tail, balanced data and the tail turned around.

    Zhang et al., NeurIPS 2022, over the net of `ride`. The mean of the three answers; its scores are counted as
    answering for the uniform class prior (ours). ``counterpoise evaluate RUN --aggregate`` weighs the experts by test
    images without labels.

    Args:
        data: what to learn.
        training: the common settings.
        tau: how far the third expert turns the tail around, lambda in the paper (2 on CIFAR100-LT and ImageNet-LT, 1 on
            iNaturalist and Places-LT).
        width: of an expert, as a share of the plain net's (released: 3/4).
        scale: factor on the cosines (released: 30).
        trunk_rate: learning rate of the layers that the experts share, over that of all others (released: 1, and 0.1
            on Places-LT, where the net starts from pretrained weights).
    """
    if not trunk_rate > 0:
        raise InputError(f"trunk_rate must be above 0, but {trunk_rate} came; the release has 1, or 0.1")

    def loss(now: Now) -> Loss:
        return tade_loss(now.class_counts, tau=tau)

    trained = expert_stage(data, training, loss, experts=3, width=width, scale=scale).answering(uniform)
    trains = {"backbone": {}, "backbone.trunk": {"lr": trunk_rate * training.lr}, "classifier": {}}
    return replace(trained, stages=tuple(replace(stage, trains=trains) for stage in trained.stages))


@modifier(task="classification")
def routing(
    experiment: Experiment,
    *,
    epochs: int = 5,
    lr: float = 0.01,
    batch_size: int = 512,
    positive_weight: float = 100.0,
    top: int = 30,
    weight_decay: float = 5e-4,
) -> Experiment:
    """Routing: a sample is answered by as many experts as it needs, which saves time (second stage of RIDE).

    Small routers learn, over frozen experts and on class-aware batches, where more experts would turn a wrong answer
    into a right one. At inference an expert computes only those samples that still need it. The learning rate falls in
    half a cosine.

    Args:
        experiment: trains two experts or more.
        epochs: of the new stage (released: 5).
        lr: base learning rate (released: 0.01).
        batch_size: of the new stage (released: 512).
        positive_weight: of going on; larger is more accurate, smaller saves more (released: 100).
        top: how many of the largest logits the routers read, at most C (released: 30 on CIFAR100-LT, 50 elsewhere).
        weight_decay: of the new stage (released: 5e-4).

    Raises:
        InputError: the net has no experts, or another modifier has put something over their classifiers.
    """
    training = replace(experiment.training, lr=lr, batch_size=batch_size, weight_decay=weight_decay)

    def prepare(now: Now) -> Net:
        return Net(now.net.backbone, RoutedClassifier(now.net.classifier, top=top))

    def objective(now: Now) -> Objective:
        experts = routed_of(now).experts
        return supervised(RoutingLoss(experts, positive_weight=positive_weight))

    stage = Stage(
        name="routing",
        role="finetune",
        epochs=epochs,
        objective=objective,
        streams=class_aware_stream(training),
        optimizer=optimizer_of(training),
        schedule=schedules.cosine,
        trains={"classifier.router": {}},
        prepare=prepare,
    )
    return replace(
        experiment, stages=(*experiment.stages, stage), predictor=partial(skipping, experiment.predictor)
    )


def routed_of(now: Now) -> RoutedClassifier:
    """The routers of the net.

    Raises:
        InputError: another classifier has come over them.
    """
    if not isinstance(now.net.classifier, RoutedClassifier):
        raise InputError(ROUTED_LAST)
    return now.net.classifier


def skipping(predictor: Late[Net], now: Now) -> Net:
    """The predictor, whose experts compute only what its routers ask for.

    Raises:
        InputError: it does not answer with the routers.
    """
    routed, found = routed_of(now), predictor(now)
    if not isinstance(found.backbone, ExpertBackbone) or routed not in found.modules():
        raise InputError(ROUTED_LAST)
    return Net(SkippingExperts(found.backbone, routed.asked), found.classifier)


@modifier(task="classification")
def distilled_experts(
    experiment: Experiment, *, teacher: str = "", temperature: float = 1.5, factor: float = 1.0
) -> Experiment:
    """Distillation of RIDE: the mean of the experts also learns from a trained net (Wang et al., ICLR 2021).

    In the paper a RIDE of six experts teaches one of three or four. The teacher sees the batches of the student; its
    logits are those before its temperature was fitted. It is read while the student trains, and not needed later.

    Args:
        experiment: trains two experts or more.
        teacher: run folder of the teacher, which has learned the same classes from images of the same size.
        temperature: that softens both answers (released: 1.5).
        factor: of the added loss (released: 1). The release adds up both losses once for each expert, which only acts
            as a larger learning rate and is left out here.

    Raises:
        InputError: no teacher is named, its run has not ended, or it has learned something else.
    """
    if not teacher:
        raise InputError(
            "distilled_experts needs a trained teacher; name its run folder with --distilled_experts.teacher"
        )
    read = cache(partial(trained_teacher, Path(teacher), experiment.data.facts))

    def taught(objective: Objective, now: Now, stage: Stage) -> Objective:
        experts = with_experts(now.net.classifier, "distilled_experts").num_experts
        loss = Collaborative(KnowledgeDistillation(temperature=temperature), experts)
        return objective.after("score", distillation=FrozenTeacher(read, loss, factor=factor / experts))

    return experiment.change(objective=taught)


def trained_teacher(folder: Path, facts: Facts) -> Net:
    """The net of a finished run, with the logits that it had before its temperature was fitted.

    Raises:
        InputError: the run has not ended, or is one of other classes or other images.
    """
    experiment, predictor = recreate(folder)
    known = experiment.data.facts
    if any(getattr(known, key) != getattr(facts, key) for key in ("class_names", "shape", "mean", "std")):
        raise InputError(
            f"the teacher in {folder} has learned {known.name}, whose classes, size or normalisation of images "
            f"differ from those of {facts.name}; train it on the same data"
        )
    return predictor.rewired(lambda place, one: one.classifier if isinstance(one, Tempered) else one)

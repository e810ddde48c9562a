"""Fine-tuning of a pretrained backbone by a few low-rank matrices, and the recipe of today's leaders around it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from counterpoise.backbones.adapted import TRAINED, Layers, LowRank, adapt, adaptable, needed_peft
from counterpoise.classifiers import CosineClassifier
from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.losses import LogitAdjustedLoss
from counterpoise.net import Net
from counterpoise.recipes.answers import uniform
from counterpoise.recipes.class_names import class_name_init
from counterpoise.recipes.decorators import modifier, recipe
from counterpoise.recipes.one_stage import one_stage
from counterpoise.recipes.pretext import TASK, require_one_net
from counterpoise.training.modes import owner
from counterpoise.training.options import Training
from counterpoise.training.stage import Experiment, Now, Stage

Trains = Mapping[str, Mapping[str, Any]]
AT_RANDOM = (
    "low_rank_adapters freeze the backbone, which starts at random unless init or a pretext is named too; or take a "
    "backbone of timm with --pretrained true"
)


@modifier(task=TASK)
def low_rank_adapters(
    experiment: Experiment,
    *,
    rank: int = 8,
    alpha: float = 16.0,
    dropout: float = 0.0,
    layers: Layers = "auto",
) -> Experiment:
    """Low-rank adapters: the backbone is frozen but for a small matrix product beside each layer (LoRA).

    Hu et al., ICLR 2022, eq. 3: ``W x + alpha/rank * B A x``, with A random and B zero at the start. Classifier and
    losses train as before, and batch norms of the backbone keep their statistics. It makes sense over a backbone that
    has learned something: pretrained, or with `init` or a pretext, which trains all of it; a note tells where none is
    seen. Taken are linear layers and ungrouped convolutions, see `adaptable`. Inference computes the same as training
    without dropout; ``counterpoise.backbones.adapted.merged`` makes plain layers of it.

    Args:
        experiment: trains the backbone in one main stage.
        rank: of the matrix product (ours: 8).
        alpha: numerator of its scale (ours: 16, so that the scale is 2).
        dropout: before the matrices, in training (ours: 0).
        layers: "linear", "all" (convolutions too), or "auto": linear where the backbone has more linear layers than
            convolutions, as a transformer has, else all (ours).

    Raises:
        InputError: peft is not installed; a number is out of range; no layer can have adapters; no main stage trains
            the backbone, or several stages do.
    """
    needed_peft()
    require_one_net(experiment, "low_rank_adapters")
    form, backbone = LowRank(rank, alpha, dropout), fresh_backbone(experiment)
    names = adaptable(backbone, torch.zeros(2, *experiment.data.facts.shape), layers)

    def adapted(stage: Stage) -> Stage:
        if stage.role == "main":
            return with_adapters(stage, names, form)
        if stage.role == "finetune" and any(map(of_backbone, stage.trains)):
            raise InputError(
                f"low_rank_adapters freeze the backbone, but the stage {stage.name} trains it again; leave them out"
            )
        return stage

    notes = () if starts_learned(experiment, backbone) else (AT_RANDOM,)
    stages = tuple(map(adapted, experiment.stages))
    return replace(experiment, stages=stages, notes=(*experiment.notes, *notes))


def fresh_backbone(experiment: Experiment) -> nn.Module:
    """The backbone with which an experiment starts; global randomness is not moved."""
    with torch.random.fork_rng():
        return experiment.net().backbone


def starts_learned(experiment: Experiment, backbone: nn.Module) -> bool:
    """Whether the backbone has pretrained weights (only those of timm can), or gets some before its main stage."""
    pretrained = experiment.training.pretrained and any(
        hasattr(part, "pretrained_cfg") for part in backbone.modules()
    )
    first, words = experiment.stages[0], {call.word for call in experiment.calls}
    return pretrained or first.role == "pretext" or "init" in words


def with_adapters(stage: Stage, names: Sequence[str], form: LowRank) -> Stage:
    """The stage with adapters beside these layers, and nothing else of the backbone trained.

    Raises:
        InputError: it does not train the backbone.
    """
    trains = adapters_alone(stage.trains, names)
    if not trains:
        raise InputError(
            "low_rank_adapters stand in for the training of the backbone, but the stage "
            f"{stage.name} does not train it; leave them out"
        )

    def prepare(now: Now) -> Net:
        net = stage.prepare(now)
        adapt(net.backbone, names, form)
        return net

    others = {prefix: options for prefix, options in stage.trains.items() if not of_backbone(prefix)}
    return replace(stage, trains={**trains, **others}, prepare=prepare)


def adapters_alone(trains: Trains, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """The adapters beside these layers of the backbone, with the options of what the layers belong to."""
    owners = {name: owner(f"backbone.{name}", trains) for name in names}
    return {
        f"backbone.{name}.{part}": trains[prefix]
        for name, prefix in owners.items()
        if prefix is not None
        for part in TRAINED
    }


def of_backbone(prefix: str) -> bool:
    """Whether a prefix names the backbone or a part of it."""
    return owner(prefix, {"backbone": {}}) is not None


@recipe(task="classification")
def light_fine_tuning(
    data: Data,
    *,
    training: Training = Training(epochs=10, lr=0.01, schedule="cosine", pretrained=True),
    scale: float = 25.0,
    rank: int = 8,
    alpha: float = 16.0,
    layers: Layers = "auto",
    class_embeddings: str | None = None,
) -> Experiment:
    """Light fine-tuning of a pretrained backbone: adapters, a cosine classifier, and logit-adjusted cross-entropy.

    After LIFT (Shi et al., "Long-tail learning with foundation model: heavy fine-tuning hurts", ICML 2024). What is
    tuned, and how, is ours: `low_rank_adapters` over a cosine classifier under the loss of `logit_adjustment`. It does
    not reproduce LIFT, and none of its numbers is claimed here. Choose the backbone with ``backbone``, such as
    vit_base_patch16_clip_224.openai; small_cnn and the ResNet-32 have no pretrained weights.

    Args:
        data: what to learn.
        training: the common settings (ours).
        scale: factor on the cosines (ours: 25).
        rank: see `low_rank_adapters` (ours).
        alpha: see `low_rank_adapters` (ours).
        layers: see `low_rank_adapters` (ours).
        class_embeddings: file with a vector for each class, with which the classifier starts; see `class_name_init`.
    """
    trained = one_stage(
        data,
        training,
        lambda dim, classes: CosineClassifier(dim, classes, tau=scale),
        lambda now: LogitAdjustedLoss(now.class_counts, tau=1.0),
    ).answering(uniform)
    if class_embeddings is not None:
        trained = class_name_init(trained, file=class_embeddings)
    return low_rank_adapters(trained, rank=rank, alpha=alpha, layers=layers)

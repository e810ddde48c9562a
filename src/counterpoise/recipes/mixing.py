"""Mixing and automatic augmentation of images: what goes with any recipe."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from counterpoise.data.augmentation import Transformed, learned_policy, random_policy
from counterpoise.data.augmentation.policies import PolicyName
from counterpoise.data.streams import Stream
from counterpoise.recipes.decorators import modifier
from counterpoise.steps import CutMix, Mixup, Objective
from counterpoise.training.stage import Experiment, Now, Stage


@modifier(task=("classification", "multi-label classification"))
def mixup(experiment: Experiment, *, alpha: float = 1.0) -> Experiment:
    """Mixup: train on weighted means of two samples and of their losses (Zhang et al., ICLR 2018).

    Only the main stage mixes; inference is not changed.

    Args:
        experiment: encodes its inputs in a step of its own.
        alpha: of the Beta distribution of the share. 1.0 is common on CIFAR and 0.2 on ImageNet; the value of the
            Mixup row in the tables of De-confound-TDE and BBN is not published, 1.0 is a guess for it.
    """

    def mixing(objective: Objective, now: Now, stage: Stage) -> Objective:
        return objective.before("encode", mixup=Mixup(alpha))

    return experiment.change(objective=mixing)


@modifier(task=("classification", "multi-label classification"))
def cutmix(experiment: Experiment, *, alpha: float = 1.0) -> Experiment:
    """CutMix: train on images with a rectangle of another one, and on both targets (Yun et al., ICCV 2019).

    Only the main stage mixes; inference is not changed. Together with `mixup` both happen to each batch, in the
    order in which they are named.

    Args:
        experiment: learns from images, and encodes its inputs in a step of its own.
        alpha: of the Beta distribution of the share (paper: 1.0).
    """

    def mixing(objective: Objective, now: Now, stage: Stage) -> Objective:
        return objective.before("encode", cutmix=CutMix(alpha))

    return experiment.change(objective=mixing)


@modifier(task=("classification", "multi-label classification"))
def rand_augment(experiment: Experiment, *, num_ops: int = 2, magnitude: int = 9) -> Experiment:
    """RandAugment: random changes of colour and shape after crop and flip (Cubuk et al., NeurIPS 2020).

    Every stream of the main stage is augmented so. The RandAug rows of invariant feature learning (Tang et al.,
    ECCV 2022) state no numbers.

    Args:
        experiment: learns from images.
        num_ops: operations per image (paper: 2 for ResNet-50 on ImageNet; torchvision's default).
        magnitude: their strength, 0 to 30 as torchvision counts, whose default is 9. The paper's 9 for ResNet-50
            on ImageNet is on a scale that counts to 10, and so stronger.
    """
    return transformed(experiment, random_policy(num_ops, magnitude))


@modifier(task=("classification", "multi-label classification"))
def auto_augment(experiment: Experiment, *, policy: PolicyName = "auto") -> Experiment:
    """AutoAugment: a learned set of changes of colour and shape after crop and flip (Cubuk et al., CVPR 2019).

    Every stream of the main stage is augmented so.

    Args:
        experiment: learns from images.
        policy: data set that the changes were searched for on. "auto" takes "cifar10" for images up to 64 pixels
            and "imagenet" above (ours).
    """
    return transformed(experiment, learned_policy(policy, experiment.data.facts.shape[-1]))


def transformed(experiment: Experiment, transform: Callable[[Any], Any]) -> Experiment:
    """The same experiment with a transform after the augmentation of every stream of the main stage."""

    def streams(
        before: Mapping[str, Stream], now: Now, objective: Objective, stage: Stage
    ) -> Mapping[str, Stream]:
        return {
            name: replace(stream, augmentation=Transformed(stream.augmentation, transform))
            for name, stream in before.items()
        }

    return experiment.change(streams=streams)

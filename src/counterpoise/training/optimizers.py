"""The optimizer that the common settings name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from counterpoise.training.options import Training
from counterpoise.training.stage import SGD


@dataclass(frozen=True)
class Adam:
    """Adam or AdamW, for parameter groups of a net.

    Attributes:
        lr: base learning rate, which the schedule scales.
        weight_decay: L2 penalty on every parameter.
        decoupled: whether weights decay apart from the gradient, which is AdamW.
    """

    lr: float
    weight_decay: float = 0.0
    decoupled: bool = False

    def __call__(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """The optimizer of these parameter groups."""
        made = torch.optim.AdamW if self.decoupled else torch.optim.Adam
        return made(groups, lr=self.lr, weight_decay=self.weight_decay)


def optimizer_of(training: Training) -> Callable[[list[dict[str, Any]]], torch.optim.Optimizer]:
    """What makes the optimizer of the settings from parameter groups."""
    if training.optimizer == "sgd":
        return SGD(training.lr, training.momentum, training.weight_decay, training.nesterov)
    return Adam(training.lr, training.weight_decay, training.optimizer == "adamw")

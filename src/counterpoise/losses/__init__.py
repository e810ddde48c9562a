"""Losses: from logits and targets to one number."""

from counterpoise.losses.cross_entropy import CrossEntropy
from counterpoise.losses.loss import Loss

__all__ = ["CrossEntropy", "Loss"]

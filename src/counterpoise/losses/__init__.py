"""Losses: from logits and targets to one number."""

from counterpoise.losses.balanced_softmax import BalancedSoftmaxLoss
from counterpoise.losses.class_balanced_sigmoid import ClassBalancedSigmoidLoss
from counterpoise.losses.class_weighted import ClassWeighted
from counterpoise.losses.cross_entropy import CrossEntropy
from counterpoise.losses.deferred import Deferred
from counterpoise.losses.equalization import EqualizationLoss, equalization_scores
from counterpoise.losses.focal import DetachedFocalLoss, FocalLoss
from counterpoise.losses.generalized_cross_entropy import GeneralizedCrossEntropy
from counterpoise.losses.ldam import LDAMLoss
from counterpoise.losses.logit_adjusted import LogitAdjustedLoss
from counterpoise.losses.loss import Loss

__all__ = [
    "BalancedSoftmaxLoss",
    "ClassBalancedSigmoidLoss",
    "ClassWeighted",
    "CrossEntropy",
    "Deferred",
    "DetachedFocalLoss",
    "EqualizationLoss",
    "FocalLoss",
    "GeneralizedCrossEntropy",
    "LDAMLoss",
    "LogitAdjustedLoss",
    "Loss",
    "equalization_scores",
]

"""Losses: from logits and targets to one number."""

from counterpoise.losses.balanced_mse import BalancedMSE
from counterpoise.losses.balanced_softmax import BalancedSoftmaxLoss
from counterpoise.losses.batch_monte_carlo_mse import BatchMonteCarloMSE
from counterpoise.losses.binary_cross_entropy import BinaryCrossEntropy
from counterpoise.losses.binned import Binned
from counterpoise.losses.binned_mse import BinnedMSE
from counterpoise.losses.class_balanced_sigmoid import ClassBalancedSigmoidLoss
from counterpoise.losses.class_weighted import ClassWeighted
from counterpoise.losses.closed_form import closed_form_cross_entropy
from counterpoise.losses.cross_entropy import CrossEntropy
from counterpoise.losses.deferred import Deferred
from counterpoise.losses.discrete_constrained import (
    DiscreteConstrainedLoss,
    image_bias_mask,
    kept_errors,
    wrong_class_mask,
)
from counterpoise.losses.equalization import EqualizationLoss, equalization_scores
from counterpoise.losses.focal import DetachedFocalLoss, FocalLoss
from counterpoise.losses.focal_regression import (
    FocalL1Loss,
    FocalMSELoss,
    FocalRegressionLoss,
    sigmoid_activation,
)
from counterpoise.losses.gaussian_mixture_mse import GaussianMixtureMSE, TargetMixture, fit_target_mixture
from counterpoise.losses.generalized_cross_entropy import GeneralizedCrossEntropy
from counterpoise.losses.hierarchical import HierarchicalLoss, index_level_labels
from counterpoise.losses.hierarchical_distillation import (
    HierarchicalDistillation,
    RangePreservingDistillation,
    SummationDistillation,
)
from counterpoise.losses.huber import HuberLoss
from counterpoise.losses.l1 import L1Loss
from counterpoise.losses.label_weighted import LabelWeighted
from counterpoise.losses.ldam import LDAMLoss
from counterpoise.losses.logit_adjusted import LogitAdjustedLoss
from counterpoise.losses.loss import Loss
from counterpoise.losses.mse import MSELoss
from counterpoise.losses.regression_loss import RegressionLoss
from counterpoise.losses.seesaw import SeesawLoss
from counterpoise.losses.sigmoid_equalization import SigmoidEqualizationLoss
from counterpoise.losses.sigmoid_focal import SigmoidFocalLoss
from counterpoise.losses.sigmoid_loss import SigmoidLoss
from counterpoise.losses.soft_ordinal import (
    SoftOrdinalLoss,
    absolute_distance,
    log_squared_distance,
    soft_cross_entropy,
    soft_ordinal_labels,
    squared_distance,
)
from counterpoise.losses.softmax_equalization import SoftmaxEqualizationLoss
from counterpoise.losses.standardized import Standardized
from counterpoise.losses.target_weighted import TargetWeighted

__all__ = [
    "BalancedMSE",
    "BalancedSoftmaxLoss",
    "BatchMonteCarloMSE",
    "BinaryCrossEntropy",
    "Binned",
    "BinnedMSE",
    "ClassBalancedSigmoidLoss",
    "ClassWeighted",
    "CrossEntropy",
    "Deferred",
    "DetachedFocalLoss",
    "DiscreteConstrainedLoss",
    "EqualizationLoss",
    "FocalL1Loss",
    "FocalLoss",
    "FocalMSELoss",
    "FocalRegressionLoss",
    "GaussianMixtureMSE",
    "GeneralizedCrossEntropy",
    "HierarchicalDistillation",
    "HierarchicalLoss",
    "HuberLoss",
    "L1Loss",
    "LDAMLoss",
    "LabelWeighted",
    "LogitAdjustedLoss",
    "Loss",
    "MSELoss",
    "RangePreservingDistillation",
    "RegressionLoss",
    "SeesawLoss",
    "SigmoidEqualizationLoss",
    "SigmoidFocalLoss",
    "SigmoidLoss",
    "SoftOrdinalLoss",
    "SoftmaxEqualizationLoss",
    "Standardized",
    "SummationDistillation",
    "TargetMixture",
    "TargetWeighted",
    "absolute_distance",
    "closed_form_cross_entropy",
    "equalization_scores",
    "fit_target_mixture",
    "image_bias_mask",
    "index_level_labels",
    "kept_errors",
    "log_squared_distance",
    "sigmoid_activation",
    "soft_cross_entropy",
    "soft_ordinal_labels",
    "squared_distance",
    "wrong_class_mask",
]

"""Losses: from logits and targets to one number."""

from counterpoise.losses.amplified_cross_entropy import AmplifiedCrossEntropy
from counterpoise.losses.background_first import BackgroundFirst
from counterpoise.losses.balanced_mse import BalancedMSE
from counterpoise.losses.balanced_softmax import BalancedSoftmaxLoss
from counterpoise.losses.batch_monte_carlo_mse import BatchMonteCarloMSE
from counterpoise.losses.binary_cross_entropy import BinaryCrossEntropy
from counterpoise.losses.binned import Binned
from counterpoise.losses.binned_mse import BinnedMSE
from counterpoise.losses.chunked_cross_entropy import ChunkedCrossEntropy, chunked
from counterpoise.losses.class_balanced_sigmoid import ClassBalancedSigmoidLoss
from counterpoise.losses.class_weighted import ClassWeighted
from counterpoise.losses.closed_form import closed_form_cross_entropy
from counterpoise.losses.collaborative import Collaborative
from counterpoise.losses.consistency import LogitDistance, SoftmaxKL, SoftmaxMSE, entropy
from counterpoise.losses.contrastive import NegativeCosine, contrastive_logits
from counterpoise.losses.cross_entropy import CrossEntropy
from counterpoise.losses.deferred import Deferred
from counterpoise.losses.discrete_constrained import (
    DiscreteConstrainedLoss,
    image_bias_mask,
    kept_errors,
    wrong_class_mask,
)
from counterpoise.losses.diversified import Diversified, diversity_temperatures
from counterpoise.losses.each_expert import EachExpert
from counterpoise.losses.equalization import EqualizationLoss, equalization_scores
from counterpoise.losses.federated import FederatedLoss
from counterpoise.losses.focal import DetachedFocalLoss, FocalLoss
from counterpoise.losses.focal_regression import (
    FocalL1Loss,
    FocalMSELoss,
    FocalRegressionLoss,
    sigmoid_activation,
)
from counterpoise.losses.gaussian_mixture_mse import GaussianMixtureMSE, TargetMixture, fit_target_mixture
from counterpoise.losses.generalized_cross_entropy import GeneralizedCrossEntropy
from counterpoise.losses.group_softmax import GroupSoftmaxLoss
from counterpoise.losses.hierarchical import HierarchicalLoss, index_level_labels
from counterpoise.losses.hierarchical_distillation import (
    HierarchicalDistillation,
    RangePreservingDistillation,
    SummationDistillation,
)
from counterpoise.losses.huber import HuberLoss
from counterpoise.losses.inverse_softmax import InverseSoftmaxLoss, inverse_prior
from counterpoise.losses.irm import irm_l1_penalty, irm_v1_penalty
from counterpoise.losses.knowledge_distillation import KnowledgeDistillation
from counterpoise.losses.l1 import L1Loss
from counterpoise.losses.label_weighted import LabelWeighted
from counterpoise.losses.ldam import LDAMLoss, Margined
from counterpoise.losses.learning_from_failure import (
    failure_weighted_loss,
    failure_weights,
    released_failure_weights,
)
from counterpoise.losses.logit_adjusted import LogitAdjustedLoss
from counterpoise.losses.loss import Loss
from counterpoise.losses.mse import MSELoss
from counterpoise.losses.per_image import PerImage
from counterpoise.losses.region_sigmoid import RegionSigmoidLoss
from counterpoise.losses.regression_loss import RegressionLoss
from counterpoise.losses.ride import ride_loss
from counterpoise.losses.routing import RoutingLoss, worth_going_on
from counterpoise.losses.same_for_each import SameForEach
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
from counterpoise.losses.tade import tade_loss
from counterpoise.losses.target_weighted import TargetWeighted
from counterpoise.losses.virtual_adversarial import VirtualAdversarialLoss

__all__ = [
    "AmplifiedCrossEntropy",
    "BackgroundFirst",
    "BalancedMSE",
    "BalancedSoftmaxLoss",
    "BatchMonteCarloMSE",
    "BinaryCrossEntropy",
    "Binned",
    "BinnedMSE",
    "ChunkedCrossEntropy",
    "ClassBalancedSigmoidLoss",
    "ClassWeighted",
    "Collaborative",
    "CrossEntropy",
    "Deferred",
    "DetachedFocalLoss",
    "DiscreteConstrainedLoss",
    "Diversified",
    "EachExpert",
    "EqualizationLoss",
    "FederatedLoss",
    "FocalL1Loss",
    "FocalLoss",
    "FocalMSELoss",
    "FocalRegressionLoss",
    "GaussianMixtureMSE",
    "GeneralizedCrossEntropy",
    "GroupSoftmaxLoss",
    "HierarchicalDistillation",
    "HierarchicalLoss",
    "HuberLoss",
    "InverseSoftmaxLoss",
    "KnowledgeDistillation",
    "L1Loss",
    "LDAMLoss",
    "LabelWeighted",
    "LogitAdjustedLoss",
    "LogitDistance",
    "Loss",
    "MSELoss",
    "Margined",
    "NegativeCosine",
    "PerImage",
    "RangePreservingDistillation",
    "RegionSigmoidLoss",
    "RegressionLoss",
    "RoutingLoss",
    "SameForEach",
    "SeesawLoss",
    "SigmoidEqualizationLoss",
    "SigmoidFocalLoss",
    "SigmoidLoss",
    "SoftOrdinalLoss",
    "SoftmaxEqualizationLoss",
    "SoftmaxKL",
    "SoftmaxMSE",
    "Standardized",
    "SummationDistillation",
    "TargetMixture",
    "TargetWeighted",
    "VirtualAdversarialLoss",
    "absolute_distance",
    "chunked",
    "closed_form_cross_entropy",
    "contrastive_logits",
    "diversity_temperatures",
    "entropy",
    "equalization_scores",
    "failure_weighted_loss",
    "failure_weights",
    "fit_target_mixture",
    "image_bias_mask",
    "index_level_labels",
    "inverse_prior",
    "irm_l1_penalty",
    "irm_v1_penalty",
    "kept_errors",
    "log_squared_distance",
    "released_failure_weights",
    "ride_loss",
    "sigmoid_activation",
    "soft_cross_entropy",
    "soft_ordinal_labels",
    "squared_distance",
    "tade_loss",
    "worth_going_on",
    "wrong_class_mask",
]

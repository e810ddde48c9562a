"""Estimators: the methods of long-tailed learning over tables and embeddings, with scikit-learn's conventions."""

from counterpoise.estimators.balanced_mse import BalancedMSERegressor
from counterpoise.estimators.balanced_softmax import BalancedSoftmaxClassifier
from counterpoise.estimators.cosine import CosineSoftmaxClassifier
from counterpoise.estimators.deconfounded import DeconfoundedTDEClassifier
from counterpoise.estimators.decoupled import DecoupledClassifier
from counterpoise.estimators.feature_smoothed import FeatureSmoothedRegressor
from counterpoise.estimators.hierarchical import HierarchicalRegressor
from counterpoise.estimators.ldam import LDAMClassifier
from counterpoise.estimators.logit_adjusted import LogitAdjustedClassifier
from counterpoise.estimators.nearest_class_mean import NearestClassMeanClassifier
from counterpoise.estimators.post_hoc_logit_adjusted import PostHocLogitAdjustedClassifier
from counterpoise.estimators.smoothed_density import SmoothedDensityRegressor
from counterpoise.estimators.softmax import SoftmaxClassifier
from counterpoise.estimators.tau_normalized import TauNormalizedClassifier

__all__ = [
    "BalancedMSERegressor",
    "BalancedSoftmaxClassifier",
    "CosineSoftmaxClassifier",
    "DeconfoundedTDEClassifier",
    "DecoupledClassifier",
    "FeatureSmoothedRegressor",
    "HierarchicalRegressor",
    "LDAMClassifier",
    "LogitAdjustedClassifier",
    "NearestClassMeanClassifier",
    "PostHocLogitAdjustedClassifier",
    "SmoothedDensityRegressor",
    "SoftmaxClassifier",
    "TauNormalizedClassifier",
]

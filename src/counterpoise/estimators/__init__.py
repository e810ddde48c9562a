"""Estimators: the methods of long-tailed learning over tables and embeddings, with scikit-learn's conventions.

Each has a file of its own. A new classifier says its classifier and its loss to one of the bases: `affine` (linear
logits), `normalized` (cosines) or `adjusted` (a power of the prior), with `streaming` for `partial_fit`; all of them
are `learned`, and `scoring` is what any classifier answers. A new regressor has its base in `regression`. Beneath are
`rows` (samples), `nets`, `fitting` (solvers) and `rules` (predictors around a fitted net).
"""

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

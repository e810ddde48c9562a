"""Predictors: inference rules that rewire a trained net, and choose their strength after training."""

from counterpoise.predictors.background_exempted import background_exempted
from counterpoise.predictors.decoding import (
    Decoder,
    ExpectedValue,
    MostLikelyValue,
    expected_value,
    most_likely_value,
)
from counterpoise.predictors.hierarchy import (
    CoarseToFine,
    HierarchyPredictor,
    HierarchyProduct,
    HierarchySum,
    at_finest,
)
from counterpoise.predictors.hierarchy_average import HierarchyAverage
from counterpoise.predictors.logit_adjusted import LogitAdjusted
from counterpoise.predictors.nearest_class_mean import (
    NearestClassMean,
    centered_unit_features,
    mean_product,
    nearest_class_mean,
    negative_squared_distance,
    raw_features,
    unit_features,
)
from counterpoise.predictors.predictor import Calibrated
from counterpoise.predictors.prior_estimation import estimated_prior
from counterpoise.predictors.region_probabilities import (
    BackgroundExempted,
    GroupProbabilities,
    RegionProbabilities,
    SigmoidProbabilities,
    SoftmaxProbabilities,
)
from counterpoise.predictors.target_prior import TargetPrior, prior_shift
from counterpoise.predictors.tau_normalized import TauNormalized
from counterpoise.predictors.tempered import Tempered
from counterpoise.predictors.test_time_aggregated import TestTimeAggregated, agreement
from counterpoise.predictors.total_direct_effect import FoldedEffect, TotalDirectEffect

__all__ = [
    "BackgroundExempted",
    "Calibrated",
    "CoarseToFine",
    "Decoder",
    "ExpectedValue",
    "FoldedEffect",
    "GroupProbabilities",
    "HierarchyAverage",
    "HierarchyPredictor",
    "HierarchyProduct",
    "HierarchySum",
    "LogitAdjusted",
    "MostLikelyValue",
    "NearestClassMean",
    "RegionProbabilities",
    "SigmoidProbabilities",
    "SoftmaxProbabilities",
    "TargetPrior",
    "TauNormalized",
    "Tempered",
    "TestTimeAggregated",
    "TotalDirectEffect",
    "agreement",
    "at_finest",
    "background_exempted",
    "centered_unit_features",
    "estimated_prior",
    "expected_value",
    "mean_product",
    "most_likely_value",
    "nearest_class_mean",
    "negative_squared_distance",
    "prior_shift",
    "raw_features",
    "unit_features",
]

"""Predictors: inference rules that rewire a trained net, and choose their strength after training."""

from counterpoise.predictors.background_exempted import background_exempted
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
from counterpoise.predictors.tau_normalized import TauNormalized
from counterpoise.predictors.total_direct_effect import FoldedEffect, TotalDirectEffect

__all__ = [
    "Calibrated",
    "FoldedEffect",
    "LogitAdjusted",
    "NearestClassMean",
    "TauNormalized",
    "TotalDirectEffect",
    "background_exempted",
    "centered_unit_features",
    "mean_product",
    "nearest_class_mean",
    "negative_squared_distance",
    "raw_features",
    "unit_features",
]

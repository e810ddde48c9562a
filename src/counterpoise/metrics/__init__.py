"""Metrics that look at the tail."""

from counterpoise.metrics.calibration import Reliability, calibration_summary, reliability
from counterpoise.metrics.depth import depth_bins, depth_by_shot, depth_scores
from counterpoise.metrics.functional import mean_class_recall, per_class_accuracy
from counterpoise.metrics.hierarchy import inconsistency, mean_peaks, summation_inconsistency
from counterpoise.metrics.open_set import OpenSetScores, open_set_f_measure
from counterpoise.metrics.regression import (
    balanced_mean,
    geometric_mean_error,
    regression_by_shot,
    regression_scores,
)
from counterpoise.metrics.shots import ShotAccuracy, ShotGroups, shot_groups

__all__ = [
    "OpenSetScores",
    "Reliability",
    "ShotAccuracy",
    "ShotGroups",
    "balanced_mean",
    "calibration_summary",
    "depth_bins",
    "depth_by_shot",
    "depth_scores",
    "geometric_mean_error",
    "inconsistency",
    "mean_class_recall",
    "mean_peaks",
    "open_set_f_measure",
    "per_class_accuracy",
    "regression_by_shot",
    "regression_scores",
    "reliability",
    "shot_groups",
    "summation_inconsistency",
]

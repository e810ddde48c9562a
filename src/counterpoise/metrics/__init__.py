"""Metrics that look at the tail."""

from counterpoise.metrics.calibration import calibration_summary
from counterpoise.metrics.depth import depth_bins, depth_by_shot, depth_scores
from counterpoise.metrics.detection import (
    counted_by_category,
    counted_by_rule,
    detection_precisions,
    precision_summary,
)
from counterpoise.metrics.detections import Detections, Truth
from counterpoise.metrics.functional import macro_f1
from counterpoise.metrics.hierarchy import (
    inconsistency,
    mean_peaks,
    restricted_class,
    summation_inconsistency,
)
from counterpoise.metrics.intervals import binned_quantiles, central_intervals
from counterpoise.metrics.neighbours import Leakage, leakage
from counterpoise.metrics.open_set import OpenSetScores, open_set_f_measure
from counterpoise.metrics.packed_masks import PackedMasks
from counterpoise.metrics.precision import (
    AccuracyPrecision,
    accuracy_precision,
    attribute_group_scores,
    class_group_scores,
    class_precision,
)
from counterpoise.metrics.regression import (
    balanced_mean,
    geometric_mean_error,
    regression_by_shot,
    regression_scores,
)
from counterpoise.metrics.shots import ShotAccuracy, ShotGroups, shot_groups
from counterpoise.recall import mean_class_recall, per_class_accuracy
from counterpoise.reliability import Reliability, reliability

__all__ = [
    "AccuracyPrecision",
    "Detections",
    "Leakage",
    "OpenSetScores",
    "PackedMasks",
    "Reliability",
    "ShotAccuracy",
    "ShotGroups",
    "Truth",
    "accuracy_precision",
    "attribute_group_scores",
    "balanced_mean",
    "binned_quantiles",
    "calibration_summary",
    "central_intervals",
    "class_group_scores",
    "class_precision",
    "counted_by_category",
    "counted_by_rule",
    "depth_bins",
    "depth_by_shot",
    "depth_scores",
    "detection_precisions",
    "geometric_mean_error",
    "inconsistency",
    "leakage",
    "macro_f1",
    "mean_class_recall",
    "mean_peaks",
    "open_set_f_measure",
    "per_class_accuracy",
    "precision_summary",
    "regression_by_shot",
    "regression_scores",
    "reliability",
    "restricted_class",
    "shot_groups",
    "summation_inconsistency",
]

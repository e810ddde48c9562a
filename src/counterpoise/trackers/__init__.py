"""Trackers: running statistics of training that inference needs."""

from counterpoise.trackers.buckets import clamped_buckets, published_buckets
from counterpoise.trackers.confidences import Confidences
from counterpoise.trackers.feature_queue import FeatureQueue
from counterpoise.trackers.feature_statistics import FeatureStatistics, calibrated
from counterpoise.trackers.head_direction import HeadDirection, coupled_momentum
from counterpoise.trackers.loss_memory import LossMemory
from counterpoise.trackers.mean_teacher import MeanTeacher, teacher_decay
from counterpoise.trackers.trust import AdaptiveWeights, EqualShareThresholds, FixedThreshold, Trust
from counterpoise.trackers.weight_average import frozen_copy, move_towards, take_modes

__all__ = [
    "AdaptiveWeights",
    "Confidences",
    "EqualShareThresholds",
    "FeatureQueue",
    "FeatureStatistics",
    "FixedThreshold",
    "HeadDirection",
    "LossMemory",
    "MeanTeacher",
    "Trust",
    "calibrated",
    "clamped_buckets",
    "coupled_momentum",
    "frozen_copy",
    "move_towards",
    "published_buckets",
    "take_modes",
    "teacher_decay",
]

"""Trackers: running statistics of training that inference needs."""

from counterpoise.trackers.buckets import clamped_buckets, published_buckets
from counterpoise.trackers.feature_statistics import FeatureStatistics, calibrated
from counterpoise.trackers.head_direction import HeadDirection, coupled_momentum

__all__ = [
    "FeatureStatistics",
    "HeadDirection",
    "calibrated",
    "clamped_buckets",
    "coupled_momentum",
    "published_buckets",
]

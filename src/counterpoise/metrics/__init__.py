"""Metrics that look at the tail."""

from counterpoise.metrics.functional import mean_class_recall, per_class_accuracy
from counterpoise.metrics.shots import ShotAccuracy, ShotGroups, shot_groups

__all__ = ["ShotAccuracy", "ShotGroups", "mean_class_recall", "per_class_accuracy", "shot_groups"]

"""Trackers: running statistics of training that inference needs."""

from counterpoise.trackers.head_direction import HeadDirection, coupled_momentum

__all__ = ["HeadDirection", "coupled_momentum"]

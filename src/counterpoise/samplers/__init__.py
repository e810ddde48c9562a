"""Samplers: which samples an epoch visits, and in which order."""

from counterpoise.samplers.sampler import Sampler
from counterpoise.samplers.shuffled import InOrder, Shuffled

__all__ = ["InOrder", "Sampler", "Shuffled"]

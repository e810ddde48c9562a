"""Samplers: which samples an epoch visits, and in which order."""

from counterpoise.samplers.class_aware import ClassAwareSampler
from counterpoise.samplers.class_members import ClassMembers
from counterpoise.samplers.class_probabilities import (
    effective_number_probabilities,
    power_probabilities,
    progressive_probabilities,
    reversed_probabilities,
    reversed_weights,
)
from counterpoise.samplers.effective_number import EffectiveNumberSampler
from counterpoise.samplers.epoch_aware import EpochAware
from counterpoise.samplers.power import PowerSampler
from counterpoise.samplers.progressive import ProgressiveSampler
from counterpoise.samplers.reversed import ReversedSampler
from counterpoise.samplers.sampler import Sampler
from counterpoise.samplers.shuffled import InOrder, Shuffled

__all__ = [
    "ClassAwareSampler",
    "ClassMembers",
    "EffectiveNumberSampler",
    "EpochAware",
    "InOrder",
    "PowerSampler",
    "ProgressiveSampler",
    "ReversedSampler",
    "Sampler",
    "Shuffled",
    "effective_number_probabilities",
    "power_probabilities",
    "progressive_probabilities",
    "reversed_probabilities",
    "reversed_weights",
]

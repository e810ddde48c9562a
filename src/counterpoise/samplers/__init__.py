"""Samplers: which samples an epoch visits, and in which order."""

from counterpoise.samplers.blocks import BlockShuffled
from counterpoise.samplers.class_aware import ClassAwareSampler
from counterpoise.samplers.class_members import ClassMembers
from counterpoise.samplers.class_probabilities import (
    effective_number_probabilities,
    power_probabilities,
    progressive_probabilities,
    reversed_probabilities,
    reversed_weights,
)
from counterpoise.samplers.deferred import DeferredSampler
from counterpoise.samplers.drawing import DrawingSampler
from counterpoise.samplers.effective_number import EffectiveNumberSampler
from counterpoise.samplers.environments import (
    environment_weights,
    hardness_weights,
    weights_both_ways,
    weights_over_all,
    weights_within_classes,
)
from counterpoise.samplers.epoch_aware import EpochAware
from counterpoise.samplers.labels import labels_of
from counterpoise.samplers.power import PowerSampler
from counterpoise.samplers.progressive import ProgressiveSampler
from counterpoise.samplers.repeat_factor import RepeatFactorSampler, repeat_factors
from counterpoise.samplers.repeated import Repeated
from counterpoise.samplers.replayed import Replayed
from counterpoise.samplers.reversed import ReversedSampler
from counterpoise.samplers.sampler import Sampler
from counterpoise.samplers.shuffled import InOrder, Shuffled
from counterpoise.samplers.weighted import LateWeightedSampler, WeightedSampler, weighted_draws

__all__ = [
    "BlockShuffled",
    "ClassAwareSampler",
    "ClassMembers",
    "DeferredSampler",
    "DrawingSampler",
    "EffectiveNumberSampler",
    "EpochAware",
    "InOrder",
    "LateWeightedSampler",
    "PowerSampler",
    "ProgressiveSampler",
    "RepeatFactorSampler",
    "Repeated",
    "Replayed",
    "ReversedSampler",
    "Sampler",
    "Shuffled",
    "WeightedSampler",
    "effective_number_probabilities",
    "environment_weights",
    "hardness_weights",
    "labels_of",
    "power_probabilities",
    "progressive_probabilities",
    "repeat_factors",
    "reversed_probabilities",
    "reversed_weights",
    "weighted_draws",
    "weights_both_ways",
    "weights_over_all",
    "weights_within_classes",
]

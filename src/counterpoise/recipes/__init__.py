"""Recipes and modifiers: whole experiments as typed functions."""

from counterpoise.recipes.deconfounding import (
    capsule,
    capsule_tde,
    cosine,
    cosine_tde,
    cross_entropy,
    deconfound,
    deconfound_tde,
    tde,
)

__all__ = [
    "capsule",
    "capsule_tde",
    "cosine",
    "cosine_tde",
    "cross_entropy",
    "deconfound",
    "deconfound_tde",
    "tde",
]

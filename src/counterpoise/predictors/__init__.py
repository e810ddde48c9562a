"""Predictors: inference rules that rewire a trained net, and choose their strength after training."""

from counterpoise.predictors.background_exempted import background_exempted
from counterpoise.predictors.total_direct_effect import TotalDirectEffect

__all__ = ["TotalDirectEffect", "background_exempted"]

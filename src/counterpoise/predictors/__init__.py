"""Predictors: inference rules that rewire a trained net, and choose their strength after training."""

from counterpoise.predictors.background_exempted import background_exempted
from counterpoise.predictors.predictor import Calibrated
from counterpoise.predictors.total_direct_effect import FoldedEffect, TotalDirectEffect

__all__ = ["Calibrated", "FoldedEffect", "TotalDirectEffect", "background_exempted"]

"""Inference rules of the house around a fitted classifier."""

import torch
from torch import Tensor

from counterpoise.estimators.scoring import dtype_of
from counterpoise.net import Classifier
from counterpoise.predictors import (
    NearestClassMean,
    TargetPrior,
    TauNormalized,
    Tempered,
    TotalDirectEffect,
    centered_unit_features,
    nearest_class_mean,
    raw_features,
    unit_features,
)
from counterpoise.predictors.predictor import best_on_validation
from counterpoise.predictors.tau_normalized import TAU_GRID
from counterpoise.predictors.total_direct_effect import ALPHA_GRID
from counterpoise.recall import class_hits

TRANSFORMS = {"centered_unit": centered_unit_features, "unit": unit_features, "raw": raw_features}


def class_means_of(features: Tensor, targets: Tensor, classes: int, transformed: str) -> NearestClassMean:
    """The nearest-class-mean rule of features, (N, D), transformed as a word says."""
    return nearest_class_mean(features, targets, num_classes=classes, transform=TRANSFORMS[transformed])


def answering(
    predictor: Classifier, *, temperature: float, answered: Tensor, wanted: Tensor | None
) -> Classifier:
    """Calibrated scores that answer for the wanted prior, (C,), or where there is none, as they do.

    Args:
        predictor: whose scores answer for a prior.
        temperature: T of `Tempered`.
        answered: that prior, (C,).
        wanted: another one, (C,).
    """
    dtype = dtype_of(predictor)
    tempered = Tempered(predictor, temperature=temperature, prior=answered).to(dtype)
    if wanted is None:
        return tempered
    return TargetPrior(tempered, answered=answered, wanted=wanted).to(dtype)


def best_temperature(predictor: Classifier, features: Tensor, targets: Tensor, answered: Tensor) -> float:
    """The temperature of `Tempered.calibrate` on held-out features; (V, D), (V,), (C,)."""
    tempered = Tempered(predictor, temperature=None, prior=answered).to(features.dtype)
    tempered.calibrate(features, targets)
    return tempered.temperature.item()


def swept_alpha(effect: TotalDirectEffect, features: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, float]:
    """Alphas, the balanced accuracy of each on held-out features, and the best, as `calibrate` chooses it."""
    scores = effect.accuracies(features, targets, ALPHA_GRID)
    return ALPHA_GRID, scores, _best("alpha", ALPHA_GRID, scores, targets)


def swept_tau(normalized: TauNormalized, features: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, float]:
    """Taus, the balanced accuracy of each on held-out features, and the best, as `calibrate` chooses it."""
    scores = normalized.accuracies(features, targets, TAU_GRID)
    return TAU_GRID, scores, _best("tau", TAU_GRID, scores, targets)


def _best(name: str, grid: Tensor, scores: Tensor, targets: Tensor) -> float:
    return best_on_validation(name, grid, scores, len(targets))[0].item()


def ruled_alpha(effect: TotalDirectEffect, features: Tensor) -> float:
    """Alpha by the authors' rule that it is one over the mean cosine to the head direction."""
    effect.calibrate(features, None)
    return effect.alpha.item()


@torch.no_grad()
def alpha_hits(effect: TotalDirectEffect, features: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Right answers of each class with each alpha, and samples of each class; (B, D), (B,) -> (A, C), (C,)."""
    answers = effect.sweep(features, ALPHA_GRID).argmax(dim=2)
    counted = [class_hits(row, targets, effect.num_classes) for row in answers]
    return torch.stack([hits for hits, _ in counted]).double(), counted[0][1].double()


def best_alpha(hits: Tensor, seen: Tensor) -> float:
    """The alpha with the best mean recall of the classes that were seen, the middle one of equals; (A, C), (C,)."""
    return _best("alpha", ALPHA_GRID, (hits / seen)[:, seen > 0].mean(dim=1), seen)

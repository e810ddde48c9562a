"""Temperature scaling: one number that makes probabilities honest and changes no decision."""

import math
from typing import cast

import torch
import torch.nn.functional as F
from scipy.optimize import minimize_scalar
from torch import Tensor

from counterpoise.classifiers.normalized import Normalizing
from counterpoise.counts import checked_prior, count_classes
from counterpoise.errors import InputError
from counterpoise.net import Classifier
from counterpoise.reliability import reliability, top_one

LOWEST, HIGHEST = 0.01, 100.0
FEWEST = 10


class Tempered(Classifier):
    """Logits ``z / T`` of any trained classifier; Guo et al., ICML 2017.

    The order of the classes stays. Over a classifier that normalises its features it does so too, with scaled
    logits, so that `TotalDirectEffect` takes it.

    Args:
        classifier: trained classifier.
        temperature: T > 0. None leaves the choice to `calibrate`; until then it is 1.
        prior: class prior for which the classifier's scores answer, (C,). The probabilities are to be honest
            there, though the validation split may have another class mix.

    Raises:
        InputError: a temperature that is not above 0, or the prior is none, see `checked_prior`.

    A rule for inference alone: train the classifier by itself.
    """

    temperature: Tensor
    prior: Tensor

    def __init__(self, classifier: Classifier, *, temperature: float | None, prior: Tensor) -> None:
        super().__init__()
        if temperature is not None and not temperature > 0:
            raise InputError(
                f"temperature must be above 0, but {temperature} came; None leaves it to calibrate"
            )
        self.classifier = classifier
        self.dim, self.num_classes = classifier.dim, classifier.num_classes
        self.given = temperature is not None
        self.register_buffer("temperature", torch.tensor(1.0 if temperature is None else temperature))
        self.register_buffer("prior", checked_prior(prior, self.num_classes).float())
        if isinstance(classifier, Normalizing):
            self.groups, self.normalizer = classifier.groups, classifier.normalizer
            self.normalize, self.project = classifier.normalize, self._tempered_projection

    def forward(self, features: Tensor) -> Tensor:
        """Logits; (B, D) -> (B, C)."""
        return self.classifier(features) / self.temperature

    def _tempered_projection(self, normalized: Tensor) -> Tensor:
        """Logits of normalised features; (..., K, D/K) -> (..., C)."""
        return cast(Normalizing, self.classifier).project(normalized) / self.temperature

    @property
    def reads_unlabeled(self) -> bool:
        """Without a validation split the features say nothing."""
        return False

    @torch.no_grad()
    def calibrate(self, features: Tensor, targets: Tensor | None) -> str:
        """Fit T if none was given; the choice becomes part of the saved state.

        With labels: the T of 0.01 .. 100 with the least negative log-likelihood, in which a sample of class y has
        the weight ``prior[y] / share of y among the labels``: the labels are mostly drawn like the long-tailed
        training data, the scores mostly answer for equally likely classes. Without labels, with fewer than 10, or
        when every answer is right (then the likelihood has no best T), it stays 1 (ours).

        Args:
            features: of a validation split, (N, D).
            targets: labels of the validation split, (N,), or None.

        Returns:
            A sentence that says how T was chosen.
        """
        if self.given:
            return f"temperature {self.temperature.item():g}, as given"
        if targets is None:
            return "temperature 1 (no validation split)"
        logits, weights = self.classifier(features), self._weights(targets)
        told = (weights > 0) & logits.gather(1, targets.unsqueeze(1)).squeeze(1).isfinite()
        logits, targets, weights = logits[told], targets[told], weights[told]
        if len(targets) < FEWEST:
            return f"temperature 1 ({len(targets)} validation images are too few to fit one)"
        before, right, _ = top_one(logits, targets)
        if right.all():
            return f"temperature 1 (all {len(targets)} validation images are right, which none fits best)"
        self.temperature.fill_(best_temperature(logits, targets, weights))
        after, _, _ = top_one(logits / self.temperature, targets)
        errors = [reliability(confidence, right, weights=weights).error for confidence in (before, after)]
        return (
            f"temperature {self.temperature.item():.2f} fitted on {len(targets)} validation images "
            f"(expected calibration error there {errors[0]:.3f} -> {errors[1]:.3f})"
        )

    def _weights(self, targets: Tensor) -> Tensor:
        """What turns the class mix of the labels into the prior; (N,) -> (N,)."""
        shares = count_classes(targets, self.num_classes) / len(targets)
        return (self.prior / shares)[targets]


def best_temperature(logits: Tensor, targets: Tensor, weights: Tensor) -> float:
    """The T of 0.01 .. 100 with the least weighted negative log-likelihood, which has one valley in T.

    Args:
        logits: (N, C); those of the true classes are finite.
        targets: (N,).
        weights: of each sample, (N,), above 0.
    """
    logits, shares = logits.double(), weights.double() / weights.sum()

    def surprise(log_temperature: float) -> float:
        tempered = logits / math.exp(log_temperature)
        return (shares @ F.cross_entropy(tempered, targets, reduction="none")).item()

    bounds = (math.log(LOWEST), math.log(HIGHEST))
    found = minimize_scalar(surprise, bounds=bounds, method="bounded", options={"xatol": 1e-6})
    return math.exp(found.x)  # pyright: ignore[reportAttributeAccessIssue]

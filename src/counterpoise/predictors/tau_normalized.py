"""Tau-normalisation: weigh all classes alike by taking a power of the norm out of their weights."""

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from counterpoise.classifiers.grouping import divided, length
from counterpoise.classifiers.linear import Affine
from counterpoise.errors import InputError
from counterpoise.net import Classifier
from counterpoise.predictors.predictor import best_on_validation
from counterpoise.recall import mean_class_recall

TAU_GRID = torch.linspace(0, 2, 21)


class TauNormalized(Classifier):
    """Logits ``<w_i, x> / ||w_i||^tau`` of a trained linear classifier; Kang et al., Decoupling, ICLR 2020.

    The bias is dropped, as in the paper. ``tau = 0`` leaves the weights as they are, 1 gives all classes weights
    of length one. A class whose weights are zero has logit 0.

    Args:
        classifier: trained classifier whose logits are ``x W^T + b``.
        tau: power of the norm. The paper chooses it from 0, 0.1 .. 2 on a validation split; None leaves the
            choice to `calibrate`; until then it is 0.

    Raises:
        InputError: the logits of the classifier are not linear in the features.

    A rule for inference alone: train the classifier by itself.
    """

    tau: Tensor
    classifier: Affine

    def __init__(self, classifier: nn.Module, *, tau: float | None) -> None:
        super().__init__()
        if not isinstance(classifier, Affine):
            raise InputError(
                "TauNormalized needs a classifier whose logits are x W^T + b (linear), but those of "
                f"{type(classifier).__name__} are not linear in one weight matrix; train with a linear one"
            )
        self.classifier = cast(Affine, classifier)
        self.num_classes, self.dim = self.classifier.weight.shape
        self.given = tau is not None
        self.register_buffer("tau", self.classifier.weight.new_tensor(0.0 if tau is None else tau))

    def norms(self) -> Tensor:
        """Length of each class's weights; () -> (C, 1)."""
        return length(self.classifier.weight)

    def weight(self) -> Tensor:
        """The tau-normalised weights; () -> (C, D)."""
        return divided(self.classifier.weight, self.norms() ** self.tau)

    def forward(self, features: Tensor) -> Tensor:
        """Logits; (B, D) -> (B, C)."""
        return F.linear(features, self.weight())

    @property
    def reads_unlabeled(self) -> bool:
        """Without a validation split the features say nothing."""
        return False

    def calibrate(self, features: Tensor, targets: Tensor | None) -> str:
        """Choose tau if none was given; the choice becomes part of the saved state.

        With labels: the tau of 0, 0.1 .. 2 with the best class-balanced accuracy (the middle one of equals).
        The release compares overall accuracy on validation splits that are balanced, which is the same there.
        Without: 1, which takes the norms out altogether (ours).

        Args:
            features: of a validation split, (N, D).
            targets: labels of the validation split, (N,), or None.

        Returns:
            A sentence that says how tau was chosen.
        """
        if self.given:
            return f"tau {self.tau.item():g}, as given"
        if targets is None:
            self.tau.fill_(1)
            return "tau 1, which takes the norms of the weights out altogether (no validation split)"
        scores = self.accuracies(features, targets, TAU_GRID)
        chosen, sentence = best_on_validation("tau", TAU_GRID, scores, len(targets))
        self.tau.copy_(chosen)
        return sentence

    @torch.no_grad()
    def accuracies(self, features: Tensor, targets: Tensor, taus: Tensor) -> Tensor:
        """Class-balanced accuracy for each tau, from one matrix product; (N, D), (N,), (A,) -> (A,)."""
        products, norms = F.linear(features, self.classifier.weight), self.norms().T
        logits = (divided(products, norms**tau) for tau in taus.to(norms))
        return torch.stack([mean_class_recall(row.argmax(1), targets, self.num_classes) for row in logits])

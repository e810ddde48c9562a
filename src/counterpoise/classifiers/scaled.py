"""Learnable weight scaling: a trained classifier and one new number for each class."""

from typing import cast

import torch
from torch import Tensor, nn

from counterpoise.classifiers.normalized import Normalizing
from counterpoise.net import Classifier


class ScaledClassifier(Classifier):
    """Logits ``s_i * z_i`` over the logits z of a trained classifier; LWS of Kang et al., Decoupling, ICLR 2020.

    For a linear classifier that is ``s_i * (w_i x + b_i)``: the scale multiplies the bias too, as in the released
    code. The scales start at 1. Only they are to be trained: the classifier inside is frozen when it is wrapped,
    and a stage must train ``classifier.scale`` alone.

    Over a cosine, capsule or De-confounded classifier it normalises its features and projects them as that one
    does, with scaled logits, so that `TotalDirectEffect` takes it.

    Args:
        classifier: the trained classifier of the first stage.

    Training and inference compute the same.
    """

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.dim, self.num_classes = classifier.dim, classifier.num_classes
        self.classifier = classifier.requires_grad_(False)
        like = next(classifier.parameters(), torch.empty(0))
        self.scale = nn.Parameter(torch.ones(self.num_classes, dtype=like.dtype, device=like.device))
        if isinstance(classifier, Normalizing):
            self.groups, self.normalizer = classifier.groups, classifier.normalizer
            self.normalize, self.project = classifier.normalize, self._scaled_projection

    def reset_parameters(self) -> None:
        """Set all scales to 1."""
        nn.init.ones_(self.scale)

    def forward(self, features: Tensor) -> Tensor:
        """Logits; (B, D) -> (B, C)."""
        return self.scale * self.classifier(features)

    def _scaled_projection(self, normalized: Tensor) -> Tensor:
        """Logits of normalised features; (..., K, D/K) -> (..., C)."""
        return self.scale * cast(Normalizing, self.classifier).project(normalized)

"""From classes back to values."""

from abc import abstractmethod

from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.net import Classifier


class Decoder(Classifier):
    """A value for each sample, (B,), from a classifier of bins.

    Args:
        classifier: trained classifier of the bins.
        representatives: the value that each bin stands for, (C,).

    Raises:
        InputError: not one representative for each class.
    """

    representatives: Tensor

    def __init__(self, classifier: Classifier, representatives: Tensor) -> None:
        super().__init__()
        self.classifier = classifier
        self.dim, self.num_classes = classifier.dim, classifier.num_classes
        if representatives.shape != (self.num_classes,):
            raise InputError(
                f"expected {self.num_classes} representatives, one for each class, but {tuple(representatives.shape)} "
                "came; take the midpoints or the class_means of the bins"
            )
        self.register_buffer("representatives", representatives)

    @abstractmethod
    def decoded(self, logits: Tensor) -> Tensor:
        """Values of logits; (B, C) -> (B,)."""

    def forward(self, features: Tensor) -> Tensor:
        """Values; (B, D) -> (B,)."""
        return self.decoded(self.classifier(features))


class MostLikelyValue(Decoder):
    """The value that the most likely class stands for; classification for regression (Xiong, Yao, CVPR 2024).

    Args:
        classifier: trained classifier of the bins, or a predictor over one such as `HierarchyProduct`.
        representatives: the value that each bin stands for, (C,): `class_means` in the paper, `midpoints` for ages.

    Raises:
        InputError: not one representative for each class.

    A rule for inference alone: train the classifier by itself.
    """

    def decoded(self, logits: Tensor) -> Tensor:
        """Values of logits; (B, C) -> (B,)."""
        return most_likely_value(logits, self.representatives)


class ExpectedValue(Decoder):
    """The mean of the values of all classes, each with its probability. Not what the paper does; ours.

    It may lie between two classes, and lies further inside than they do at the ends of the range.

    Args:
        classifier: trained classifier of the bins, or a predictor over one such as `HierarchyProduct`.
        representatives: the value that each bin stands for, (C,).

    Raises:
        InputError: not one representative for each class.

    A rule for inference alone: train the classifier by itself.
    """

    def decoded(self, logits: Tensor) -> Tensor:
        """Values of logits; (B, C) -> (B,)."""
        return expected_value(logits, self.representatives)


def most_likely_value(logits: Tensor, representatives: Tensor) -> Tensor:
    """The representative of the largest logit, the first of equals; (B, C), (C,) -> (B,)."""
    return representatives[logits.argmax(dim=1)]


def expected_value(logits: Tensor, representatives: Tensor) -> Tensor:
    """``sum_c softmax(z)_c r_c``; (B, C), (C,) -> (B,)."""
    return logits.softmax(dim=1) @ representatives.to(logits.dtype)

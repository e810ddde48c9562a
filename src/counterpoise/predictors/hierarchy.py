"""Hierarchical classification adjustment without learning: all levels of a hierarchy vote for the finest classes."""

from abc import abstractmethod

import torch
from torch import Tensor, nn

from counterpoise.classifiers.hierarchical import Hierarchical, hierarchical
from counterpoise.errors import InputError
from counterpoise.hierarchy import level_sizes
from counterpoise.net import Classifier


class HierarchyPredictor(Classifier):
    """Logits of the finest classes from the logits of all levels of a trained classifier.

    Args:
        classifier: trained classifier that scores classes at several levels.

    Raises:
        InputError: the classifier has one level only.
    """

    classifier: Hierarchical

    def __init__(self, classifier: nn.Module) -> None:
        super().__init__()
        self.classifier = hierarchical(classifier, type(self).__name__)
        self.dim, self.num_classes = self.classifier.dim, self.classifier.num_classes
        self.sizes = level_sizes(self.classifier.levels)

    @abstractmethod
    def combined(self, scores: Tensor) -> Tensor:
        """One logit from the log-probabilities of each level; (B, H, C) -> (B, C)."""

    def forward(self, features: Tensor) -> Tensor:
        """Logits; (B, D) -> (B, C)."""
        outputs = self.classifier.outputs(features)
        return self.combined(at_finest(outputs, self.classifier.levels, self.sizes))


class HierarchySum(HierarchyPredictor):
    """HCA-add (Xiong, Yao, CVPR 2024, equation 7): the probabilities of all levels are added.

    A finest class gets, beside its own probability, that of the coarse class that holds it at each level. The logits
    are the logarithm of the sum, so that their softmax shares the mass in its proportions.

    Args:
        classifier: trained classifier that scores classes at several levels, such as `HierarchicalClassifier`.

    Raises:
        InputError: the classifier has one level only.

    A rule for inference alone: train the classifier by itself.
    """

    def combined(self, scores: Tensor) -> Tensor:
        """Logarithm of the added probabilities; (B, H, C) -> (B, C)."""
        return scores.logsumexp(dim=1)


class HierarchyProduct(HierarchyPredictor):
    """HCA-mul (Xiong, Yao, CVPR 2024, equation 8): the probabilities of all levels are multiplied.

    The logits are the sum of log-probabilities, as in the paper; the released code multiplies the probabilities
    themselves, which has the same largest class until it underflows.

    Args:
        classifier: trained classifier that scores classes at several levels, such as `HierarchicalClassifier`.

    Raises:
        InputError: the classifier has one level only.

    A rule for inference alone: train the classifier by itself.
    """

    def combined(self, scores: Tensor) -> Tensor:
        """Sum of the log-probabilities; (B, H, C) -> (B, C)."""
        return scores.sum(dim=1)


class CoarseToFine(HierarchyPredictor):
    """The finest level decides within the most likely class of a coarse one (Xiong, Yao, CVPR 2024, figure 4b).

    Finest classes elsewhere have logit -inf. A coarse level that errs cannot be put right, which is what
    `HierarchySum` and `HierarchyProduct` are for.

    Args:
        classifier: trained classifier that scores classes at several levels, such as `HierarchicalClassifier`.
        level: the coarse level, from 0; -1 is the finest itself.

    Raises:
        InputError: the classifier has one level only, or has no such level.

    A rule for inference alone: train the classifier by itself.
    """

    def __init__(self, classifier: nn.Module, *, level: int) -> None:
        super().__init__(classifier)
        if not -len(self.sizes) <= level < len(self.sizes):
            raise InputError(
                f"level must lie in 0 .. {len(self.sizes) - 1}, but {level} came; the last is the finest"
            )
        self.level = level

    def combined(self, scores: Tensor) -> Tensor:
        """The finest log-probabilities, -inf outside; (B, H, C) -> (B, C)."""
        group = self.classifier.levels[self.level]
        chosen = group[scores[:, self.level].argmax(dim=1)]
        return scores[:, -1].masked_fill(group != chosen.unsqueeze(1), -torch.inf)


def at_finest(outputs: Tensor, levels: Tensor, sizes: list[int]) -> Tensor:
    """For each finest class, the log-probability of the class of each level that holds it; -> (B, H, C).

    Args:
        outputs: logits of all levels, (B, S).
        levels: the hierarchy, (H, C), see `counterpoise.hierarchy`.
        sizes: number of classes of each level.
    """
    pairs = zip(outputs.split(sizes, dim=1), levels, strict=True)
    return torch.stack([logits.log_softmax(dim=1)[:, group] for logits, group in pairs], dim=1)

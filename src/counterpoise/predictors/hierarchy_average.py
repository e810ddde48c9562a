"""The mean of what all levels of a hierarchy say, as values."""

import torch
from torch import Tensor, nn

from counterpoise.classifiers.hierarchical import Hierarchical, hierarchical
from counterpoise.errors import InputError
from counterpoise.hierarchy import level_sizes
from counterpoise.net import Classifier
from counterpoise.predictors.decoding import most_likely_value


class HierarchyAverage(Classifier):
    """Decodes every level by itself and takes the mean; the row "Average" of table 3 (Xiong, Yao, CVPR 2024).

    The coarse levels spoil it, as their values are far apart: what `HierarchySum` and `HierarchyProduct` do better.

    Args:
        classifier: trained classifier that scores classes at several levels, such as `HierarchicalClassifier`.
        representatives: the value that each class of each level stands for, (S,), see
            `counterpoise.hierarchy.level_means`.

    Raises:
        InputError: the classifier has one level only, or not one representative for each class of each level.

    A rule for inference alone: train the classifier by itself.
    """

    classifier: Hierarchical
    representatives: Tensor

    def __init__(self, classifier: nn.Module, representatives: Tensor) -> None:
        super().__init__()
        self.classifier = hierarchical(classifier, "HierarchyAverage")
        self.dim, self.num_classes = self.classifier.dim, self.classifier.num_classes
        self.sizes = level_sizes(self.classifier.levels)
        if representatives.shape != (sum(self.sizes),):
            raise InputError(
                f"expected {sum(self.sizes)} representatives, one for each class of each level, but "
                f"{tuple(representatives.shape)} came; take the level_means of the training targets"
            )
        self.register_buffer("representatives", representatives)

    def per_level(self, features: Tensor) -> Tensor:
        """The value that each level decodes to; (B, D) -> (B, H)."""
        outputs = self.classifier.outputs(features).split(self.sizes, dim=1)
        pairs = zip(outputs, self.representatives.split(self.sizes), strict=True)
        return torch.stack([most_likely_value(*pair) for pair in pairs], dim=1)

    def forward(self, features: Tensor) -> Tensor:
        """Values; (B, D) -> (B,)."""
        return self.per_level(features).mean(dim=1)

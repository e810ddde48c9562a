"""A net: a backbone that makes features, and a classifier that makes logits of them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from torch import Tensor, nn


class Classifier(nn.Module, ABC):
    """Maps features to logits; (B, D) -> (B, C).

    The field calls the frequent classes "head", so the last layer of a net is its classifier here.
    """

    dim: int
    num_classes: int

    @abstractmethod
    def forward(self, features: Tensor) -> Tensor:
        """Logits for inference; (B, D) -> (B, C). Always exportable."""

    def outputs(self, features: Tensor) -> Tensor:
        """What the loss consumes in training: the logits, unless a classifier says otherwise."""
        return self(features)


class Net(nn.Module):
    """Backbone and classifier; ``net(x)`` gives logits.

    Args:
        backbone: maps inputs to features, (B, ...) -> (B, D).
        classifier: maps features to logits, (B, D) -> (B, C).
    """

    backbone: nn.Module
    classifier: Classifier

    def __init__(self, backbone: nn.Module, classifier: Classifier) -> None:
        super().__init__()
        self.backbone = backbone
        self.classifier = classifier

    @property
    def classifiers(self) -> Mapping[str, Classifier]:
        """The classifiers by the name of their place; a net for images has one, "all"."""
        return {"all": self.classifier}

    def features(self, inputs: Tensor) -> Tensor:
        """Features that enter the classifier; (B, ...) -> (B, D)."""
        return self.backbone(inputs)

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits; (B, ...) -> (B, C)."""
        return self.classifier(self.features(inputs))

    def rewired(self, change: Callable[[str, Classifier], Classifier]) -> "Net":
        """The same net with other classifiers: ``change(place, classifier)``. The backbone is shared."""
        return Net(self.backbone, change("all", self.classifier))

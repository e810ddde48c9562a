"""A net: a backbone that makes features, and a classifier that makes logits of them."""

from collections.abc import Callable, Mapping

from torch import Tensor, nn


class Net(nn.Module):
    """Backbone and classifier; ``net(x)`` gives logits.

    Args:
        backbone: maps inputs to features, (B, ...) -> (B, D).
        classifier: maps features to logits, (B, D) -> (B, C).
    """

    def __init__(self, backbone: nn.Module, classifier: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.classifier = classifier

    @property
    def classifiers(self) -> Mapping[str, nn.Module]:
        """The classifiers by the name of their place; a net for images has one, "all"."""
        return {"all": self.classifier}

    def features(self, inputs: Tensor) -> Tensor:
        """Features that enter the classifier; (B, ...) -> (B, D)."""
        return self.backbone(inputs)

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits; (B, ...) -> (B, C)."""
        return self.classifier(self.features(inputs))

    def rewired(self, change: Callable[[str, nn.Module], nn.Module]) -> "Net":
        """The same net with other classifiers: ``change(place, classifier)``. The backbone is shared."""
        return Net(self.backbone, change("all", self.classifier))

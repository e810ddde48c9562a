"""A backbone of experts that asks only those that are still needed."""

from collections.abc import Callable
from typing import final

from torch import Tensor, nn

from counterpoise.backbones.experts import ExpertBackbone


@final
class SkippingExperts(nn.Module):
    """Routing that saves time: an expert computes the samples that still need it, and no others.

    The serving side of RIDE's expert assignment (Wang et al., ICLR 2021). The features of an expert that a sample did
    not need are zeros. With ``routed`` a trained `RoutedClassifier`, ``Net(SkippingExperts(backbone, routed.asked),
    routed)`` gives the answers of ``Net(backbone, routed)``, which computes all experts and then leaves out what is not
    needed: rows are decided on before the expert computes, by the same function of the same numbers.

    For inference: train with the backbone itself. The number of rows that an expert gets depends on the data, so export
    the net with the backbone itself, too.

    Args:
        backbone: trunk and experts.
        asked: of each sample, which experts it needs, (B, E * D) -> (B, E) bool. What it says of expert i must depend
            on the features of earlier experts only, for the later ones are still zeros then.
    """

    def __init__(self, backbone: ExpertBackbone, asked: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.backbone, self.asked, self.num_features = backbone, asked, backbone.num_features

    @property
    def num_experts(self) -> int:
        """E."""
        return self.backbone.num_experts

    def forward(self, x: Tensor) -> Tensor:
        """(B, ...) -> (B, E * D)."""
        shared, (first, *others) = self.backbone.trunk(x), self.backbone.experts
        begun = first(shared)
        features = begun.new_zeros(len(begun), self.num_experts, begun.shape[1])
        features[:, 0] = begun
        for number, expert in enumerate(others, start=1):
            rows = self.asked(features.flatten(1))[:, number].nonzero().squeeze(1)
            if len(rows):
                features[rows, number] = expert(shared[rows])
        return features.flatten(1)

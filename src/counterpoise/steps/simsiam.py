"""SimSiam: one view predicts the features of the other, without anything to tell it from."""

from dataclasses import replace
from typing import final

from torch import nn

from counterpoise.errors import InputError
from counterpoise.losses import NegativeCosine
from counterpoise.net import Net
from counterpoise.steps.step import Seen, Step
from counterpoise.steps.together import stream_of


@final
class SiameseSimilarity(Step):
    """Adds the loss of SimSiam (Chen, He, CVPR 2021, equation 4) as the term "similarity".

    ``-cos(h(z1), z2) / 2 - cos(h(z2), z1) / 2`` without gradient to the bare z. The projector, from features to z, and
    the predictor h are parts of this step that the stage's optimizer trains; both are left behind after it. The two
    views pass apart, as in the release. Labels are not read; alone it is a whole objective. The paper does not let
    the predictor's learning rate decay; here it follows the stage's schedule. With several processes each has batch
    norms of its own, which the paper synchronises.

    Args:
        dim: number of features D of the backbone.
        projected: number of features P of the projector, in its hidden layers too (paper: 2048).
        hidden: units of the predictor's hidden layer (paper: 512).
        first: name of the stream of one view.
        second: name of the stream of the other view of the same samples.

    Raises:
        InputError: a layer without units.
    """

    def __init__(
        self,
        dim: int,
        *,
        projected: int = 2048,
        hidden: int = 512,
        first: str = "unlabeled",
        second: str = "strong",
    ) -> None:
        super().__init__()
        if min(projected, hidden) < 1:
            raise InputError(f"layers need at least 1 unit, but {projected} and {hidden} came")
        self.projector = normalized_projector(dim, projected)
        self.predictor = nn.Sequential(*normalized_layer(projected, hidden), nn.Linear(hidden, projected))
        self.cost, self.reads = NegativeCosine(), (first, second)

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Add the term."""
        z1, z2 = (self.projector(net.features(stream_of(seen, name).inputs)) for name in self.reads)
        cost = (self.cost(self.predictor(z1), z2) + self.cost(self.predictor(z2), z1)) / 2
        return replace(seen, terms={**seen.terms, "similarity": cost})


def normalized_projector(dim: int, projected: int) -> nn.Sequential:
    """Three linear layers, each with a batch norm, the last one without ReLU, scale and shift; (B, D) -> (B, P)."""
    return nn.Sequential(
        *normalized_layer(dim, projected),
        *normalized_layer(projected, projected),
        nn.Linear(projected, projected, bias=False),
        nn.BatchNorm1d(projected, affine=False),
    )


def normalized_layer(dim: int, hidden: int) -> tuple[nn.Module, ...]:
    """A linear layer, its batch norm, and ReLU; (B, D) -> (B, hidden)."""
    return nn.Linear(dim, hidden, bias=False), nn.BatchNorm1d(hidden), nn.ReLU()

"""Feature distribution smoothing while training."""

from dataclasses import replace
from typing import final

from torch import Tensor

from counterpoise.bins import checked_edges, class_of
from counterpoise.net import Net
from counterpoise.steps.step import Seen, Step
from counterpoise.trackers import FeatureStatistics


@final
class SmoothFeatures(Step):
    """Moves features to the smoothed statistics of their target's bin (FDS; Yang et al., ICML 2021).

    Its place is before "score": penalties see the features as they are. The statistics are those of the features that
    the epoch has trained on. The released code reads the whole training set once more after each epoch, with the
    weights of its end (and batch norms that go on), and in two of its tasks collects the smoothed features by
    mistake.

    Args:
        statistics: of the features in each bin.
        edges: of the bins, (K + 1,), see `counterpoise.bins`.
    """

    edges: Tensor

    def __init__(self, statistics: FeatureStatistics, edges: Tensor) -> None:
        super().__init__()
        self.statistics = statistics
        self.register_buffer("edges", checked_edges(edges), persistent=False)
        self.plain: tuple[Tensor, Tensor] | None = None

    def forward(self, net: Net, seen: Seen) -> Seen:
        """(B, D) -> (B, D), the bins told by the true targets."""
        ((_, targets),) = seen.mixture
        bins = class_of(targets, self.edges)
        self.plain = seen.features.detach(), bins
        return replace(seen, features=self.statistics.calibrate(seen.features, bins))

    def update(self, net: Net, seen: Seen) -> None:
        """Take in the features of the batch as they were."""
        if self.plain is not None:
            self.statistics.observe(*self.plain)

    def after_epoch(self, net: Net) -> None:
        """Smooth the statistics."""
        self.statistics.close_epoch()

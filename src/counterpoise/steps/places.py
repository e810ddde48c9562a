"""The step of nets that predict a value for each place of an image."""

from dataclasses import replace
from typing import final

from counterpoise.net import Net
from counterpoise.steps.step import Seen, Step


@final
class EncodePlaces(Step):
    """Inputs -> features of all places whose target is known, and these targets; from here on a place is a row.

    So every loss, penalty and smoothing of values does for maps what it does for values. Stands where `Encode` does.
    """

    def forward(self, net: Net, seen: Seen) -> Seen:
        """(B, ...) with targets (B, h, w), nan where unknown -> (M, D) with targets (M,)."""
        ((share, targets),) = seen.mixture
        values = targets.flatten()
        known = ~values.isnan()
        return replace(seen, features=net.features(seen.inputs)[known], mixture=((share, values[known]),))

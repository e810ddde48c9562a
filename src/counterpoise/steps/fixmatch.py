"""FixMatch: what the net is sure of in a weak view, it learns in a strong one."""

from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor

from counterpoise.losses.closed_form import at_least_float32
from counterpoise.net import Net
from counterpoise.ramps import ByEpoch, Ramped
from counterpoise.steps.added_term import AddedTerm
from counterpoise.steps.step import Seen
from counterpoise.steps.together import stream_features
from counterpoise.trackers import Trust

RELEASED_WEIGHT = Ramped(1.0, 0.0)


@final
class FixMatch(AddedTerm):
    """Adds the cross-entropy of a strong view with the pseudo-labels of a weak one as the term "fixmatch".

    Sohn et al., NeurIPS 2020, equation 4. The pseudo-label is the most likely class of the weak view, without gradient;
    how much it counts is told by ``trust``, and the sum over the samples is divided by their number, believed or not.
    The release encodes both views and the labeled batch in one pass: see `EncodeTogether`.

    Args:
        trust: weighs pseudo-labels: `FixedThreshold` is FixMatch, `EqualShareThresholds` ADSH and `AdaptiveWeights`
            SAW.
        weight: from (epoch, epochs) (paper: 1).
        weak: name of the stream of weak views.
        strong: name of the stream of strong views of the same samples.
    """

    name = "fixmatch"

    def __init__(
        self,
        trust: Trust,
        *,
        weight: ByEpoch = RELEASED_WEIGHT,
        weak: str = "unlabeled",
        strong: str = "strong",
    ) -> None:
        super().__init__(weight)
        self.trust, self.reads = trust, {"weak": weak, "strong": strong}

    def term(self, net: Net, seen: Seen) -> Tensor:
        """Sum of weighed losses over the number of samples, ()."""
        with torch.no_grad():
            weak = net.classifier(stream_features(net, seen, self.reads["weak"]))
            self.probabilities = at_least_float32(weak).softmax(dim=1)
        strong = net.classifier(stream_features(net, seen, self.reads["strong"]))
        losses = F.cross_entropy(strong, self.probabilities.argmax(dim=1), reduction="none")
        return (self.trust(self.probabilities) * losses).mean()

    def update(self, net: Net, seen: Seen) -> None:
        """Let the trust watch."""
        self.trust.observe(self.probabilities)

    def after_epoch(self, net: Net) -> None:
        """Let the trust draw its conclusions."""
        self.trust.close_epoch()

"""Virtual adversarial training as a step."""

from typing import final

import torch
from torch import Tensor

from counterpoise.batch_norms import untracked
from counterpoise.losses import VirtualAdversarialLoss, entropy
from counterpoise.net import Net
from counterpoise.ramps import ByEpoch, Ramped
from counterpoise.steps.added_term import AddedTerm
from counterpoise.steps.step import Seen
from counterpoise.steps.together import stream_of

RELEASED_WEIGHT = Ramped(1.0, 0.0)


@final
class VirtualAdversarial(AddedTerm):
    """Adds the virtual adversarial loss of unlabeled samples (Miyato et al., TPAMI 2018) as the term "vat".

    The stream passes by itself, as in vat_tf: no pass moves running batch-norm statistics. All passes are in float32,
    since lower precision does not show the small changes that the direction is found by.

    Args:
        loss: finds the direction and compares.
        weight: from (epoch, epochs) (vat_tf: 1; realistic-ssl: rises to 0.3; USB: linear over 40 % of the steps).
        entropy_weight: of the mean entropy of the clean predictions beside the loss (vat_tf: 0, and 1 for the
            variant VATent; realistic-ssl: 0.1 in its runs with entropy; USB: 0.06).
        reads: name of the stream.
    """

    name = "vat"

    def __init__(
        self,
        loss: VirtualAdversarialLoss,
        *,
        weight: ByEpoch = RELEASED_WEIGHT,
        entropy_weight: float = 0.0,
        reads: str = "unlabeled",
    ) -> None:
        super().__init__(weight)
        self.loss, self.entropy_weight, self.reads = loss, entropy_weight, reads

    def term(self, net: Net, seen: Seen) -> Tensor:
        """Mean divergence of the samples and weighed entropy, ()."""
        inputs = stream_of(seen, self.reads).inputs
        with untracked(net), torch.autocast(inputs.device.type, enabled=False):
            clean = net(inputs)
            return self.loss(net, inputs, clean) + self.entropy_weight * entropy(clean).mean()

"""Where things may be: torchvision's region proposal network."""

from typing import final

from torch import Tensor
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.rpn import RegionProposalNetwork, RPNHead

from counterpoise.detection.plan import Plan


@final
class ExactRPNHead(RPNHead):
    """Torchvision's head, whose answers are float32 also where it computes with less.

    Torchvision takes the precision of the offsets for that of the boxes, and bfloat16 knows a coordinate of 1000 pixels
    to 4 of them.
    """

    def forward(self, x: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        """Objectness and offsets of each map."""
        objectness, offsets = super().forward(x)
        return [one.float() for one in objectness], [one.float() for one in offsets]


def proposal_network(width: int, levels: int, plan: Plan) -> RegionProposalNetwork:
    """The network over maps of ``levels`` strides 4, 8 .. and the last one pooled.

    Three anchors of one area at each place of a map; 256 of them are sampled in an image, half of them on objects. What
    overlaps one object by 0.7 is on it, what overlaps all by less than 0.3 is not, and of proposals that overlap by 0.7
    the better one stays (torchvision).
    """
    sides = tuple((plan.anchor * 4 * 2**level,) for level in range(levels + 1))
    anchors = AnchorGenerator(sides, ((0.5, 1.0, 2.0),) * len(sides))
    training, testing = plan.proposals
    kept = {"training": training, "testing": testing}
    head = ExactRPNHead(width, anchors.num_anchors_per_location()[0])
    return RegionProposalNetwork(anchors, head, 0.7, 0.3, 256, 0.5, kept, kept, 0.7)

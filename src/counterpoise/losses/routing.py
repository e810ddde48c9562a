"""What the routers of experts learn: to ask for more experts where that turns a wrong answer into a right one."""

import torch.nn.functional as F
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.experts import unpacked
from counterpoise.losses.closed_form import at_least_float32
from counterpoise.losses.loss import Loss


class RoutingLoss(Loss):
    """Mean over routers of binary cross-entropy, for `RoutedClassifier`; expert assignment of RIDE (ICLR 2021).

    Router i is to say yes where the first i experts are wrong together and more of them would be right
    (`worth_going_on`). It takes the logits of all experts and then the scores of the routers, (B, E * C + E - 1), and
    labels, (B,). The logits get no gradient. Training and inference compute the same.

    Args:
        experts: number of experts E, 2 or more.
        positive_weight: of a yes, which is rare; it favours accuracy over speed (released: 100).

    Raises:
        InputError: fewer than two experts, or a weight that is not above 0.
    """

    def __init__(self, experts: int, *, positive_weight: float = 100.0) -> None:
        super().__init__()
        if experts < 2 or not positive_weight > 0:
            raise InputError(
                f"expected two experts or more and a weight above 0, but {experts} and {positive_weight} came; the "
                "release has a weight of 100"
            )
        self.experts, self.positive_weight = experts, positive_weight

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, E * C + E - 1), (B,) -> (B,)."""
        said, scores = logits.tensor_split([1 - self.experts], dim=1)
        wanted = worth_going_on(unpacked(said, self.experts), targets)
        scores = at_least_float32(scores)
        losses = F.binary_cross_entropy_with_logits(
            scores,
            wanted.to(scores.dtype),
            pos_weight=scores.new_tensor(self.positive_weight),
            reduction="none",
        )
        return losses.mean(dim=1)


def worth_going_on(logits: Tensor, targets: Tensor) -> Tensor:
    """Where the first i experts are wrong together and some more would be right; (B, E, C), (B,) -> (B, E - 1) bool."""
    right = logits.cumsum(dim=1).argmax(dim=2) == targets.unsqueeze(1)
    later = right.flip(1).long().cummax(dim=1).values.flip(1).bool()
    return ~right[:, :-1] & later[:, 1:]

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from counterpoise.losses import RegionSigmoidLoss


class Weighted(RegionSigmoidLoss):
    """The same weights for all regions."""

    def weights(self, targets: Tensor) -> Tensor:
        return torch.tensor([[1.0, 0.25, 1.0]])


def test_a_region_has_the_weighed_sum_of_its_binary_cross_entropies() -> None:
    logits, targets = torch.randn(4, 3, dtype=torch.float64), torch.tensor([0, 2, 3, 3])
    truth = F.one_hot(targets, 4)[:, :3].double()
    each = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    wanted = (each * torch.tensor([1, 0.25, 1])).sum(dim=1)
    assert_close(Weighted().per_sample(logits, targets), wanted, rtol=1e-12, atol=0)


def test_half_precision_is_computed_in_float32() -> None:
    logits = torch.randn(4, 3).bfloat16()
    losses = Weighted().per_sample(logits, torch.tensor([0, 2, 3, 3]))
    assert torch.equal(losses, Weighted().per_sample(logits.float(), torch.tensor([0, 2, 3, 3])))

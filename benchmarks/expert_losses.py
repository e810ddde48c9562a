"""Losses of three experts: forward and backward of a batch, against three plain cross-entropies.

Goal: at most 3 x three of `torch.nn.functional.cross_entropy` for RIDE, whose diversity is a second loss of all logits,
and 2 x for TADE.
"""

import torch
import torch.nn.functional as F
from timing import alternate, show
from torch import Tensor

from counterpoise.losses import ride_loss, tade_loss

EXPERTS = 3
BASE = "three cross-entropies"


def three(outputs: Tensor, targets: Tensor) -> Tensor:
    """Torch's, of each expert."""
    parts = outputs.unflatten(1, (EXPERTS, -1)).unbind(dim=1)
    return torch.stack([F.cross_entropy(part, targets) for part in parts]).sum()


def main() -> None:
    """Measure for CIFAR100-LT and for ImageNet-LT, with their batches."""
    print(f"threads {torch.get_num_threads()}")
    for classes, batch in ((100, 128), (1000, 256)):
        outputs = torch.randn(batch, EXPERTS * classes, requires_grad=True)
        targets = torch.randint(classes, (batch,))
        counts = torch.logspace(3, 0.4, classes).round()
        losses = {
            BASE: three,
            "ride_loss": ride_loss(counts, EXPERTS, start=1),
            "ride_loss, re-weighted": ride_loss(counts, EXPERTS, start=0),
            "tade_loss": tade_loss(counts),
        }
        sides = {
            name: lambda loss=loss: torch.autograd.grad(loss(outputs, targets), outputs)  # noqa: B023
            for name, loss in losses.items()
        }
        show(f"C = {classes}, B = {batch}", alternate(sides, rounds=101, warmup=5), BASE)


if __name__ == "__main__":
    main()

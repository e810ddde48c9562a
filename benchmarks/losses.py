"""Losses: forward and backward of a batch, against plain cross-entropy.

Goal: at most 1.5 x `torch.nn.functional.cross_entropy`, and for losses with one sigmoid for each class 1.5 x torch's
binary cross-entropy.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from timing import alternate, show
from torch import Tensor

from counterpoise.counts import effective_number_weights
from counterpoise.losses import (
    BalancedSoftmaxLoss,
    ClassWeighted,
    CrossEntropy,
    EqualizationLoss,
    FocalLoss,
    LDAMLoss,
    LogitAdjustedLoss,
    SeesawLoss,
    SoftmaxEqualizationLoss,
)

BATCH, FEW = 512, 20


def binary_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Torch's, of one sigmoid for each class."""
    truth = F.one_hot(targets, logits.shape[1]).to(logits.dtype)
    return F.binary_cross_entropy_with_logits(logits, truth)


def trained(loss: Callable[[Tensor, Tensor], Tensor], logits: Tensor, targets: Tensor) -> None:
    """Forward and backward."""
    logits.grad = None
    loss(logits, targets).backward()


def main() -> None:
    """Measure for 1000 classes (ImageNet-LT) and 8142 (iNaturalist 2018), a third of them few-shot."""
    print(f"threads {torch.get_num_threads()}, B {BATCH}")
    for classes in (1000, 8142):
        logits = torch.randn(BATCH, classes, requires_grad=True)
        targets = torch.randint(classes, (BATCH,))
        counts = torch.logspace(3, 0.4, classes).round()
        shares, few = counts / counts.sum(), FEW / counts.sum().item()
        losses = {
            "torch cross-entropy": F.cross_entropy,
            "torch binary cross-entropy": binary_cross_entropy,
            "BalancedSoftmaxLoss": BalancedSoftmaxLoss(counts),
            "LogitAdjustedLoss": LogitAdjustedLoss(counts),
            "LDAMLoss": LDAMLoss(counts),
            "FocalLoss": FocalLoss(),
            "ClassWeighted": ClassWeighted(CrossEntropy(), effective_number_weights(counts, beta=0.9999)),
            "SeesawLoss": SeesawLoss(counts),
            "SoftmaxEqualizationLoss": SoftmaxEqualizationLoss(shares, threshold=few),
            "EqualizationLoss": EqualizationLoss(shares, threshold=few),
        }
        sides = {name: lambda loss=loss: trained(loss, logits, targets) for name, loss in losses.items()}  # noqa: B023
        medians = alternate(sides, rounds=15)
        show(f"C = {classes}", medians, "torch cross-entropy")
        sigmoids = {name: medians[name] for name in ("torch binary cross-entropy", "EqualizationLoss")}
        show("sigmoids", sigmoids, "torch binary cross-entropy")


if __name__ == "__main__":
    main()

"""Experts that are pushed apart: RIDE's diversity term beside any loss of experts."""

from typing import Any

import torch
from torch import Tensor

from counterpoise.counts import real_counts
from counterpoise.errors import InputError
from counterpoise.experts import unpacked
from counterpoise.losses.closed_form import at_least_float32
from counterpoise.losses.loss import Loss


class Diversified(Loss):
    """A loss of experts and how far they are from their mean; RIDE (Wang et al., ICLR 2021).

    ``loss + factor * sum_e mean(T)^2 * KL(softmax(mean z / T) || softmax(z_e / T))`` over the outputs of E experts,
    (B, E * C). The mean of the experts' logits gets no gradient here. A factor below 0 pushes the experts apart, one
    above 0 pulls them together. mean(T)^2 is of the release, not of the paper, and acts as a part of the factor.
    Training and inference compute the same.

    Args:
        loss: of the same outputs, such as `EachExpert`.
        experts: number of experts E.
        factor: of the diversity (released: -0.45 on CIFAR100-LT, -0.2 on ImageNet-LT and iNaturalist).
        temperatures: T of each class, (C,), see `diversity_temperatures`.

    Raises:
        InputError: temperatures that are not (C,) numbers above 0.
    """

    temperatures: Tensor

    def __init__(self, loss: Loss, experts: int, *, factor: float, temperatures: Tensor) -> None:
        super().__init__()
        if temperatures.ndim != 1 or not (temperatures > 0).all():
            raise InputError(
                f"temperatures must be (C,) numbers above 0, but {temperatures.tolist()} came; make them with "
                "diversity_temperatures"
            )
        self.loss, self.experts, self.factor = loss, experts, factor
        self.even = bool((temperatures == 1).all())
        self.register_buffer("temperatures", temperatures, persistent=False)

    def diversity(self, outputs: Tensor) -> Tensor:
        """How far the experts are from their mean, without the factor; (B, E * C) -> (B,)."""
        logits = unpacked(at_least_float32(outputs), self.experts)
        if self.even:
            return _FromMean.apply(logits)
        return self.temperatures.mean() ** 2 * _FromMean.apply(logits / self.temperatures)

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, E * C), (B,) -> (B,)."""
        return self.loss.per_sample(logits, targets) + self.factor * self.diversity(logits)

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of the batch; the diversity has the plain mean; (B, E * C), (B,) -> ()."""
        return self.loss(logits, targets) + self.factor * self.diversity(logits).mean()

    def set_epoch(self, epoch: int) -> None:
        """Tell the loss beside the diversity."""
        self.loss.set_epoch(epoch)


class _FromMean(torch.autograd.Function):
    """Sum over experts of ``KL(softmax(mean) || softmax(expert))``, the mean without gradient; (B, E, C) -> (B,).

    The sum is ``sum_e logsumexp(z_e) - E * logsumexp(mean z)``, for the experts' logits add up to E times their mean.
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor) -> Tensor:
        mean, probabilities = logits.mean(dim=1), logits.softmax(dim=2)
        together = mean.softmax(dim=1)
        ctx.save_for_backward(logits, probabilities, together)
        apart = (logits.amax(dim=2) - probabilities.amax(dim=2).log()).sum(dim=1)
        return apart - logits.shape[1] * (mean.amax(dim=1) - together.amax(dim=1).log())

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> Tensor:
        logits, probabilities, together = ctx.saved_tensors
        if torch.is_grad_enabled():  # someone wants the gradient of this gradient
            probabilities = logits.softmax(dim=2)
        return (probabilities - together.unsqueeze(1)).mul_(slopes[0].view(-1, 1, 1))


def diversity_temperatures(class_counts: Tensor, *, spread: float, highest: float = 1.0) -> Tensor:
    """``highest * v / max v`` with ``v_k = C * prior_k * spread + 1 - spread``; (C,) -> (C,).

    Rare classes have lower temperatures, so that their few samples diversify the experts more.

    Args:
        class_counts: training samples of each class, (C,); float32 comes back for whole numbers.
        spread: 0 has one temperature for all classes, 1 that of the largest in proportion to the counts (released: 0.05
            on CIFAR100-LT, 0.02 on ImageNet-LT, 0.015 on iNaturalist).
        highest: temperature of the largest class (released: 1).

    Raises:
        InputError: counts that are none, a spread outside 0 <= spread < 1, or a temperature that is not above 0.
    """
    if not 0 <= spread < 1 or not highest > 0:
        raise InputError(
            f"expected 0 <= spread < 1 and highest above 0, but spread {spread} and highest {highest} came; the "
            "release has 0.05 and 1 on CIFAR100-LT"
        )
    counts = real_counts(class_counts)
    scaled = len(counts) * counts / counts.sum() * spread + 1 - spread
    return highest * scaled / scaled.max()

"""Softmax cross-entropy that never holds the logits of a whole batch."""

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.factors import Factors
from counterpoise.losses.balanced_softmax import BalancedSoftmaxLoss
from counterpoise.losses.cross_entropy import CrossEntropy
from counterpoise.losses.logit_adjusted import LogitAdjustedLoss
from counterpoise.losses.loss import Loss

CHUNK = 2**26
"""Logits. Smaller chunks go through the weights more often: torch's own choice takes three times as long on a CPU."""


class ChunkedCrossEntropy(Loss):
    """Cross-entropy of ``features @ weight.T + bias + adjustment`` over chunks of the batch; exact.

    Torch's `linear_cross_entropy` does the work, with at most 2^26 logits at a time (256 MB in float32, ours): the
    gradient of a chunk is made with its value, so that (B, C) is never there. The loss of each sample by itself costs
    one more product, as its gradient comes later.

    Args:
        adjustment: added to the logits in training, (C,): log counts make it balanced softmax, tau times the log prior
            logit adjustment; None adds nothing.

    Raises:
        InputError: this torch has no `linear_cross_entropy`.

    Inference uses plain logits.
    """

    adjustment: Tensor | None

    def __init__(self, adjustment: Tensor | None) -> None:
        super().__init__()
        if not hasattr(F, "linear_cross_entropy"):
            raise InputError(
                f"logits in chunks need torch.nn.functional.linear_cross_entropy, which torch {torch.__version__} "
                "does not have; install a newer torch"
            )
        self.register_buffer("adjustment", adjustment, persistent=False)

    def per_sample(self, logits: Factors, targets: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Loss of each sample; (B, C) in factors, (B,) -> (B,)."""
        return self._reduced(logits, targets, "none")

    def forward(self, logits: Factors, targets: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Mean loss of the batch; (B, C) in factors, (B,) -> ()."""
        return self._reduced(logits, targets, "mean")

    def _reduced(self, logits: Factors, targets: Tensor, reduction: str) -> Tensor:
        features, weight, bias = logits
        terms = [term for term in (bias, self.adjustment) if term is not None]
        dtype = product_dtype(features, weight)
        return F.linear_cross_entropy(
            features.to(dtype),
            weight.to(dtype),
            targets,
            linear_bias=cast(Tensor, sum(terms)).to(dtype) if terms else None,
            reduction=reduction,
            options=torch.nn.LinearCrossEntropyOptions(
                batch_chunk_size=max(1, CHUNK // len(weight)), chunking_method=None
            ),
        )


def product_dtype(features: Tensor, weight: Tensor) -> torch.dtype:
    """The precision in which autocast would multiply, or that which holds both."""
    device = features.device.type
    if torch.is_autocast_enabled(device):
        return torch.get_autocast_dtype(device)
    return torch.promote_types(features.dtype, weight.dtype)


def chunked(loss: Loss) -> ChunkedCrossEntropy:
    """The same loss in chunks.

    Raises:
        InputError: it is no cross-entropy of logits to each of which one number is added.
    """
    match loss:
        case CrossEntropy():
            return ChunkedCrossEntropy(None)
        case BalancedSoftmaxLoss():
            return ChunkedCrossEntropy(loss.log_counts)
        case LogitAdjustedLoss():
            return ChunkedCrossEntropy(loss.adjustment)
    raise InputError(
        "logits in chunks need cross-entropy, balanced softmax or logit adjustment as the loss, but "
        f"{type(loss).__name__} came; name modifiers of the loss after chunked_logits"
    )

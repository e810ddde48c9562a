"""LDAM: a larger margin for a rarer class."""

from typing import Protocol, runtime_checkable

from torch import Tensor

from counterpoise.counts import real_counts
from counterpoise.errors import InputError
from counterpoise.losses.closed_form import closed_form_cross_entropy
from counterpoise.losses.loss import Loss


@runtime_checkable
class Margined(Protocol):
    """The ability to keep classes apart by angles, which `ifl` asks for: the true class must lead by a margin."""

    def leads(self, targets: Tensor) -> Tensor:
        """By how much the true class must lead, in cosines; (B,) -> (B,)."""
        ...


class LDAMLoss(Loss):
    """Cross-entropy of ``scale * (z_c - margin_y * [c = y])`` (Cao et al., NeurIPS 2019).

    The margins are ``max_margin * (n / n_min)^(-1/4)``: the rarest class has ``max_margin``, which stands for the
    paper's constant C. The logits z are cosines, without a scale of their own. A class without samples has
    ``max_margin`` as well (ours). Inference uses plain cosines: this loss is for training.

    Args:
        class_counts: training samples of each class, (C,).
        max_margin: margin of the rarest class, in cosines; 0.5 in the release, 0.3 on iNaturalist.
        scale: factor on all logits after the margin; 30 in the release.

    Raises:
        InputError: counts that are none, a negative margin, or a scale that is not positive.
    """

    margins: Tensor

    def __init__(self, class_counts: Tensor, *, max_margin: float = 0.5, scale: float = 30.0) -> None:
        super().__init__()
        if not max_margin >= 0:
            raise InputError(f"max_margin must be 0 or more, but {max_margin} came; the release uses 0.5")
        if not scale > 0:
            raise InputError(f"scale must be positive, but {scale} came; the release uses 30")
        self.scale = scale
        counts = real_counts(class_counts)
        rarest = counts[counts > 0].min()
        margins = max_margin * (rarest / counts.clamp(min=rarest)) ** 0.25
        self.register_buffer("margins", margins, persistent=False)

    def leads(self, targets: Tensor) -> Tensor:
        """Margin of the true class; (B,) -> (B,)."""
        return self.margins[targets]

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each sample; (B, C) cosines, (B,) -> (B,)."""
        margins = self.scale * self.leads(targets)
        return closed_form_cross_entropy(logits, targets, scale=self.scale, margins=margins)

"""De-confounded classifier: the multi-group normalised classifier of De-confound-TDE."""

from torch import Tensor

from counterpoise.classifiers.grouping import shortened, unit
from counterpoise.classifiers.normalized import NormalizedClassifier
from counterpoise.errors import InputError


class DeconfoundedClassifier(NormalizedClassifier):
    """Logits of eq. 7 in Tang et al., NeurIPS 2020.

    ``logit_i = tau/K * sum_k <w_i^k, x^k> / ((||w_i^k|| + gamma) * ||x^k||)`` over K channel groups. Train it
    with plain cross-entropy; it needs no class counts. At inference wrap it in `TotalDirectEffect`.

    Args:
        dim: number of features D, divisible by ``groups``.
        num_classes: number of classes C.
        groups: number K of channel groups (paper and release: 2).
        tau: scale (paper and release: 16).
        gamma: constant added to each weight norm (paper and release: 1/32); 0 gives the cosine classifier.

    Raises:
        InputError: D is not divisible by K, tau is not positive, or gamma is negative.

    Training and inference compute the same. A zero feature gives zero logits, where the release gives NaN.
    """

    normalizer = staticmethod(unit)

    def __init__(
        self, dim: int, num_classes: int, *, groups: int = 2, tau: float = 16.0, gamma: float = 1 / 32
    ) -> None:
        super().__init__(dim, num_classes, groups=groups, tau=tau)
        if not gamma >= 0:
            raise InputError(f"gamma must not be negative, but {gamma} came; the paper uses 1/32")
        self.gamma = gamma

    def normalized_weight(self, scale: float = 1.0) -> Tensor:
        """Weights divided by their norm plus gamma, per group, times a scale; -> (C, K, D/K)."""
        return shortened(self.grouped_weight(), self.gamma, scale=scale)

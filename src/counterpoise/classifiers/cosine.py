"""Cosine classifier: features and weights both have length one."""

from torch import Tensor

from counterpoise.classifiers.grouping import unit
from counterpoise.classifiers.normalized import NormalizedClassifier


class CosineClassifier(NormalizedClassifier):
    """Logits ``tau/K * sum_k cos(w^k, x^k)``; a baseline of De-confound-TDE (Tang et al., NeurIPS 2020).

    Args:
        dim: number of features D.
        num_classes: number of classes C.
        tau: scale; 16 is the authors' advice, after OLTR.
        groups: number K of channel groups. Neither paper nor release states it for this row: 1 is the plain
            cosine classifier and our default; `cosine_tde` uses 2.

    Raises:
        InputError: D is not divisible by K, or tau is not positive.

    Training and inference compute the same. A zero feature gives zero logits.
    """

    normalizer = staticmethod(unit)

    def __init__(self, dim: int, num_classes: int, *, tau: float = 16.0, groups: int = 1) -> None:
        super().__init__(dim, num_classes, groups=groups, tau=tau)

    def normalized_weight(self, scale: float = 1.0) -> Tensor:
        """Unit weights per group, times a scale; -> (C, K, D/K)."""
        return unit(self.grouped_weight(), scale=scale)

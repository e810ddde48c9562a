"""Capsule classifier: unit weights, features squashed to a length below one."""

from torch import Tensor

from counterpoise.classifiers.grouping import squashed, unit
from counterpoise.classifiers.normalized import NormalizedClassifier


class CapsuleClassifier(NormalizedClassifier):
    """Logits ``tau/K * sum_k <w^k/||w^k||, x^k/(1+||x^k||)>``; a baseline of De-confound-TDE and OLTR.

    The squash has no squares, as in the released code of OLTR, whose authors call the squares in the printed
    formula a typo.

    Args:
        dim: number of features D.
        num_classes: number of classes C.
        tau: scale; 16 as in OLTR.
        groups: number K of channel groups; 1 (OLTR) is our default, `capsule_tde` uses 2. No source states K
            for this row of the paper.

    Raises:
        InputError: D is not divisible by K, or tau is not positive.

    Training and inference compute the same.
    """

    normalizer = staticmethod(squashed)

    def __init__(self, dim: int, num_classes: int, *, tau: float = 16.0, groups: int = 1) -> None:
        super().__init__(dim, num_classes, groups=groups, tau=tau)

    def normalized_weight(self, scale: float = 1.0) -> Tensor:
        """Unit weights per group, times a scale; -> (C, K, D/K)."""
        return unit(self.grouped_weight(), scale=scale)

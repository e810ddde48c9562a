"""The losses of TADE's three experts, which are nothing but a composition."""

from torch import Tensor

from counterpoise.losses.cross_entropy import CrossEntropy
from counterpoise.losses.each_expert import EachExpert
from counterpoise.losses.inverse_softmax import InverseSoftmaxLoss


def tade_loss(class_counts: Tensor, *, tau: float = 2.0) -> EachExpert:
    """One expert for the long tail, one for balanced data, one for the tail turned around; TADE, later called SADE.

    Zhang et al., NeurIPS 2022: cross-entropy, balanced softmax and inverse softmax, summed, at all epochs the same. It
    takes the outputs of three experts, (B, 3 * C). On balanced data all three are cross-entropy.

    Args:
        class_counts: training samples of each class, (C,).
        tau: of the third expert, lambda in the paper (2 on CIFAR100-LT and ImageNet-LT, 1 on iNaturalist and
            Places-LT).

    Raises:
        InputError: counts that are none, or tau is negative.
    """
    balanced, inverse = InverseSoftmaxLoss(class_counts, tau=0.0), InverseSoftmaxLoss(class_counts, tau=tau)
    return EachExpert([CrossEntropy(), balanced, inverse])

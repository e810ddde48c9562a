"""The loss of RIDE, which is nothing but a composition."""

from torch import Tensor

from counterpoise.counts import effective_number_weights
from counterpoise.losses.class_weighted import ClassWeighted
from counterpoise.losses.deferred import Deferred
from counterpoise.losses.diversified import Diversified, diversity_temperatures
from counterpoise.losses.ldam import LDAMLoss
from counterpoise.losses.loss import Loss
from counterpoise.losses.same_for_each import SameForEach


def ride_loss(
    class_counts: Tensor,
    experts: int,
    *,
    start: int,
    diversity: float = -0.45,
    spread: float = 0.05,
    max_margin: float = 0.5,
    scale: float = 30.0,
    beta: float = 0.9999,
    temperature: float = 1.0,
) -> Deferred:
    """RIDE's individual loss (Wang et al., ICLR 2021): LDAM for each expert, diversity, and both re-weighted late.

    It takes the outputs of E experts, (B, E * C), whose classifiers already scale their cosines, see `cosine_experts`.
    From ``start`` on LDAM has effective-number weights and the temperatures of the diversity differ by class. The
    release turns silently to `Collaborative` where the diversity is 0; here 0 only leaves the diversity out.

    Args:
        class_counts: training samples of each class, (C,).
        experts: number of experts E.
        start: first epoch, from 0, of the second part (released: 160 of 200 on CIFAR, 80 of 100 elsewhere; it counts
            epochs from 1 and compares with above).
        diversity: factor of the diversity (released: -0.45 on CIFAR100-LT, -0.2 on ImageNet-LT and iNaturalist).
        spread: of the temperatures from then on (released: 0.05 on CIFAR100-LT, 0.02 on ImageNet-LT, 0.015 on
            iNaturalist).
        max_margin: margin of the rarest class, in cosines (released: 0.5).
        scale: what the classifiers multiply their cosines with; the margins need it (released: 30).
        beta: of `effective_number_weights` (released: 0.9999).
        temperature: of the largest class (released: 1).

    Raises:
        InputError: what `LDAMLoss`, `effective_number_weights` and `diversity_temperatures` refuse.
    """
    ldam = LDAMLoss(class_counts, max_margin=scale * max_margin, scale=1.0)
    weighted = ClassWeighted(ldam, effective_number_weights(class_counts, beta=beta))

    def diversified(loss: Loss, spread: float) -> Loss:
        temperatures = diversity_temperatures(class_counts, spread=spread, highest=temperature)
        return Diversified(SameForEach(loss, experts), experts, factor=diversity, temperatures=temperatures)

    return Deferred(diversified(ldam, 0.0), diversified(weighted, spread), start=start)

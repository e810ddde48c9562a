"""Learning-rate schedules: the factor on the base rate, a pure function of the time.

Time is told as ``epoch``, a real number from 0 at the first batch of a stage, and ``epochs``, the stage's
length. The released runs set the rate once per epoch, before it starts, with the number of the epoch counted
from 1; such a schedule rounds ``epoch`` down and adds one. Milestones and warm-ups are shares of the length, so
that a shortened run keeps its shape.
"""

import math
from collections.abc import Callable

Schedule = Callable[[float, int], float]


def released_epoch(epoch: float) -> int:
    """The number of the running epoch, from 1, as the released schedules count."""
    return math.floor(epoch) + 1


def cosine_by_epoch(epoch: float, epochs: int) -> float:
    """Half a cosine in steps of one epoch, ``(1 + cos(pi * e / E)) / 2``: the released ImageNet-LT schedule.

    The last epoch trains with rate zero, as in the release.
    """
    return (1 + math.cos(math.pi * released_epoch(epoch) / epochs)) / 2


def warmup_multistep(
    epoch: float,
    epochs: int,
    *,
    milestones: tuple[float, ...] = (0.6, 0.8),
    drop: float = 0.01,
    warmup: float = 0.025,
    start: float = 1 / 3,
) -> float:
    """Linear warm-up, then drops at milestones: the released CIFAR-LT schedule (BBN, reused by De-confound-TDE).

    The defaults are the released 200 epochs in shares: warm-up from a third of the rate over 5 epochs, a factor
    0.01 from epoch 120 and again from epoch 160.
    """
    share = released_epoch(epoch) / epochs
    warm = min(share / warmup, 1.0) if warmup else 1.0
    drops = sum(share >= milestone for milestone in milestones)
    return (start * (1 - warm) + warm) * drop**drops


def ldam_multistep(
    epoch: float,
    epochs: int,
    *,
    milestones: tuple[float, float] = (0.8, 0.9),
    drop: float = 0.01,
    warmup: float = 0.025,
) -> float:
    """Linear warm-up from zero, then a factor 0.01 at two milestones: the released LDAM-DRW schedule for CIFAR.

    The released 200 epochs in shares: warm-up over 5 epochs, drops after epoch 160 and after epoch 180. RIDE has the
    same one on CIFAR.
    """
    share = released_epoch(epoch) / epochs
    drops = sum(share > milestone for milestone in milestones)
    return min(share / warmup, 1.0) * drop**drops


def ride_multistep(epoch: float, epochs: int) -> float:
    """As `ldam_multistep` with a factor 0.1: the released schedule of RIDE for ImageNet-LT and iNaturalist.

    The released 100 epochs in shares: warm-up over 5 epochs, drops after epoch 60 and after epoch 80.
    """
    return ldam_multistep(epoch, epochs, milestones=(0.6, 0.8), drop=0.1, warmup=0.05)


def sade_multistep(epoch: float, epochs: int) -> float:
    """As `ldam_multistep` with a factor 0.1: the released schedule of SADE, first called TADE, for CIFAR."""
    return ldam_multistep(epoch, epochs, drop=0.1)


def places_multistep(epoch: float, epochs: int) -> float:
    """A factor 0.1 at two milestones: the released schedule of SADE, first called TADE, for Places-LT.

    The released 30 epochs in shares: drops after epoch 10 and after epoch 20, without a warm-up.
    """
    return 0.1 ** (3 * math.floor(epoch) // epochs)


def rotnet_multistep(epoch: float, epochs: int) -> float:
    """A factor 0.2 at three milestones: the released schedule of RotNet for CIFAR (Gidaris et al., ICLR 2018).

    The released 200 epochs in shares: drops after epoch 60, after epoch 120 and after epoch 160.
    """
    done = math.floor(epoch)
    return 0.2 ** sum(10 * done >= milestone * epochs for milestone in (3, 6, 8))


def moco_cosine(epoch: float, epochs: int) -> float:
    """Half a cosine in steps of one epoch, from the base rate: MoCo v2, as released (Chen et al., 2020).

    Epochs count from 0 here: the first one trains with the base rate and the last one above zero, unlike in
    `cosine_by_epoch`. There is no warm-up.
    """
    return (1 + math.cos(math.pi * math.floor(epoch) / epochs)) / 2


def dir_multistep(epoch: float, epochs: int) -> float:
    """A factor 0.1 at two milestones: the released schedule of deep imbalanced regression for ages.

    The released 90 epochs in shares: drops after epoch 60 and after epoch 80.
    """
    done = math.floor(epoch)
    return 0.1 ** ((3 * done >= 2 * epochs) + (9 * done >= 8 * epochs))


def detection_multistep(epoch: float, epochs: int) -> float:
    """Linear warm-up from a third of the rate, then a factor 0.1 at two milestones: the released LVIS 0.5 schedule.

    The released 20 epochs in shares: warm-up batch by batch over 500 steps, about 0.7 % of the run, drops after epoch
    16 and after epoch 19. The runs on LVIS 1.0 begin their warm-up from a thousandth.
    """
    done, warm = math.floor(epoch), min(epoch / epochs / 0.007, 1.0)
    return (1 + 2 * warm) / 3 * 0.1 ** ((5 * done >= 4 * epochs) + (20 * done >= 19 * epochs))


def warmup_cosine(epoch: float, epochs: int) -> float:
    """Linear warm-up over 5 % of the run, then half a cosine to zero, batch by batch (ours)."""
    share = epoch / epochs
    if share < 0.05:
        return (share + 0.001) / 0.051
    return (1 + math.cos(math.pi * (share - 0.05) / 0.95)) / 2


def cosine(epoch: float, epochs: int) -> float:
    """Half a cosine from the base rate to zero, batch by batch."""
    return (1 + math.cos(math.pi * epoch / epochs)) / 2


def constant(epoch: float, epochs: int) -> float:
    """The base rate all along."""
    return 1.0

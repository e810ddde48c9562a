"""Calibration: whether a predictor is right as often as it says."""

from typing import Any

from torch import Tensor

from counterpoise.metrics.shots import ShotGroups
from counterpoise.reliability import known, reliability, top_one


def calibration_summary(logits: Tensor, targets: Tensor, groups: ShotGroups) -> dict[str, Any]:
    """Expected calibration error of all samples and of each shot group, bins for a plot, and the mean NLL.

    A sample belongs to the group of its true class, so the group errors tell how far the probabilities of images
    of rare classes can be trusted; they do not average to the overall one.

    Args:
        logits: (N, C).
        targets: (N,).
        groups: of the classes.

    Returns:
        ``ece``, ``ece_many``, ``ece_medium``, ``ece_few``, ``nll`` and ``bins``; None where there are no samples,
        and for an NLL that is infinite because a true class has probability 0.
    """
    confidence, right, surprise = top_one(logits, targets)
    every = reliability(confidence, right)
    members = {name: mask[targets] for name, mask in groups.masks.items()}
    by_group = {f"ece_{name}": reliability(confidence[m], right[m]).error for name, m in members.items()}
    return {
        "ece": known(every.error),
        **{name: known(error) for name, error in by_group.items()},
        "nll": known(surprise.mean().item()),
        "bins": every.as_json(),
    }

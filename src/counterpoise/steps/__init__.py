"""Steps: what happens with one batch."""

from counterpoise.steps.bilateral import (
    BilateralBranch,
    bilateral_mix,
    bilateral_share,
    released_bilateral_share,
)
from counterpoise.steps.distillation import Distill
from counterpoise.steps.feature_smoothing import SmoothFeatures
from counterpoise.steps.mixing import CutMix, Mixup
from counterpoise.steps.ordinary import Encode, Join, Score, Supervise, Track, supervised
from counterpoise.steps.penalize import Penalize
from counterpoise.steps.running_statistics import EncodeInTraining
from counterpoise.steps.step import Objective, Seen, Step, total

__all__ = [
    "BilateralBranch",
    "CutMix",
    "Distill",
    "Encode",
    "EncodeInTraining",
    "Join",
    "Mixup",
    "Objective",
    "Penalize",
    "Score",
    "Seen",
    "SmoothFeatures",
    "Step",
    "Supervise",
    "Track",
    "bilateral_mix",
    "bilateral_share",
    "released_bilateral_share",
    "supervised",
    "total",
]

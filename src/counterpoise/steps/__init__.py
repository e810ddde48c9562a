"""Steps: what happens with one batch."""

from counterpoise.steps.added_term import AddedTerm
from counterpoise.steps.auxiliary_balanced import AuxiliaryBalanced
from counterpoise.steps.bilateral import (
    BilateralBranch,
    bilateral_mix,
    bilateral_share,
    released_bilateral_share,
)
from counterpoise.steps.detect import Detect
from counterpoise.steps.distillation import Distill
from counterpoise.steps.draw_labels import DrawLabels
from counterpoise.steps.each_environment import PenalizeEnvironments, SuperviseEnvironments, environment_mean
from counterpoise.steps.environments import Environments, at_shares, every_epoch
from counterpoise.steps.factor import Factor
from counterpoise.steps.failure import LearnFromFailure, RunningLosses, by_losses_of_now
from counterpoise.steps.feature_smoothing import SmoothFeatures
from counterpoise.steps.fixmatch import FixMatch
from counterpoise.steps.frozen_teacher import FrozenTeacher
from counterpoise.steps.interpolation import Interpolation, interpolated, mixed_targets
from counterpoise.steps.invariant import PullToCenters, released_center_weight
from counterpoise.steps.mean_teacher import TeacherConsistency
from counterpoise.steps.mixing import CutMix, Mixup
from counterpoise.steps.moco import MomentumContrast
from counterpoise.steps.ordinary import Encode, Join, Score, Supervise, Track, supervised
from counterpoise.steps.penalize import Penalize
from counterpoise.steps.penalize_scores import PenalizeScores
from counterpoise.steps.pi_model import SelfConsistency
from counterpoise.steps.places import EncodePlaces
from counterpoise.steps.rotation import Rotate, RotateFourfold, even_turns, four_rotations, rotated_batch
from counterpoise.steps.running_statistics import EncodeInTraining
from counterpoise.steps.simsiam import SiameseSimilarity
from counterpoise.steps.step import Objective, Seen, Step, total
from counterpoise.steps.supervise_streams import SuperviseStreams
from counterpoise.steps.supervision import Supervision
from counterpoise.steps.together import EncodeTogether, stream_features, stream_of
from counterpoise.steps.virtual_adversarial import VirtualAdversarial

__all__ = [
    "AddedTerm",
    "AuxiliaryBalanced",
    "BilateralBranch",
    "CutMix",
    "Detect",
    "Distill",
    "DrawLabels",
    "Encode",
    "EncodeInTraining",
    "EncodePlaces",
    "EncodeTogether",
    "Environments",
    "Factor",
    "FixMatch",
    "FrozenTeacher",
    "Interpolation",
    "Join",
    "LearnFromFailure",
    "Mixup",
    "MomentumContrast",
    "Objective",
    "Penalize",
    "PenalizeEnvironments",
    "PenalizeScores",
    "PullToCenters",
    "Rotate",
    "RotateFourfold",
    "RunningLosses",
    "Score",
    "Seen",
    "SelfConsistency",
    "SiameseSimilarity",
    "SmoothFeatures",
    "Step",
    "Supervise",
    "SuperviseEnvironments",
    "SuperviseStreams",
    "Supervision",
    "TeacherConsistency",
    "Track",
    "VirtualAdversarial",
    "at_shares",
    "bilateral_mix",
    "bilateral_share",
    "by_losses_of_now",
    "environment_mean",
    "even_turns",
    "every_epoch",
    "four_rotations",
    "interpolated",
    "mixed_targets",
    "released_bilateral_share",
    "released_center_weight",
    "rotated_batch",
    "stream_features",
    "stream_of",
    "supervised",
    "total",
]

"""Regularizers: from features and targets to one number."""

from counterpoise.regularizers.center_loss import CenterLoss, center_loss, cosine_distances, squared_distances
from counterpoise.regularizers.center_triplet import center_triplet_loss
from counterpoise.regularizers.discriminative_centroids import (
    DiscriminativeCentroidLoss,
    attraction,
    repulsion,
)
from counterpoise.regularizers.rank_similarity import RankSim, normalized_rank, rank_similarity
from counterpoise.regularizers.regularizer import Regularizer

__all__ = [
    "CenterLoss",
    "DiscriminativeCentroidLoss",
    "RankSim",
    "Regularizer",
    "attraction",
    "center_loss",
    "center_triplet_loss",
    "cosine_distances",
    "normalized_rank",
    "rank_similarity",
    "repulsion",
    "squared_distances",
]

"""Regularizers: from features and targets to one number."""

from counterpoise.regularizers.discriminative_centroids import (
    DiscriminativeCentroidLoss,
    attraction,
    repulsion,
)
from counterpoise.regularizers.rank_similarity import RankSim, normalized_rank, rank_similarity
from counterpoise.regularizers.regularizer import Regularizer

__all__ = [
    "DiscriminativeCentroidLoss",
    "RankSim",
    "Regularizer",
    "attraction",
    "normalized_rank",
    "rank_similarity",
    "repulsion",
]

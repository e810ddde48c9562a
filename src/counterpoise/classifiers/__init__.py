"""Classifiers: the last layer of a net, from features to logits."""

from counterpoise.classifiers.capsule import CapsuleClassifier
from counterpoise.classifiers.cosine import CosineClassifier
from counterpoise.classifiers.deconfounded import DeconfoundedClassifier
from counterpoise.classifiers.experts import Experts, ExpertsClassifier, cosine_experts
from counterpoise.classifiers.hierarchical import Hierarchical, HierarchicalClassifier
from counterpoise.classifiers.linear import Affine, LinearClassifier
from counterpoise.classifiers.meta_embedding import MetaEmbeddingClassifier
from counterpoise.classifiers.normalized import NormalizedClassifier, Normalizing
from counterpoise.classifiers.projector import Projector
from counterpoise.classifiers.regressor import LinearRegressor
from counterpoise.classifiers.routed import ExpertRouter, RoutedClassifier
from counterpoise.classifiers.scaled import ScaledClassifier
from counterpoise.classifiers.softplus import SoftplusClassifier
from counterpoise.classifiers.taught import Taught
from counterpoise.net import Classifier

__all__ = [
    "Affine",
    "CapsuleClassifier",
    "Classifier",
    "CosineClassifier",
    "DeconfoundedClassifier",
    "ExpertRouter",
    "Experts",
    "ExpertsClassifier",
    "Hierarchical",
    "HierarchicalClassifier",
    "LinearClassifier",
    "LinearRegressor",
    "MetaEmbeddingClassifier",
    "NormalizedClassifier",
    "Normalizing",
    "Projector",
    "RoutedClassifier",
    "ScaledClassifier",
    "SoftplusClassifier",
    "Taught",
    "cosine_experts",
]

"""Classifiers: the last layer of a net, from features to logits."""

from counterpoise.classifiers.capsule import CapsuleClassifier
from counterpoise.classifiers.cosine import CosineClassifier
from counterpoise.classifiers.deconfounded import DeconfoundedClassifier
from counterpoise.classifiers.linear import Affine, LinearClassifier
from counterpoise.classifiers.normalized import NormalizedClassifier, Normalizing
from counterpoise.classifiers.scaled import ScaledClassifier
from counterpoise.net import Classifier

__all__ = [
    "Affine",
    "CapsuleClassifier",
    "Classifier",
    "CosineClassifier",
    "DeconfoundedClassifier",
    "LinearClassifier",
    "NormalizedClassifier",
    "Normalizing",
    "ScaledClassifier",
]

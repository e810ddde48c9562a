"""Classifiers: the last layer of a net, from features to logits."""

from counterpoise.classifiers.capsule import CapsuleClassifier
from counterpoise.classifiers.classifier import Classifier, Normalizing
from counterpoise.classifiers.cosine import CosineClassifier
from counterpoise.classifiers.deconfounded import DeconfoundedClassifier
from counterpoise.classifiers.linear import LinearClassifier

__all__ = [
    "CapsuleClassifier",
    "Classifier",
    "CosineClassifier",
    "DeconfoundedClassifier",
    "LinearClassifier",
    "Normalizing",
]

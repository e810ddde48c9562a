"""Detectors: nets whose samples are regions of pictures, over the parts of torchvision."""

from counterpoise.detection.box_classifiers import BoxClassifiers
from counterpoise.detection.build import DetectorName, detector_of
from counterpoise.detection.choice import Choice
from counterpoise.detection.detector import Detector
from counterpoise.detection.found import Found, Looks, Site

__all__ = [
    "BoxClassifiers",
    "Choice",
    "Detector",
    "DetectorName",
    "Found",
    "Looks",
    "Site",
    "detector_of",
]

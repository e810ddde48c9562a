import torch

from counterpoise.classifiers import CosineClassifier, LinearClassifier
from counterpoise.predictors import TotalDirectEffect
from counterpoise.predictors.predictor import Calibrated


def test_the_total_direct_effect_can_be_calibrated_and_a_classifier_cannot() -> None:
    assert isinstance(TotalDirectEffect(CosineClassifier(4, 3), torch.ones(4), alpha=None), Calibrated)
    assert not isinstance(LinearClassifier(4, 3), Calibrated)

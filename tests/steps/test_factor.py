import torch
from torch import nn

from counterpoise.classifiers import DeconfoundedClassifier
from counterpoise.net import Net
from counterpoise.steps import Factor, Score
from counterpoise.steps.step import Seen


def test_the_outputs_are_the_factors_of_what_score_gives() -> None:
    net, seen = Net(nn.Identity(), DeconfoundedClassifier(4, 7)), Seen({}, features=torch.randn(3, 4))
    found = Factor()(net, seen).outputs
    torch.testing.assert_close(found.logits(), Score()(net, seen).outputs)

"""De-confound-TDE in a loop of your own: three parts of counterpoise, everything else is plain PyTorch.

The data are made up: ten Gaussian classes, of which the first has 500 samples and the last 5.
"""

import torch
import torch.nn.functional as F
from torch import nn

from counterpoise.classifiers import DeconfoundedClassifier
from counterpoise.metrics import ShotAccuracy
from counterpoise.predictors import TotalDirectEffect
from counterpoise.trackers import HeadDirection

torch.manual_seed(0)
counts = torch.tensor([500, 300, 180, 108, 65, 39, 23, 14, 8, 5])
centres = 1.5 * torch.randn(10, 20)


def draw(class_counts: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Samples of each class around its centre."""
    targets = torch.repeat_interleave(torch.arange(10), class_counts)
    return centres[targets] + 1.6 * torch.randn(len(targets), 20), targets


inputs, targets = draw(counts)
backbone = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())
classifier = DeconfoundedClassifier(64, 10)  # instead of nn.Linear(64, 10)
direction = HeadDirection(64)
optimizer = torch.optim.SGD([*backbone.parameters(), *classifier.parameters()], lr=0.05, momentum=0.9)

for _ in range(60):
    for batch in torch.randperm(len(targets)).split(64):
        features = backbone(inputs[batch])
        loss = F.cross_entropy(classifier(features), targets[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        direction.update(features.detach())

test_inputs, test_targets = draw(torch.full((10,), 100))
with torch.no_grad():
    features = backbone(test_inputs)
    for alpha in (0.0, 0.5, 1.0):
        predictor = TotalDirectEffect(classifier, direction.direction(classifier.groups), alpha=alpha)
        accuracy = ShotAccuracy(counts)
        accuracy.update(predictor(features), test_targets)
        found = accuracy.compute()
        print(
            f"alpha {alpha}: "
            + ", ".join(f"{g} {found[g]:.3f}" for g in ("many", "medium", "few", "overall"))
        )

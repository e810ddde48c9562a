"""Hierarchical classification adjustment: a training step of ResNet-50 with 7 levels, against one level.

Goal: at most 1.10 x the step of a single classifier of the same bins (HCA, with 7 levels), forward, backward and
optimizer.
"""

from collections.abc import Callable

import timm
import torch
from timing import alternate, show
from torch import nn

from counterpoise.bins import integer_edges, midpoints
from counterpoise.classifiers import HierarchicalClassifier, LinearClassifier
from counterpoise.hierarchy import equal_number_split, level_labels
from counterpoise.losses import Binned, HierarchicalLoss, Loss, SoftOrdinalLoss, soft_ordinal_labels
from counterpoise.net import Classifier

BATCH, PIXELS, DIM, AGES, LEVELS, THREADS = 16, 224, 2_048, 121, 7, 2
SIGMA = 1.0


def step(classifier: Classifier, loss: Loss, images: torch.Tensor, ages: torch.Tensor) -> Callable[[], None]:
    """A whole training step of a ResNet-50 of its own under a classifier."""
    backbone = timm.create_model("resnet50", num_classes=0)
    trained = nn.ModuleList([backbone, classifier]).train()
    optimizer = torch.optim.Adam(trained.parameters(), lr=1e-3)

    def trained_once() -> None:
        optimizer.zero_grad()
        loss(classifier.outputs(backbone(images)), ages).backward()
        optimizer.step()

    return trained_once


def main() -> None:
    """Measure both steps, in turn."""
    torch.set_num_threads(THREADS)
    print(f"threads {THREADS}, B {BATCH}, {PIXELS} px, D {DIM}, C {AGES}, H {LEVELS}")
    edges, numbers = integer_edges(0, AGES - 1), torch.arange(AGES)
    images, ages = torch.rand(BATCH, 3, PIXELS, PIXELS), torch.randint(AGES, (BATCH,)).float()
    levels = equal_number_split(torch.ones(AGES), LEVELS)
    labels = level_labels(soft_ordinal_labels(numbers, numbers, temperature=2 * SIGMA**2), levels)
    one = Binned(SoftOrdinalLoss(numbers, temperature=2 * SIGMA**2), edges)
    all_levels = HierarchicalClassifier(DIM, levels, representatives=midpoints(edges).float())
    sides = {
        "one level": step(LinearClassifier(DIM, AGES), one, images, ages),
        f"HCA, {LEVELS} levels": step(
            all_levels, Binned(HierarchicalLoss(levels, labels), edges), images, ages
        ),
    }
    show("training step", alternate(sides, rounds=7, warmup=1), "one level")


if __name__ == "__main__":
    main()

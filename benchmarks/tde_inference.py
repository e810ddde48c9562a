"""TDE inference: folded against a linear layer, and a sweep of 51 alphas against one forward pass.

Goals: folded at most 1.05 x a linear layer; the sweep at most 2 x one pass over the classifier. Fresh memory for the
51 x 512 x 1000 logits costs more than the arithmetic, if it has to come from the system each time; so freed memory is
kept, as by the command line.
"""

import torch
from timing import alternate, show
from torch import nn

from counterpoise.classifiers import DeconfoundedClassifier
from counterpoise.memory import keep_freed_memory
from counterpoise.predictors import TotalDirectEffect

BATCH, DIM = 512, 2048


@torch.no_grad()
def main() -> None:
    """Measure for 1000 classes (ImageNet-LT) and 8142 (iNaturalist 2018)."""
    keep_freed_memory()
    print(f"threads {torch.get_num_threads()}, B {BATCH}, D {DIM}")
    for classes in (1000, 8142):
        features = torch.rand(BATCH, DIM)
        linear = nn.Linear(DIM, classes, bias=False)
        classifier = DeconfoundedClassifier(DIM, classes)
        tde = TotalDirectEffect(classifier, torch.rand(DIM), alpha=3.0)
        folded = tde.folded()
        sides = {
            "linear layer": lambda: linear(features),  # noqa: B023
            "folded": lambda: folded(features),  # noqa: B023
            "not folded": lambda: tde(features),  # noqa: B023
        }
        show(f"C = {classes}", alternate(sides, rounds=15), "linear layer")
        if classes == 1000:
            alphas = torch.linspace(0, 5, 51)
            out = torch.empty(51, BATCH, classes)
            sides = {
                "one pass over the classifier": lambda: classifier(features),  # noqa: B023
                "sweep of 51 alphas, into given memory": lambda: tde.sweep(features, alphas, out=out),  # noqa: B023
                "sweep of 51 alphas, into fresh memory": lambda: tde.sweep(features, alphas),  # noqa: B023
            }
            show("sweep", alternate(sides, rounds=9), "one pass over the classifier")


if __name__ == "__main__":
    main()

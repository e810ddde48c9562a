"""A student learns from a teacher that reads the same features."""

from dataclasses import replace
from typing import cast

from counterpoise.classifiers import Taught
from counterpoise.losses.hierarchical_distillation import HierarchicalDistillation
from counterpoise.net import Net
from counterpoise.steps.step import Seen, Step


class Distill(Step):
    """Features -> the student's logits and the term "loss", with the teacher's outputs in place of labels.

    Args:
        loss: takes the student's logits and the teacher's outputs.
    """

    def __init__(self, loss: HierarchicalDistillation) -> None:
        super().__init__()
        self.loss = loss

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Add the term; targets are not read."""
        taught = cast(Taught, net.classifier)
        logits = taught.student(seen.features)
        term = self.loss(logits, taught.teacher.outputs(seen.features))
        return replace(seen, outputs=logits, terms={**seen.terms, "loss": term})

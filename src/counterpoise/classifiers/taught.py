"""A student and its teacher, over the same features."""

from torch import Tensor

from counterpoise.net import Classifier


class Taught(Classifier):
    """The student answers; the frozen teacher is there for its loss (`counterpoise.steps.Distill`).

    Args:
        student: is trained, and answers alone at inference.
        teacher: a trained classifier of the same features; it is frozen when it is wrapped.
    """

    def __init__(self, student: Classifier, teacher: Classifier) -> None:
        super().__init__()
        self.dim, self.num_classes = student.dim, student.num_classes
        self.student, self.teacher = student, teacher.requires_grad_(False)

    def forward(self, features: Tensor) -> Tensor:
        """The student's logits; (B, D) -> (B, C)."""
        return self.student(features)

"""A second net, trained before, tells what it says about the same inputs."""

from collections.abc import Callable
from typing import final

import torch
from torch import Tensor

from counterpoise.losses import Loss
from counterpoise.net import Net
from counterpoise.steps.added_term import AddedTerm
from counterpoise.steps.step import Seen


@final
class FrozenTeacher(AddedTerm):
    """Adds a loss of the outputs with the logits of a frozen net in place of labels, as the term "distillation".

    Distillation as in RIDE (Wang et al., ICLR 2021), whose teacher is another, larger RIDE. Its place is after "score".
    The teacher gets the same inputs, mixed ones too, and is in evaluation mode. It is no part of the step's state, and
    is read when the first batch comes.

    Args:
        teacher: gives the net, the same one at every call.
        loss: takes the outputs and the teacher's logits, such as a `KnowledgeDistillation`.
        factor: of the term (released with RIDE: 1).
    """

    name = "distillation"

    def __init__(self, teacher: Callable[[], Net], loss: Loss, *, factor: float = 1.0) -> None:
        super().__init__(lambda epoch, epochs: factor)
        self.teacher, self.loss = teacher, loss

    def term(self, net: Net, seen: Seen) -> Tensor:
        """The loss of the batch, ()."""
        return self.loss(seen.outputs, self.taught(seen.inputs))

    @torch.no_grad()
    def taught(self, inputs: Tensor) -> Tensor:
        """Logits of the teacher; (B, ...) -> (B, C)."""
        return self.teacher().to(inputs.device).eval()(inputs)

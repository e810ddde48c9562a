"""Mean Teacher: a net that is the running average of its student."""

from typing import Any

import torch
from torch import Tensor, nn

from counterpoise.errors import InputError
from counterpoise.trackers.weight_average import frozen_copy, move_towards


class MeanTeacher(nn.Module):
    """The exponential moving average of a net's weights (Tarvainen, Valpola, NeurIPS 2017).

    It starts as a copy of the net. Call `update` after every optimizer step. Only parameters are averaged; batch-norm
    buffers are the teacher's own and follow what it sees in training mode. The teacher gets no gradient. Processes
    whose students agree have teachers that agree.

    Args:
        net: the student as it is at the start.
        decay: alpha (released code: 0.999; 0.97 for 1000 labels of CIFAR-10, 0.99 for 4000, 0.9997 for ImageNet);
            in the first steps it is lower, see `teacher_decay`.

    Raises:
        InputError: decay outside 0 .. 1.
    """

    steps: Tensor

    def __init__(self, net: nn.Module, *, decay: float = 0.999) -> None:
        super().__init__()
        if not 0 <= decay <= 1:
            raise InputError(f"decay must lie in 0 .. 1, but {decay} came; the released code has 0.999")
        self.net, self.decay = frozen_copy(net), decay
        self.register_buffer("steps", torch.tensor(0))

    def update(self, net: nn.Module) -> None:
        """Move towards the student after one more optimizer step."""
        self.steps += 1
        move_towards(self.net, net, decay=teacher_decay(int(self.steps), self.decay))

    @torch.no_grad()
    def forward(self, inputs: Tensor) -> Any:
        """What the teacher says; (B, ...) -> (B, C)."""
        return self.net(inputs)


def teacher_decay(step: int, decay: float) -> float:
    """``min(1 - 1/(t + 1), decay)`` in step t, from 1: until that is the smaller, a plain mean of all so far."""
    return min(1 - 1 / (step + 1), decay)

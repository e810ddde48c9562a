"""A batch in double precision, counts of a long tail, and a softmax written out."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

LogSoftmax = Callable[[list[float]], list[float]]


@pytest.fixture
def batch() -> tuple[Tensor, Tensor]:
    return 3 * torch.randn(6, 4, dtype=torch.float64), torch.tensor([0, 3, 1, 1, 2, 0])


@pytest.fixture
def counts() -> Tensor:
    return torch.tensor([100.0, 20.0, 7.0, 2.0], dtype=torch.float64)


@pytest.fixture
def log_softmax() -> LogSoftmax:
    return lambda row: [z - math.log(sum(math.exp(other) for other in row)) for z in row]


@pytest.fixture
def marks() -> tuple[Tensor, Tensor]:
    """Logits and any number of labels: some, none and all."""
    targets = torch.tensor([[1, 0, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 0, 1], [0, 1, 0, 0]])
    return 3 * torch.randn(5, 4, dtype=torch.float64), targets.bool()

import pytest
import torch
from torch import Generator, Tensor

from counterpoise.errors import InputError
from counterpoise.samplers import ClassMembers, DrawingSampler

TARGETS, COUNTS = torch.tensor([2, 0, 2, 2]), torch.tensor([1, 0, 3])


class Thirds(DrawingSampler):
    def probabilities(self) -> Tensor:
        return torch.tensor([2 / 3, 0.0, 1 / 3])


def test_an_epoch_draws_with_the_probabilities() -> None:
    sampler = Thirds(TARGETS, COUNTS)
    wanted = ClassMembers(TARGETS, COUNTS).draw(sampler.probabilities(), Generator().manual_seed(4))
    assert len(sampler) == 4
    assert torch.equal(sampler.order(Generator().manual_seed(4)), wanted)


def test_counts_of_other_labels_are_refused() -> None:
    with pytest.raises(InputError, match="class_counts must count these very labels"):
        Thirds(TARGETS, torch.tensor([1, 1, 2]))


def test_without_probabilities_it_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="probabilities"):
        DrawingSampler(TARGETS, COUNTS)  # pyright: ignore[reportAbstractUsage]

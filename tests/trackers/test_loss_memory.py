import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.trackers import LossMemory

TARGETS = torch.tensor([0, 0, 1, 1, 2])


def fed(*batches: tuple[list[int], list[float]]) -> LossMemory:
    memory = LossMemory(TARGETS, 4, decay=0.7)
    for index, losses in batches:
        memory.update(torch.tensor(index), torch.tensor(losses))
    return memory


def relative(memory: LossMemory) -> Tensor:
    return memory.relative(torch.arange(len(TARGETS)))


def test_the_first_loss_replaces_the_start_and_later_ones_blend_in() -> None:
    memory = fed(([0, 2], [1.0, 4.0]), ([0], [2.0]))
    assert_close(memory.average, torch.tensor([0.7 + 0.6, 0, 4.0, 0, 0]))


def test_a_sample_counts_beside_the_largest_of_its_class() -> None:
    memory = fed(([0, 1, 3], [1.0, 4.0, 5.0]))
    assert_close(relative(memory), torch.tensor([0.25, 1.0, 0.0, 1.0, 0.0]))


def test_of_several_losses_of_one_sample_the_last_counts() -> None:
    assert fed(([1, 1], [3.0, 2.0])).average[1] == 2.0


def test_a_first_loss_of_zero_is_a_visit() -> None:
    assert_close(fed(([4], [0.0]), ([4], [1.0])).average[4], torch.tensor(0.3))


def test_no_gradient_is_kept() -> None:
    memory = LossMemory(TARGETS, 3)
    memory.update(torch.tensor([0]), torch.ones(1, requires_grad=True))
    assert not memory.relative(torch.tensor([0])).requires_grad


@pytest.mark.parametrize("decay", [-0.1, 1.0, float("nan")])
def test_a_decay_that_cannot_be_is_refused(decay: float) -> None:
    with pytest.raises(InputError, match="decay must lie in"):
        LossMemory(TARGETS, 3, decay=decay)


def test_labels_of_other_classes_are_refused() -> None:
    with pytest.raises(InputError, match="labels must lie in"):
        LossMemory(TARGETS, 2)

import torch
from torch import nn
from torch.testing import assert_close

from counterpoise.trackers import frozen_copy, move_towards, take_modes


def test_a_copy_is_frozen_and_its_own() -> None:
    module = nn.Linear(3, 2)
    copied = frozen_copy(module)
    assert not any(weight.requires_grad for weight in copied.parameters())
    assert all(weight.requires_grad for weight in module.parameters())
    module.weight.data.zero_()
    assert copied.weight.abs().min() > 0


def test_weights_move_and_buffers_stay() -> None:
    module, average = nn.BatchNorm1d(2), nn.BatchNorm1d(2)
    module.weight.data.fill_(5.0)
    module(10 + torch.randn(8, 2))
    move_towards(average, module, decay=0.75)
    assert_close(average.weight.detach(), torch.full((2,), 2.0))
    assert average.running_mean is not None
    assert average.running_mean.tolist() == [0, 0]


def test_modes_are_taken_part_by_part() -> None:
    module = nn.Sequential(nn.Dropout(), nn.Dropout())
    copied = frozen_copy(module)
    module[0].eval()
    take_modes(copied, module)
    assert [part.training for part in copied] == [False, True]

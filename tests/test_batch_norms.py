import pytest
import torch
from torch import nn

from counterpoise.batch_norms import untracked


def test_a_batch_is_used_but_not_remembered() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    inputs = 5 + torch.randn(8, 3)
    with untracked(net):
        inside = net(inputs)
    assert all(torch.equal(net.state_dict()[name], tensor) for name, tensor in before.items())
    assert torch.equal(net(inputs), inside), "the statistics of the batch are used inside too"
    assert not torch.equal(net.state_dict()["1.running_mean"], before["1.running_mean"])


def test_evaluation_mode_is_not_changed() -> None:
    net = nn.BatchNorm1d(4).eval()
    inputs = 5 + torch.randn(8, 4)
    with untracked(net):
        assert torch.equal(net(inputs), inputs / (1 + net.eps) ** 0.5)


def test_tracking_comes_back_after_an_error_and_only_where_it_was() -> None:
    net = nn.Sequential(nn.BatchNorm1d(4), nn.BatchNorm1d(4, track_running_stats=False))
    with pytest.raises(RuntimeError, match="oh"), untracked(net):
        raise RuntimeError("oh")
    assert [norm.track_running_stats for norm in net] == [True, False]

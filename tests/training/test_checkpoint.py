"""Checkpoints keep every bit, and say what is wrong with a damaged one."""

from pathlib import Path

import pytest
import torch
from torch import nn

from counterpoise.errors import InputError
from counterpoise.training.checkpoint import (
    gathered,
    load_optimizer,
    load_tensors,
    optimizer_state,
    optimizer_tensors,
    restore,
    save_tensors,
    state_of,
)


def test_tensors_and_facts_come_back_to_the_bit(tmp_path: Path) -> None:
    tensors = {
        "strided": torch.randn(4, 6, 5, 5).to(memory_format=torch.channels_last),
        "view": torch.randn(3, 4).T,
        "count": torch.tensor(7),
        "half": torch.randn(3).bfloat16(),
        "none": torch.empty(0, 3),
    }
    facts = {"rows": [{"stage": "main", "lr": 0.1 + 0.2}], "epochs_done": 3}
    save_tensors(tmp_path / "x.safetensors", tensors, facts)
    found, found_facts = load_tensors(tmp_path / "x.safetensors")
    assert found_facts == facts
    assert found.keys() == tensors.keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in tensors.items())
    assert found["half"].dtype == torch.bfloat16


def test_shared_tensors_can_be_saved(tmp_path: Path) -> None:
    weight = torch.randn(2, 2)
    save_tensors(tmp_path / "x.safetensors", {"a": weight, "b": weight}, {})
    found, _ = load_tensors(tmp_path / "x.safetensors")
    assert torch.equal(found["a"], found["b"])


@pytest.mark.parametrize("content", [b"", b"no weights", b"\xff" * 100])
def test_a_damaged_file_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"cannot read the weights .*; delete the file to begin anew"):
        load_tensors(path)


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save_tensors(path, {"a": torch.randn(1000)}, {})
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(InputError, match="cannot read the weights"):
        load_tensors(path)


def test_modules_are_restored_by_their_key() -> None:
    first, second = nn.Linear(2, 3), nn.BatchNorm1d(3)
    second(first(torch.randn(5, 2)))
    state = state_of(net=first, objective=second)
    other, another = nn.Linear(2, 3), nn.BatchNorm1d(3)
    restore(state, net=other, objective=another)
    assert torch.equal(other.weight, first.weight)
    assert torch.equal(another.running_mean, second.running_mean)
    assert another.num_batches_tracked == 1


def test_weights_of_another_net_are_refused_in_one_line() -> None:
    with pytest.raises(InputError, match="the saved weights do not fit this net") as refusal:
        restore(state_of(net=nn.Linear(2, 3)), net=nn.Linear(2, 4))
    assert "\n" not in str(refusal.value)


def test_one_process_gathers_what_it_has() -> None:
    net = nn.Linear(2, 3)
    found = gathered(state_of(net=net))
    assert list(found) == ["net/weight", "net/bias"]
    assert torch.equal(found["net/weight"], net.weight)
    assert not found["net/weight"].requires_grad


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.AdamW])
def test_an_optimizer_goes_on_as_if_it_had_never_stopped(kind: type, tmp_path: Path) -> None:
    options = {"momentum": 0.9} if kind is torch.optim.SGD else {"betas": (0.8, 0.9)}
    torch.manual_seed(0)
    net = nn.Linear(3, 2)
    groups = [{"params": [net.weight], "base_lr": 0.3}, {"params": [net.bias], "lr": 0.01}]
    optimizer = kind(groups, lr=0.1, **options)
    step(net, optimizer)
    tensors, facts = optimizer_tensors(optimizer)
    save_tensors(tmp_path / "x.safetensors", tensors | state_of(net=net), facts)
    step(net, optimizer)

    copy = nn.Linear(3, 2)
    found, found_facts = load_tensors(tmp_path / "x.safetensors")
    restore(found, net=copy)
    resumed = kind([{"params": [copy.weight]}, {"params": [copy.bias]}], lr=0.1, **options)
    load_optimizer(resumed, optimizer_state(found, found_facts))
    assert [group.get("base_lr") for group in resumed.param_groups] == [0.3, None]
    step(copy, resumed)
    assert torch.equal(copy.weight, net.weight)
    assert torch.equal(copy.bias, net.bias)


def step(net: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    optimizer.zero_grad()
    net(torch.ones(4, 3)).square().sum().backward()
    optimizer.step()

"""Which parameters a stage owns, and which modules train."""

import pytest
import torch
from torch import nn

from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.training.modes import owner, parameter_groups, set_modes


def small_net() -> Net:
    backbone = nn.Sequential()
    backbone.add_module("stem", nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)))
    backbone.add_module("stem2", nn.Linear(4, 4))
    return Net(backbone, nn.Linear(4, 2))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("backbone.stem.0.weight", "backbone.stem"),
        ("backbone.stem", "backbone.stem"),
        ("backbone.stem2.weight", "backbone"),
        ("backbone", "backbone"),
        ("classifier.weight", None),
        ("backbones.weight", None),
    ],
)
def test_the_longest_prefix_owns_a_name(name: str, expected: str | None) -> None:
    assert owner(name, {"backbone": {}, "backbone.stem": {"lr": 0.1}}) == expected


def test_groups_hold_each_trained_parameter_once_with_its_overrides() -> None:
    net = small_net()
    trains = {"backbone": {}, "backbone.stem": {"lr": 0.5}, "classifier": {"weight_decay": 0.0}}
    rest, stem, classifier = parameter_groups(net, nn.Module(), trains)
    assert [id(p) for p in stem["params"]] == [id(p) for p in net.backbone.stem.parameters()]
    assert [id(p) for p in rest["params"]] == [id(p) for p in net.backbone.stem2.parameters()]
    assert [id(p) for p in classifier["params"]] == [id(p) for p in net.classifier.parameters()]
    assert (stem["lr"], classifier["weight_decay"]) == (0.5, 0.0)
    assert "lr" not in rest


def test_parameters_of_the_steps_come_last() -> None:
    objective = nn.Linear(2, 2)
    objective.bias.requires_grad_(False)
    groups = parameter_groups(small_net(), objective, {"classifier": {}})
    assert [[id(p) for p in group["params"]] for group in groups[1:]] == [[id(objective.weight)]]


def test_a_prefix_that_names_nothing_is_refused() -> None:
    with pytest.raises(InputError, match=r"trains 'backbone\.steam', but the net has no parameter"):
        parameter_groups(small_net(), nn.Module(), {"backbone.steam": {}})


def test_a_prefix_whose_parameters_all_belong_to_longer_ones_is_refused() -> None:
    with pytest.raises(InputError, match="trains 'classifier'"):
        parameter_groups(
            small_net(), nn.Module(), {"classifier": {}, "classifier.weight": {}, "classifier.bias": {}}
        )


def test_what_is_not_trained_gets_no_gradient_and_is_in_eval_mode() -> None:
    net = small_net().train()
    set_modes(net, {"backbone.stem2": {}, "classifier": {}})
    training = {name for name, module in net.named_modules() if module.training}
    assert training == {"backbone.stem2", "classifier"}
    learning = {name for name, parameter in net.named_parameters() if parameter.requires_grad}
    assert learning == {
        "backbone.stem2.weight",
        "backbone.stem2.bias",
        "classifier.weight",
        "classifier.bias",
    }


def test_a_later_stage_can_thaw() -> None:
    net = small_net()
    set_modes(net, {"classifier": {}})
    set_modes(net, {"backbone": {}})
    assert all(p.requires_grad for p in net.backbone.parameters())
    assert not any(p.requires_grad for p in net.classifier.parameters())
    assert net.backbone.stem[1].training
    assert not net.classifier.training


def test_statistics_of_a_frozen_batch_norm_stay() -> None:
    net = small_net()
    statistics = net.backbone.stem[1].running_mean.clone()
    set_modes(net, {"classifier": {}})
    net(torch.randn(8, 3))
    assert torch.equal(net.backbone.stem[1].running_mean, statistics)
    set_modes(net, {"backbone": {}})
    net(torch.randn(8, 3))
    assert not torch.equal(net.backbone.stem[1].running_mean, statistics)


def test_a_part_without_parameters_forms_no_group() -> None:
    net = Net(nn.Identity(), nn.Linear(4, 2))  # pyright: ignore
    (group,) = parameter_groups(net, nn.Module(), {"backbone": {}, "classifier": {}})
    assert [id(one) for one in group["params"]] == [id(one) for one in net.classifier.parameters()]
    with pytest.raises(
        InputError, match="a stage trains 'backbone', but the net has no parameter of that name"
    ):
        parameter_groups(net, nn.Module(), {"backbone": {}})

"""From the name of an optimizer to the optimizer."""

import pytest
import torch
from torch import nn

from counterpoise.training import Training
from counterpoise.training.optimizers import optimizer_of


@pytest.mark.parametrize(
    ("name", "kind"), [("sgd", torch.optim.SGD), ("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW)]
)
def test_each_name_has_its_optimizer(name, kind: type) -> None:
    made = optimizer_of(Training(optimizer=name, lr=0.02, weight_decay=0.3))
    (group,) = made([{"params": [nn.Parameter(torch.zeros(2))]}]).param_groups
    assert type(made([{"params": [nn.Parameter(torch.zeros(2))]}])) is kind
    assert (group["lr"], group["weight_decay"]) == (0.02, 0.3)
    assert group.get("momentum") == (0.9 if name == "sgd" else None)


def test_a_group_keeps_its_own_rate() -> None:
    groups = [{"params": [nn.Parameter(torch.zeros(2))], "lr": 0.5}]
    assert optimizer_of(Training(optimizer="adam"))(groups).param_groups[0]["lr"] == 0.5

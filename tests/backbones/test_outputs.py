import torch
from torch import nn

from counterpoise.backbones import MLP, PerOutput


def test_each_target_has_its_own_layer_over_shared_features() -> None:
    torch.manual_seed(0)
    backbone = PerOutput(MLP(3), 2).eval()
    rows, inputs = backbone.num_features, torch.rand(4, 3)
    features = backbone(inputs)
    assert features.shape == (8, rows)
    shared = backbone.backbone(inputs)
    for sample in range(4):
        for target in range(2):
            own = slice(target * rows, (target + 1) * rows)
            wanted = torch.relu(backbone.own.weight[own] @ shared[sample] + backbone.own.bias[own])
            torch.testing.assert_close(features[2 * sample + target], wanted)


def test_a_target_does_not_move_the_layer_of_another() -> None:
    backbone = PerOutput(MLP(3), 2)
    backbone(torch.rand(5, 3)).view(5, 2, -1)[:, 0].sum().backward()
    gradient = backbone.own.weight.grad
    assert isinstance(gradient, torch.Tensor) and isinstance(backbone.backbone, nn.Module)
    first, second = gradient.split(backbone.num_features)
    assert first.abs().sum() > 0 and not second.any()

"""Images of another size."""

import torch
from torch import nn

from counterpoise.backbones import Resized, SmallCNN


class Seen(nn.Module):
    num_features = 2

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(2).mean(2)


def test_the_backbone_sees_its_own_size() -> None:
    net, images = Resized(SmallCNN(1), 16), torch.rand(2, 1, 8, 8)
    larger = nn.functional.interpolate(images, (16, 16), mode="bilinear", antialias=True)
    assert torch.equal(net(images), net.backbone(larger))
    assert net.num_features == net.backbone.num_features


def test_flat_images_stay_flat() -> None:
    found = Resized(Seen(), 5)(torch.full((1, 2, 9, 9), 0.25))
    assert torch.allclose(found, torch.full((1, 2), 0.25))

"""Grad-CAM by captum against the formula, over every kind of backbone and over a total direct effect."""

import sys

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from counterpoise.backbones import AttendedBackbone, SmallCNN, image_backbone, two_branch_backbone
from counterpoise.classifiers import DeconfoundedClassifier, LinearClassifier
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.predictors import TotalDirectEffect
from counterpoise.training.activation_maps import (
    Opened,
    activation_maps,
    most_improved,
    outermost_map,
    scaled,
    spread_of,
)

BACKBONES = [("small_cnn", 8), ("resnet32", 16), ("resnet32_two_branch", 16), ("test_resnet", 32)]


def linear_net(name: str, size: int) -> Net:
    backbone = image_backbone(name, (3, size, size))
    return Net(backbone, LinearClassifier(backbone.num_features, 5, bias=True)).eval()  # pyright: ignore


def by_hand(net: Net, images: Tensor, classes: Tensor) -> Tensor:
    """Weights are the mean gradients of the channels; the sum is cut at 0 and enlarged."""
    feature_map = net.backbone.feature_map(images).detach().requires_grad_()  # pyright: ignore
    logits = net.classifier(net.backbone.pool(feature_map))  # pyright: ignore
    (gradient,) = torch.autograd.grad(logits.gather(1, classes.unsqueeze(1)).sum(), feature_map)
    found = (gradient.mean(dim=(2, 3), keepdim=True) * feature_map).sum(dim=1, keepdim=True).relu()
    return F.interpolate(found, images.shape[2:], mode="bilinear").squeeze(1).detach()


@pytest.mark.parametrize(("name", "size"), BACKBONES)
def test_a_net_in_two_parts_is_the_same_net(name: str, size: int) -> None:
    net, images = linear_net(name, size), torch.randn(2, 3, size, size)
    torch.testing.assert_close(Opened(net)(images), net(images))
    maps = activation_maps(net, images, torch.tensor([0, 3]))
    assert maps.shape == (2, size, size)
    assert maps.min() >= 0
    assert maps.amax() > 0


@pytest.mark.parametrize("name", ["small_cnn", "resnet32_two_branch"])
def test_maps_follow_the_formula(name: str) -> None:
    size = dict(BACKBONES)[name]
    net, images, classes = linear_net(name, size), torch.randn(3, 3, size, size), torch.tensor([1, 4, 2])
    torch.testing.assert_close(activation_maps(net, images, classes), by_hand(net, images, classes))


def test_the_logit_after_the_removal_is_explained() -> None:
    backbone, images, classes = (
        image_backbone("small_cnn", (1, 8, 8)),
        torch.rand(4, 1, 8, 8),
        torch.arange(4),
    )
    classifier = DeconfoundedClassifier(64, 5)
    direction = backbone(images).mean(dim=0).detach()
    plain, removed = (
        Net(backbone, TotalDirectEffect(classifier, direction, alpha=alpha)).eval() for alpha in (0.0, 1.5)
    )
    found = activation_maps(removed, images, classes)
    torch.testing.assert_close(found, by_hand(removed, images, classes))
    assert not torch.allclose(found, activation_maps(plain, images, classes))
    torch.testing.assert_close(
        activation_maps(plain, images, classes), by_hand(Net(backbone, classifier), images, classes)
    )


def test_weights_of_the_net_get_no_gradient_and_stay() -> None:
    net, images = linear_net("small_cnn", 8), torch.randn(2, 3, 8, 8)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    activation_maps(net, images, torch.tensor([0, 1]))
    assert all(parameter.grad is None for parameter in net.parameters())
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())


def test_a_backbone_that_hides_its_map_is_searched() -> None:
    attended = AttendedBackbone(SmallCNN(1), (1, 8, 8))
    resnet = two_branch_backbone("resnet10t", (3, 32, 32))
    assert outermost_map(attended, torch.randn(1, 1, 8, 8)) is attended.attention
    assert outermost_map(resnet.eval(), torch.randn(1, 3, 32, 32)) is resnet.trunk
    assert outermost_map(torch.nn.Sequential(torch.nn.Flatten()), torch.randn(1, 3, 8, 8)) is None


def test_maps_of_a_searched_backbone_follow_the_formula() -> None:
    attended, images = AttendedBackbone(SmallCNN(1), (1, 8, 8)), torch.rand(2, 1, 8, 8)
    net = Net(attended, LinearClassifier(64, 5, bias=True)).eval()
    attended.feature_map = lambda x: attended.attention(attended.backbone.feature_map(x))  # pyright: ignore
    attended.pool = lambda found: attended.hidden(attended.backbone.pool(found)).relu()  # pyright: ignore
    expected = by_hand(net, images, torch.tensor([0, 4]))
    del attended.feature_map, attended.pool
    torch.testing.assert_close(activation_maps(net, images, torch.tensor([0, 4])), expected)


def test_a_transformer_has_no_map() -> None:
    backbone = image_backbone("test_vit", (3, 160, 160))
    net = Net(backbone, LinearClassifier(backbone.num_features, 3, bias=True))  # pyright: ignore
    with pytest.raises(InputError, match="choose resnet32"):
        activation_maps(net, torch.randn(1, 3, 160, 160), torch.tensor([0]))


def test_without_captum_the_error_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    with pytest.raises(InputError, match=r"pip install 'counterpoise\[maps\]'"):
        activation_maps(linear_net("small_cnn", 8), torch.randn(1, 3, 8, 8), torch.tensor([0]))


def test_maps_are_scaled_each_by_itself() -> None:
    maps = torch.tensor([[[1.0, 2.0], [4.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]])
    assert scaled(maps).tolist() == [[[0.25, 0.5], [1.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]]
    assert spread_of(maps)[0] == 0.5
    assert spread_of(maps)[1].isnan()


def test_the_most_improved_come_few_shot_first_then_repaired_then_by_gain() -> None:
    """Classes 0 and 1 are few-shot, class 2 is not."""
    before = torch.tensor(
        [[0.6, 0.3, 0.1], [0.3, 0.4, 0.3], [0.1, 0.7, 0.2], [0.9, 0.1, 0.0], [0.6, 0.2, 0.2], [0.8, 0.2, 0.0]]
    )
    after = torch.tensor(
        [[0.9, 0.1, 0.0], [0.5, 0.3, 0.2], [0.0, 0.1, 0.9], [0.1, 0.9, 0.0], [0.8, 0.1, 0.1], [0.7, 0.3, 0.0]]
    )
    targets, ranks = torch.tensor([0, 0, 2, 1, 1, 0]), torch.tensor([0, 0, 2])
    assert most_improved(before, after, targets, ranks, 9).tolist() == [3, 1, 0, 2]
    assert most_improved(before, after, targets, ranks, 2).tolist() == [3, 1]
    assert most_improved(after, after, targets, ranks, 2).tolist() == []

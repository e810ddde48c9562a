"""Where a net looks: Grad-CAM on its last feature map, by the package captum."""

from typing import Any

import torch
from torch import Tensor, nn

from counterpoise.backbones.spatial import Spatial, map_shape, spatial
from counterpoise.errors import InputError
from counterpoise.net import Net


class LastMap(nn.Module):
    """The part of a backbone up to its last feature map, as a layer of its own.

    Args:
        backbone: able to show its feature map, see `Spatial`.
    """

    def __init__(self, backbone: Spatial) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) -> (B, C, H', W')."""
        return self.backbone.feature_map(x)


class Opened(nn.Module):
    """The same net in two parts, between which lies its last feature map.

    Args:
        net: a net for images, or the predictor of one.

    Raises:
        InputError: its backbone has no feature map, as a transformer.
    """

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net = net
        self.last_map = LastMap(spatial(net.backbone))

    def forward(self, x: Tensor) -> Tensor:
        """Logits; (B, channels, H, W) -> (B, C)."""
        return self.net.classifier(self.last_map.backbone.pool(self.last_map(x)))


def activation_maps(net: Net, images: Tensor, classes: Tensor) -> Tensor:
    """Grad-CAM (Selvaraju et al., ICCV 2017) of the logit of a class; (B, channels, H, W), (B,) -> (B, H, W).

    The channels of the last feature map are weighed by the mean gradient of the logit, summed, cut at 0, and
    enlarged bilinearly to the size of the images. Of a total direct effect it is the logit after the removal: the
    head direction and alpha are constants, and the gradient goes through the cosine. Of the two-branch ResNet-32
    the maps of both branches count. De-confound-TDE, figure 5; its code was not released.

    Args:
        net: brought to evaluation mode.
        images: as the net receives them.
        classes: whose logit is explained.

    Raises:
        InputError: captum is not installed, or the backbone has no (B, C, H, W) feature map.
    """
    grad_cam, attribution = _captum()
    whole, layer = opened(net.eval(), images)
    found = grad_cam(whole, layer).attribute(images, target=classes, relu_attributions=True)
    return attribution.interpolate(found, tuple(images.shape[2:]), "bilinear").detach().squeeze(1)


def opened(net: Net, images: Tensor) -> tuple[nn.Module, nn.Module]:
    """A module that computes what the net does, and the layer in it that gives the last feature map.

    Where the backbone does not show its map by itself, that is the last to be computed of its outermost modules
    that give one: the attention of OLTR, or what two branches share.

    Raises:
        InputError: there is no feature map, as in a transformer.
    """
    try:
        whole = Opened(net)
    except InputError:
        found = outermost_map(net.backbone, images[:1])
        if found is None:
            raise
        return net, found
    channels, height, width = images.shape[1:]
    map_shape(whole.last_map.backbone, (channels, height, width))
    return whole, whole.last_map


@torch.no_grad()
def outermost_map(backbone: nn.Module, images: Tensor) -> nn.Module | None:
    """The last to be computed of the least nested modules whose output is (B, C, H, W); None without one."""
    calls: list[tuple[int, nn.Module]] = []

    def note(depth: int, module: nn.Module) -> Any:
        return module.register_forward_hook(
            lambda called, inputs, output: calls.append((depth, called)) if _is_map(output) else None
        )

    hooks = [note(name.count("."), module) for name, module in backbone.named_modules() if name]
    backbone(images)
    for hook in hooks:
        hook.remove()
    least = min((depth for depth, _ in calls), default=0)
    return next((module for depth, module in reversed(calls) if depth == least), None)


def _is_map(output: Any) -> bool:
    return isinstance(output, Tensor) and output.ndim == 4 and output.shape[2:] != (1, 1)


def _captum() -> tuple[Any, Any]:
    try:
        from captum.attr import LayerAttribution, LayerGradCam
    except ImportError as error:
        raise InputError(
            "activation maps need the package captum, which is not here; install it with: pip install "
            "'counterpoise[maps]'"
        ) from error
    return LayerGradCam, LayerAttribution


def scaled(maps: Tensor) -> Tensor:
    """Each map divided by its highest value, so that it lies in 0 .. 1; a map of zeros stays; (B, H, W)."""
    highest = maps.amax(dim=(1, 2), keepdim=True)
    return maps / torch.where(highest > 0, highest, 1)


def spread_of(maps: Tensor) -> Tensor:
    """Share of the pixels with at least half of a map's highest value, nan for a map of zeros; (B, H, W) -> (B,).

    It is small where a map is compact (ours; the paper shows pictures alone).
    """
    marked = (scaled(maps) >= 0.5).float().mean(dim=(1, 2))
    return torch.where(marked > 0, marked, torch.nan)


def most_improved(before: Tensor, after: Tensor, targets: Tensor, ranks: Tensor, count: int) -> Tensor:
    """Positions of the images that gain most, best first; those whose probability does not rise are left out.

    Classes of lower rank come first; then images that are wrong before and right after; then by the gain in the
    probability of the true class.

    Args:
        before: probabilities of one net, (N, C).
        after: probabilities of another, (N, C).
        targets: true classes, (N,).
        ranks: of each class, (C,); 0 for few-shot classes.
        count: at most so many positions.

    Returns:
        At most ``count`` positions, (M,).
    """
    own = targets.unsqueeze(1)
    gain = (after.gather(1, own) - before.gather(1, own)).squeeze(1)
    repaired = (before.argmax(dim=1) != targets) & (after.argmax(dim=1) == targets)
    keys = zip(ranks[targets].tolist(), (~repaired).tolist(), (-gain).tolist(), strict=True)
    order = [place for _, place in sorted((key, place) for place, key in enumerate(keys) if key[2] < 0)]
    return torch.tensor(order[:count], dtype=torch.int64)

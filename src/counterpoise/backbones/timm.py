"""Any timm model as a backbone."""

import difflib
from typing import Any

import timm
from torch import nn

from counterpoise.errors import InputError


def timm_backbone(
    name: str, *, channels: int, size: int, pretrained: bool, maps: tuple[int, ...] | None = None
) -> nn.Module:
    """A timm model without its classifier, pooled; (B, channels, size, size) -> (B, num_features).

    Args:
        name: of the model, with or without a tag of its weights, such as resnext50_32x4d.
        channels: channels of the images.
        size: height and width of the images, for models that need to know.
        pretrained: whether to load timm's weights (from its cache, or downloaded).
        maps: numbers of the feature maps to give as a list in place of pooled features, finest first; () for all.

    Raises:
        InputError: timm has no such model, or the weights cannot be had.
    """
    if not timm.is_model(name):
        near = difflib.get_close_matches(name, timm.list_models(), n=3)
        hint = f"did you mean {', '.join(near)}?" if near else "timm.list_models() lists them"
        raise InputError(
            f"no backbone {name!r}: expected resnet32, resnet32_two_branch, small_cnn or a timm model; {hint}"
        )
    options: dict[str, Any] = {"img_size": size} if takes_size(name) else {}
    if maps is not None:
        options |= {"features_only": True, "out_indices": maps or None}
    try:
        return timm.create_model(name, pretrained=pretrained, num_classes=0, in_chans=channels, **options)
    except (OSError, RuntimeError, ValueError, AttributeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"cannot build {name} ({'with' if pretrained else 'without'} pretrained weights): {reason}"
        ) from error


def takes_size(name: str) -> bool:
    """Whether the model's parameters depend on the image size, as with plain vision transformers."""
    config = timm.get_pretrained_cfg(name)
    return bool(config and config.fixed_input_size)

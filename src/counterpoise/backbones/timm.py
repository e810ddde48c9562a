"""Any timm model as a backbone."""

import difflib
from typing import Any

import timm
from huggingface_hub import get_hf_file_metadata, hf_hub_url, try_to_load_from_cache
from huggingface_hub.errors import HfHubHTTPError
from torch import nn

from counterpoise.errors import InputError

WEIGHTS = ("model.safetensors", "pytorch_model.bin")
"""The files in which the hub keeps the weights of timm's models."""

SECONDS = 10.0
"""How long the hub may take to answer (ours)."""


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
    if pretrained:
        require_reachable(name)
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


def require_reachable(name: str) -> None:
    """Ask once for weights that are not in the cache: their download would try again and again for minutes.

    Raises:
        InputError: the hub does not answer.
    """
    config = timm.get_pretrained_cfg(name)
    if not (config and config.hf_hub_id):
        return
    if any(isinstance(try_to_load_from_cache(config.hf_hub_id, file), str) for file in WEIGHTS):
        return
    try:
        get_hf_file_metadata(hf_hub_url(config.hf_hub_id, WEIGHTS[0]), timeout=SECONDS)
    except HfHubHTTPError:
        return
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"the pretrained weights of {name} are not here and cannot be downloaded: {reason}; check the network, or "
            "use --pretrained false"
        ) from error


def takes_size(name: str) -> bool:
    """Whether the model's parameters depend on the image size, as with plain vision transformers."""
    config = timm.get_pretrained_cfg(name)
    return bool(config and config.fixed_input_size)

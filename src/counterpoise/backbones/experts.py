"""Backbones whose last part exists once for each expert, narrower than in the plain net, over one trunk (RIDE).

RIDE (Wang et al., ICLR 2021) shares the first stages of a ResNet among its experts and gives each the last two with
three quarters of their width. TADE and SADE (Zhang et al., NeurIPS 2022) use the same backbones. In multiply-additions
two experts take 1.1 times and three 1.4 to 1.5 times those of the plain ResNet-32, ResNet-50 or ResNeXt-50; routing
(`SkippingExperts`) is there to save what most samples do not need.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import cast, final

import timm
import torch
from timm.models.resnet import ResNet
from torch import Tensor, nn

from counterpoise.backbones.cifar_resnet import kaiming_initialized, residual_stage
from counterpoise.backbones.small_cnn import SmallCNN
from counterpoise.backbones.timm import timm_backbone
from counterpoise.errors import InputError

EXPERTS, WIDTH = 3, 0.75
"""Number of experts and share of the width that each has (paper and release)."""


@final
class ExpertBackbone(nn.Module):
    """A trunk and E experts with D features each; (B, ...) -> (B, E * D), expert after expert.

    The features of all experts stand side by side in one row, so that a net of experts is a `Net` like any other: a
    classifier such as `ExpertsClassifier` cuts them, and what reads features (trackers, regularizers, embeddings) needs
    to know nothing. ``features.unflatten(1, (E, D))`` has them by expert.

    Training and inference compute the same, but for the batch statistics of trunk and experts.

    Args:
        trunk: what the experts share.
        experts: each turns what the trunk gives into features, (B, ...) -> (B, D).
        num_features: E * D, the features of all experts together.

    Raises:
        InputError: no expert, or features that cannot be shared out evenly.
    """

    def __init__(self, trunk: nn.Module, experts: Sequence[nn.Module], *, num_features: int) -> None:
        super().__init__()
        if not experts or num_features % len(experts):
            raise InputError(
                f"{num_features} features must be those of one expert or more with as many each, but "
                f"{len(experts)} experts came; give num_features = E * D"
            )
        self.trunk, self.experts, self.num_features = trunk, nn.ModuleList(experts), num_features

    @property
    def num_experts(self) -> int:
        """E."""
        return len(self.experts)

    def forward(self, x: Tensor) -> Tensor:
        """(B, ...) -> (B, E * D)."""
        shared = self.trunk(x)
        return torch.cat([expert(shared) for expert in self.experts], dim=1)


def expert_small_cnn(channels: int = 1, *, experts: int = EXPERTS, width: float = WIDTH) -> ExpertBackbone:
    """`SmallCNN` with its second convolution and its hidden layer for each expert; ours, for small pictures.

    Args:
        channels: channels of the images.
        experts: E.
        width: of an expert, as a share of the plain net's: 24 of 32 channels and D = 48 of 64 features at 3/4.

    Raises:
        InputError: no expert, or one without channels.
    """
    plain, features = SmallCNN(channels), narrowed(SmallCNN.num_features, width)
    trunk = nn.Sequential(plain.conv1, nn.ReLU())

    def expert() -> nn.Module:
        inside = narrowed(plain.conv2.out_channels, width)
        return nn.Sequential(
            nn.Conv2d(plain.conv1.out_channels, inside, 3, padding=1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(4),
            nn.Flatten(),
            nn.Linear(inside * 16, features),
            nn.ReLU(),
        )

    return ExpertBackbone(trunk, [expert() for _ in range(experts)], num_features=experts * features)


def expert_cifar_resnet32(
    channels: int = 3, *, experts: int = EXPERTS, width: float = WIDTH
) -> ExpertBackbone:
    """ResNet-32 with its last two stages for each expert; (B, channels, H, W) -> (B, E * 48) at width 3/4.

    Stages of 24 and 48 channels in place of 32 and 64, as in the release of RIDE for CIFAR.

    Args:
        channels: channels of the images.
        experts: E (paper and release: 2 to 4).
        width: of an expert, as a share of the plain net's (release: 3/4).

    Raises:
        InputError: no expert, or a width whose channels cannot be padded evenly, as parameter-free shortcuts need.
    """
    second, third = narrowed(32, width), narrowed(64, width)
    if second % 2 or third % 2 or not 16 <= second <= third:
        raise InputError(
            f"an expert of ResNet-32 needs even numbers of channels from 16, but width {width} gives {second} and "
            f"{third}; the release has 0.75"
        )

    def expert() -> nn.Module:
        stages = OrderedDict[str, nn.Module](
            layer2=residual_stage(16, second, blocks=5, stride=2),
            layer3=residual_stage(second, third, blocks=5, stride=2),
            pool=nn.AdaptiveAvgPool2d(1),
            flat=nn.Flatten(),
        )
        return nn.Sequential(stages)

    trunk = nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(channels, 16, 3, padding=1, bias=False),
            bn1=nn.BatchNorm2d(16),
            relu=nn.ReLU(inplace=True),
            layer1=residual_stage(16, 16, blocks=5, stride=1),
        )
    )
    made = ExpertBackbone(trunk, [expert() for _ in range(experts)], num_features=experts * third)
    kaiming_initialized(made)
    return made


def expert_resnet(
    name: str,
    *,
    channels: int,
    size: int,
    pretrained: bool = False,
    experts: int = EXPERTS,
    width: float = WIDTH,
) -> ExpertBackbone:
    """A ResNet of timm with its last two stages for each expert; (B, channels, size, size) -> (B, E * D).

    D is 1536 for resnet50 and resnext50_32x4d at width 3/4, as in the releases of RIDE and of the GLT benchmark. Only
    what keeps its width has pretrained weights: the trunk, and at width 1 the experts, which then all start alike.

    Args:
        name: of one of timm's ResNets, such as resnet50, resnext50_32x4d or seresnet50.
        channels: channels of the images.
        size: height and width of the images.
        pretrained: whether to load timm's weights (from its cache, or downloaded).
        experts: E (paper and release: 2 to 4).
        width: of an expert, as a share of the plain net's (release: 3/4).

    Raises:
        InputError: timm has no such model, it is no ResNet, it has no such width, or the weights cannot be had.
    """
    plain = timm_backbone(name, channels=channels, size=size, pretrained=pretrained)
    if not isinstance(plain, ResNet):
        raise InputError(
            f"experts are made for resnet32, small_cnn and timm's ResNets, but {name} came; choose one of them, "
            "such as resnet50 or resnext50_32x4d"
        )
    parts = [last_stages(narrow_resnet(name, plain, channels, width)) for _ in range(experts)]
    if width == 1:
        for part in parts:
            part.load_state_dict(last_stages(plain).state_dict())
    features = round(cast(int, plain.num_features) * width)
    for stage in ("layer3", "layer4", "global_pool"):
        plain.add_module(stage, nn.Identity())
    return ExpertBackbone(plain, parts, num_features=experts * features)


def narrow_resnet(name: str, plain: ResNet, channels: int, width: float) -> ResNet:
    """A fresh ResNet of the same kind whose last two stages have a share of the width."""
    stages = (plain.layer1, plain.layer2, plain.layer3, plain.layer4)
    expansions = [type(cast(nn.Sequential, stage)[0]).expansion for stage in stages]  # pyright: ignore
    planes = [info["num_chs"] // by for info, by in zip(plain.feature_info[1:], expansions, strict=True)]
    inside = (*planes[:2], *(narrowed(number, width) for number in planes[2:]))
    made = timm.create_model(name, num_classes=0, in_chans=channels, channels=inside)
    if not all(parameter.numel() for parameter in made.parameters()):
        raise InputError(f"no channels are left of {name} at width {width}; the release has 0.75")
    return cast(ResNet, made)


def last_stages(resnet: ResNet) -> nn.Sequential:
    """The last two stages and the pooling."""
    return nn.Sequential(
        OrderedDict(layer3=resnet.layer3, layer4=resnet.layer4, pool=resnet.global_pool)  # pyright: ignore
    )


def narrowed(channels: int, width: float) -> int:
    """A share of a number of channels.

    Raises:
        InputError: a share that is not above 0 or is above 1.
    """
    if not 0 < width <= 1 or round(channels * width) < 1:
        raise InputError(f"width must lie in 0 < width <= 1, but {width} came; the release has 0.75")
    return round(channels * width)

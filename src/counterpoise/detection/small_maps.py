"""A small convolutional net for small pictures of things; ours, for the demo and for tests."""

from torch import Tensor, nn


class SmallMaps(nn.Module):
    """Maps of strides 4, 8 and 16 from seven 3x3 convolutions, finest first.

    Its group norms keep no batch statistics, so two processes compute exactly what one does.
    """

    channels = (32, 64, 128)

    def __init__(self) -> None:
        super().__init__()
        self.stem = convolution(3, 16, stride=2)
        self.stages = nn.ModuleList(
            nn.Sequential(convolution(before, width, stride=2), convolution(width, width))
            for before, width in zip((16, *self.channels), self.channels, strict=False)
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        """(B, 3, H, W) -> (B, 32, H/4, W/4), (B, 64, H/8, W/8), (B, 128, H/16, W/16)."""
        x, maps = self.stem(x), []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps


def convolution(before: int, width: int, *, stride: int = 1) -> nn.Sequential:
    """Convolution, norm, ReLU; (B, before, H, W) -> (B, width, H/stride, W/stride)."""
    return nn.Sequential(
        nn.Conv2d(before, width, 3, stride=stride, padding=1, bias=False),
        group_norm(width),
        nn.ReLU(inplace=True),
    )


def group_norm(width: int) -> nn.GroupNorm:
    """A norm (Wu, He, ECCV 2018) over eighths of so many channels; the paper has 32 groups, for wider maps."""
    return nn.GroupNorm(8, width)

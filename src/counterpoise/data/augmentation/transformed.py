"""An augmentation, followed by a random transform of torchvision."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import torch
from PIL import Image
from torch import Generator, Tensor

from counterpoise.data.augmentation.augmentation import Augmentation
from counterpoise.data.augmentation.seeded import seeded
from counterpoise.data.pictures import as_tensor
from counterpoise.errors import InputError


@final
@dataclass(frozen=True)
class Transformed(Augmentation):
    """What another augmentation makes of an image, then a random transform, then normalisation.

    So RandAugment comes after crop and flip, as in the papers. The transform sees one picture at a time, as PIL
    images, for which the policies were made and are fastest on a CPU. The draws of a sample are those of the
    inner augmentation, which are the same as without the transform, and one seed.

    Attributes:
        inner: what comes first, and how to normalise.
        transform: changes a PIL image (RGB, or grey where the images have one channel) and keeps its size and
            mode. Its randomness comes from torch's global CPU generator, as in ``torchvision.transforms.v2``;
            that generator is left as it was.

    Raises:
        InputError: the samples are rows of numbers, whose augmentation has no size.
    """

    inner: Augmentation
    transform: Callable[[Any], Any]

    def __post_init__(self) -> None:
        if not self.inner.size:
            raise InputError(
                "what changes pictures is for images, but the samples are rows of numbers; leave it out"
            )

    @property
    def size(self) -> int:
        """That of the inner augmentation."""
        return self.inner.size

    def draw(self, count: int, generator: Generator) -> Tensor:
        """The draws of the inner augmentation, and one seed per sample: (count, P + 1)."""
        inner = self.inner.draw(count, generator)
        return torch.cat([inner, torch.randint(0, 2**62, (count, 1), generator=generator)], dim=1)

    def image(self, picture: Image.Image, draw: Tensor) -> Tensor:
        """The picture as the inner augmentation leaves it, transformed: uint8 (S, S, C)."""
        return self._transformed(self.inner.image(picture, draw[:-1]), draw[-1])

    def change(self, images: Tensor, draws: Tensor) -> Tensor:
        """The inner augmentation at once, then image by image on the CPU: uint8 (B, S, S, C)."""
        changed = self.inner.change(images, draws[:, :-1]).cpu()
        result = torch.empty_like(changed)
        for row, image, seed in zip(result, changed, draws[:, -1].cpu(), strict=True):
            row.copy_(self._transformed(image, seed))
        return result.to(images.device)

    def finish(self, images: Tensor) -> Tensor:
        """As the inner augmentation."""
        return self.inner.finish(images)

    def _transformed(self, image: Tensor, seed: Tensor) -> Tensor:
        picture = Image.fromarray(image.squeeze(-1).numpy())
        with seeded(int(seed)):
            return as_tensor(self.transform(picture)).view(image.shape)

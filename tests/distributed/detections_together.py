"""What two processes find in pictures that they share, written by each to ``RANK.pt`` for the tests to look at."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import torch
import torch.distributed as dist
from PIL import Image
from torch import nn

from counterpoise.data.data import DETECTION, Facts, Split
from counterpoise.data.objects import Objects
from counterpoise.data.scenes import SceneBatch, Scenes, nothing
from counterpoise.detection import Found
from counterpoise.distributed import rank
from counterpoise.net import Net
from counterpoise.training.detect import detect

TOTALS = (1, 2, 5)
"""Pictures; the only one of the first and the last of the third are seen by one process alone."""


class AsManyAsBright(nn.Module):
    """Finds k things in a picture whose red is k; with masks, or without."""

    def __init__(self, *, masks: bool) -> None:
        super().__init__()
        self.backbone = SimpleNamespace(mask=nn.Identity() if masks else None)

    def forward(self, inputs: SceneBatch) -> list[Found]:
        return [self.found(round(float(image[0, 0, 0]) * 255)) for image in inputs.images]

    def found(self, count: int) -> Found:
        numbers = torch.arange(count)
        masks = torch.arange(20).view(4, 5) >= numbers.view(-1, 1, 1) if self.backbone.mask else None
        boxes = numbers.view(-1, 1) + torch.tensor([0.0, 0, 1, 1])
        return Found(boxes, 1 / (1 + count + numbers), numbers % 3, masks)


def pictures(total: int) -> Split:
    """So many pictures of 5 x 4 pixels; the red of picture i is 2 i modulo 5."""
    folder = Path(f"pictures-{rank()}")
    folder.mkdir(exist_ok=True)
    paths = [str(folder / f"{i}.png") for i in range(total)]
    for i, path in enumerate(paths):
        Image.new("RGB", (5, 4), (2 * i % 5, 0, 0)).save(path)
    shown = [nothing(i, 5, 4) for i in range(total)]
    return Split(
        Scenes(paths, shown, (4, 5), masks=True), torch.zeros(total, dtype=torch.int64), tuple(paths)
    )


def facts() -> Facts:
    """Of three categories."""
    return Facts(
        name="x",
        task=DETECTION,
        kind="image",
        shape=(3, 4, 5),
        class_names=tuple("abc"),
        class_counts=(1, 1, 1),
        split_sizes={},
        mean=(0.5,) * 3,
        std=(0.5,) * 3,
        fingerprint="",
        objects=Objects((1, 2, 3), (1, 1, 1), ("r", "r", "r"), masks=True, federated=False),
    )


def found(total: int, *, masks: bool) -> dict[str, Any]:
    """All columns of what is found in so many pictures."""
    one = detect(cast(Net, AsManyAsBright(masks=masks)), pictures(total), facts(), workers=0)
    packed = one.masks
    return {
        "images": one.images,
        "labels": one.labels,
        "scores": one.scores,
        "boxes": one.boxes,
        "masks": None if packed is None else [packed.pixels(i) for i in range(len(packed))],
    }


def main() -> None:
    """Compute everything."""
    torch.set_num_threads(1)
    if "WORLD_SIZE" in os.environ:
        dist.init_process_group("gloo")
    torch.save(
        {(total, masks): found(total, masks=masks) for total in TOTALS for masks in (False, True)},
        f"{rank()}.pt",
    )
    if dist.is_initialized():
        dist.destroy_process_group()


if __name__ == "__main__":
    main()

"""Made-up scenes: coloured rectangles on dark noise, one colour for each category, at most four in a picture."""

from collections.abc import Sequence

import torch
from torch import Tensor

from counterpoise.data.data import DETECTION, Facts
from counterpoise.data.objects import Objects
from counterpoise.data.scenes import SceneBatch

SIDE = 64
COLOURS = torch.eye(3)


def facts(side: int = SIDE, *, masks: bool = True, categories: int = 3) -> Facts:
    """Of pictures with so many categories."""
    each = (1,) * categories
    return Facts(
        name="made-up",
        task=DETECTION,
        kind="image",
        shape=(3, side, 2 * side),
        class_names=tuple(str(number) for number in range(categories)),
        class_counts=each,
        split_sizes={"train": 4},
        mean=(0.2,) * 3,
        std=(0.3,) * 3,
        fingerprint="",
        objects=Objects(tuple(range(categories)), each, ("r",) * categories, masks=masks, federated=False),
    )


def scenes(counts: Sequence[int], *, masks: bool = True, seed: int = 0) -> SceneBatch:
    """Pictures with so many objects each."""
    generator = torch.Generator().manual_seed(seed)
    pairs = [scene(count, generator) for count in counts]
    kept = {"boxes", "labels"} | ({"masks"} if masks else set())
    objects = [{name: found[name] for name in found.keys() & kept} for _, found in pairs]
    return SceneBatch([image for image, _ in pairs], objects)


def scene(count: int, generator: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
    """One picture and its objects, each in a quarter of its own."""
    quarters = torch.randperm(4, generator=generator)[:count]
    corners = 32 * torch.stack([quarters % 2, quarters // 2], dim=1)
    corners = corners + torch.randint(2, 10, (count, 2), generator=generator)
    boxes = torch.cat([corners, corners + torch.randint(12, 21, (count, 2), generator=generator)], dim=1)
    labels = torch.randint(1, 4, (count,), generator=generator)
    masks = torch.stack([filled(box) for box in boxes]) if count else torch.zeros(0, SIDE, SIDE)
    image = 0.2 * torch.rand(3, SIDE, SIDE, generator=generator)
    for mask, label in zip(masks, labels, strict=True):
        image[:, mask > 0] = COLOURS[label - 1, :, None]
    return image, {"boxes": boxes.float(), "labels": labels, "masks": masks.to(torch.uint8)}


def filled(box: Tensor) -> Tensor:
    """The mask of a rectangle, (SIDE, SIDE)."""
    left, top, right, bottom = box.tolist()
    mask = torch.zeros(SIDE, SIDE)
    mask[top:bottom, left:right] = 1
    return mask

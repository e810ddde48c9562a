"""A whole split of pictures through a detector."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

import torch
from torch import Tensor

from counterpoise.data.data import Facts, Split
from counterpoise.data.scenes import Scenes
from counterpoise.data.streams import Batch, Stream
from counterpoise.detection import Detector, Found
from counterpoise.distributed import concatenate_rows, rank, world_size
from counterpoise.metrics.detections import Detections
from counterpoise.metrics.packed_masks import PackedMasks
from counterpoise.net import Net
from counterpoise.samplers import InOrder


def detect(net: Net, split: Split, facts: Facts, *, device: str = "cpu", workers: int = 2) -> Detections:
    """What a detector finds in the pictures of a split, on the CPU. Processes share the work."""
    detector = on_device(net, device)
    parts = [
        located(found, image)
        for batch in pictures(split, facts, device=device, workers=workers)
        for found, image in zip(detector(batch.inputs), batch.index.tolist(), strict=True)
    ]
    return of_all_processes(parts, device, masks=detector.backbone.mask is not None)


def swept(
    net: Net, split: Split, facts: Facts, alphas: Sequence[float], *, device: str = "cpu", workers: int = 2
) -> list[Detections]:
    """What it finds, without masks, for each strength of a total direct effect; see `Detector.sweep`."""
    detector = on_device(net, device)
    parts: list[list[Detections]] = [[] for _ in alphas]
    for batch in pictures(split, facts, device=device, workers=workers):
        for part, found in zip(parts, detector.sweep(batch.inputs, alphas), strict=True):
            part += map(located, found, batch.index.tolist())
    return [of_all_processes(part, device, masks=False) for part in parts]


def on_device(net: Net, device: str) -> Detector:
    """The net, which is a detector, ready for inference."""
    return cast(Detector, net.to(device, memory_format=torch.channels_last).eval())  # pyright: ignore


def pictures(split: Split, facts: Facts, *, device: str, workers: int) -> Iterator[Batch]:
    """The pictures of a split one by one, so that what is found in one does not depend on its neighbours.

    Torchvision and mmdetection measure detectors so, too. Each process gets its own share.
    """
    bare = replace(split, samples=cast(Scenes, split.samples).bare())
    stream = Stream(bare, InOrder(len(bare)), world_size(), facts.plain, workers=workers, drop_last=False)
    batches = stream.batches(seed=(0,), rank=rank(), world=world_size(), device=device)
    return (batch for batch in batches if len(batch))


def located(found: Found, image: int) -> Detections:
    """What was found in the picture at a position of its split."""
    return Detections(
        torch.full((len(found),), image),
        found.labels.cpu(),
        found.scores.float().cpu(),
        found.boxes.float().cpu(),
        None if found.masks is None else PackedMasks.of_pixels(found.masks),
    )


def of_all_processes(parts: Sequence[Detections], device: str, *, masks: bool) -> Detections:
    """The detections of all processes, picture by picture; a process may have no part."""
    found = Detections.joined([no_detections(masks=masks), *parts])
    if world_size() == 1:
        return found

    def whole(column: Tensor) -> Tensor:
        return concatenate_rows(column.to(device)).cpu()

    images, labels, packed = whole(found.images), whole(found.labels), found.masks
    if packed is not None:
        columns = (packed.sizes, packed.lengths, packed.areas, packed.counts)
        packed = PackedMasks.end_to_end(*map(whole, columns))
    every = Detections(images, labels, whole(found.scores), whole(found.boxes), packed)
    return every.subset(images.argsort(stable=True))


def no_detections(*, masks: bool) -> Detections:
    """Nothing found, with masks or without."""
    none = torch.zeros(0)
    packed = PackedMasks.of(()) if masks else None
    return Detections(none.long(), none.long(), none, none.view(0, 4), packed)

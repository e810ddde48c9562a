"""A whole split through a net, without augmentation."""

import torch
from torch import Tensor, nn

from counterpoise.data.augmentation import Augmentation
from counterpoise.data.data import Facts, Split
from counterpoise.data.streams import Stream
from counterpoise.distributed import gather_rows, rank, world_size
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.samplers import InOrder


def encode(
    net: Net, split: Split, facts: Facts, *, device: str = "cpu", batch_size: int = 256, workers: int = 2
) -> Tensor:
    """Features of a split without augmentation, on the CPU; -> (N, D). Processes share the work.

    Where places of an image have features, they lie image by image; -> (N * P, D).

    Raises:
        InputError: the samples are pictures with objects, which a detector looks at otherwise.
    """
    if facts.objects:
        raise InputError(
            f"{facts.name} has pictures with objects, of which only their regions have features; this needs images "
            "with one label each"
        )
    return encode_as(net, split, facts.plain, device=device, batch_size=batch_size, workers=workers)


@torch.no_grad()
def encode_as(
    net: Net,
    split: Split,
    plain: Augmentation,
    *,
    device: str = "cpu",
    batch_size: int = 256,
    workers: int = 2,
) -> Tensor:
    """As `encode`, of images that are brought to the net in a way of their own."""
    net = net.to(device, memory_format=torch.channels_last).eval()  # pyright: ignore[reportCallIssue]
    size = batch_size * world_size()
    stream = Stream(split, InOrder(len(split)), size, plain, workers=workers, drop_last=False)
    batches = stream.batches(seed=(0,), rank=rank(), world=world_size(), device=device)
    rows = torch.cat([of_samples(net.features(batch.inputs).float(), len(batch)) for batch in batches])
    return gather_rows(rows, len(split)).flatten(0, 1).cpu()


def of_samples(rows: Tensor, samples: int) -> Tensor:
    """Rows of features by the sample that they belong to; (B * P, D) -> (B, P, D)."""
    return rows.view(samples, len(rows) // max(samples, 1) or 1, *rows.shape[1:])


@torch.no_grad()
def scores(classifier: nn.Module, features: Tensor) -> Tensor:
    """Scores of many features, in chunks on the CPU; (N, D) -> (N, C), or (N,) where a score is a number."""
    return torch.cat([classifier.cpu()(chunk) for chunk in features.split(4096)])

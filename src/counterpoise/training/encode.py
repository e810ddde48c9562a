"""A whole split through a net, without augmentation."""

import torch
from torch import Tensor, nn

from counterpoise.data.data import Facts, Split
from counterpoise.data.streams import Stream
from counterpoise.distributed import gather_rows, rank, world_size
from counterpoise.net import Net
from counterpoise.samplers import InOrder


@torch.no_grad()
def encode(
    net: Net, split: Split, facts: Facts, *, device: str = "cpu", batch_size: int = 256, workers: int = 2
) -> Tensor:
    """Features of a split without augmentation, on the CPU; -> (N, D). Processes share the work."""
    net = net.to(device, memory_format=torch.channels_last).eval()  # pyright: ignore[reportCallIssue]
    size = batch_size * world_size()
    stream = Stream(split, InOrder(len(split)), size, facts.plain, workers=workers, drop_last=False)
    batches = stream.batches(seed=(0,), rank=rank(), world=world_size(), device=device)
    rows = torch.cat([net.features(batch.inputs).float() for batch in batches])
    return gather_rows(rows, len(split)).cpu()


@torch.no_grad()
def scores(classifier: nn.Module, features: Tensor) -> Tensor:
    """Scores of many features, in chunks on the CPU; (N, D) -> (N, C), or (N,) where a score is a number."""
    return torch.cat([classifier.cpu()(chunk) for chunk in features.split(4096)])

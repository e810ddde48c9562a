"""Streams without labels on their way through the backbone: in one pass with the labeled batch, or apart."""

from collections.abc import Iterable
from dataclasses import replace
from typing import final

import torch
from torch import Tensor

from counterpoise.batch_norms import untracked
from counterpoise.data.streams import Batch
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.steps.step import Seen, Step


@final
class EncodeTogether(Step):
    """Encodes the batch and other streams in one pass, so that batch norms look at all of them as one batch.

    As the released Mean Teacher, FixMatch and ABC do. Stands where `Encode` does; later steps find the features of the
    streams in ``seen.beside``.

    Args:
        encode: the step that encodes the joined inputs.
        streams: names of the streams that come along.
    """

    def __init__(self, encode: Step, streams: Iterable[str]) -> None:
        super().__init__()
        self.encode, self.streams = encode, tuple(streams)

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Inputs and streams -> features (B, D), and those of each stream."""
        parts = [seen.inputs, *(stream_of(seen, name).inputs for name in self.streams)]
        encoded = self.encode(net, replace(seen, inputs=torch.cat(parts)))
        features, *others = encoded.features.split([len(part) for part in parts])
        beside = {**seen.beside, **dict(zip(self.streams, others, strict=True))}
        return replace(encoded, inputs=seen.inputs, features=features, beside=beside)


def stream_of(seen: Seen, name: str) -> Batch:
    """The batch of a stream.

    Raises:
        InputError: there is none of that name.
    """
    if name not in seen.streams:
        raise InputError(f"this step reads the stream {name!r}, but there are only {', '.join(seen.streams)}")
    return seen.streams[name]


def stream_features(net: Net, seen: Seen, name: str) -> Tensor:
    """Features of a stream, (B, D): those of `EncodeTogether`, or else of a pass of their own.

    That pass leaves running batch-norm statistics to the labeled batches.
    """
    if name in seen.beside:
        return seen.beside[name]
    with untracked(net):
        return net.features(stream_of(seen, name).inputs)

"""Trains on made-up rows in FOLDER/STRATEGY by each of some STRATEGIES, in as many processes as there are.

A run for each of METHODS. In FOLDER/BEFORE-AFTER a run is stopped in its third epoch, where BEFORE is among the
strategies, and goes on, where AFTER is. Each process leaves ``held-RANK.json`` in a folder, with the share of the
backbone that it held while it trained.
"""

import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import nn

from counterpoise.backbones.mlp import MLP
from counterpoise.data.data import Data
from counterpoise.data.sources import Source, load
from counterpoise.net import Net
from counterpoise.recipes import cross_entropy, deconfound_tde, decouple_crt, ict, ldam_drw, vat
from counterpoise.steps import Seen, Step
from counterpoise.training import Experiment, Hardware, Training, run
from counterpoise.training.checkpoint import load_tensors
from counterpoise.training.journal import LAST

WORLD = int(os.environ.get("WORLD_SIZE", "1"))
METHODS = ("cross_entropy", "deconfound_tde", "ldam_drw", "decouple_crt", "ict", "vat")
TURNS = (("fsdp", "fsdp"), ("fsdp", "ddp"), ("ddp", "fsdp"), ("fsdp", "auto"))
"""Strategies before and after a stop."""
STOP = 7
"""The step of a stop, the first of the third epoch."""


class Watch(Step):
    """Writes down which share of the backbone is here after an optimizer step, and may stop the training."""

    def __init__(self, last: int = 0) -> None:
        super().__init__()
        self.left, self.held = last, 0.0

    def update(self, net: Net, seen: Seen) -> None:
        """Measure and count down."""
        here = [getattr(one, "_local_tensor", one) for one in net.backbone.parameters()]
        self.held = numbers(here) / numbers(net.backbone.parameters())
        self.left -= 1
        if self.left == 0:
            raise KeyError("stopped")


def numbers(tensors: Iterable[torch.Tensor]) -> int:
    """How many numbers some tensors have."""
    return sum(tensor.numel() for tensor in tensors)


def made(method: str, data: Data) -> Experiment:
    """The experiment of a method, of one or two stages, with an optimizer that has states."""
    training = Training(epochs=3, batch_size=17, lr=0.01, backbone="mlp", optimizer="adam", workers=0)
    recipes = {one.__name__: one for one in (cross_entropy, deconfound_tde, ldam_drw, decouple_crt)}
    experiment = recipes.get(method, cross_entropy)(data, training=training)
    experiment = replace(experiment, net=lambda made=experiment.net: with_blocks(made()))
    return {"ict": ict, "vat": vat}[method](experiment) if method in ("ict", "vat") else experiment


def with_blocks(net: Net) -> Net:
    """The same net, each layer in one block with its activation."""
    layers = list(cast(MLP, net.backbone).layers)
    net.backbone.layers = nn.Sequential(
        *(nn.Sequential(*pair) for pair in zip(layers[::2], layers[1::2], strict=True))
    )
    return net


def train(method: str, data: Data, folder: Path, strategy: str, *, last: int = 0) -> None:
    """Train in this folder, to the end or so many steps; each process leaves a word about what it held."""
    watch = Watch(last)
    experiment = made(method, data).change(
        "main", objective=lambda o, now, stage: o.after("score", watch=watch)
    )
    hardware = Hardware("cpu", "32", devices=WORLD, strategy=strategy)  # pyright: ignore[reportArgumentType]
    run(experiment, folder, hardware=hardware, checkpoint_seconds=0)
    (folder / f"held-{os.environ.get('RANK', '0')}.json").write_text(json.dumps(watch.held))


def stopped(data: Data, folder: Path, strategy: str) -> None:
    """Train up to the stop, after two checkpoints."""
    with suppress(KeyError):
        train("ldam_drw", data, folder, strategy, last=STOP)
    assert load_tensors(folder / LAST)[1]["epochs_done"] == 2


def rows() -> Data:
    """Three numbers of each of 120 samples in 4 classes, long-tailed, the rest of them without labels."""
    labels = np.arange(120) % 4
    features = np.random.default_rng(0).normal(size=(120, 4)) + 2 * np.eye(4)[labels]
    np.savez("rows.npz", features=features.astype(np.float32), labels=labels)
    return load(Source("rows.npz", imbalance="exponential", ratio=3, unlabeled="rest"))


def main(folder: Path, strategies: list[str]) -> None:
    """Train all."""
    torch.set_num_threads(1)
    data = rows()
    for strategy in strategies:
        for method in METHODS:
            train(method, data, folder / strategy / method, strategy)
    for before, after in TURNS:
        if before in strategies:
            stopped(data, folder / f"{before}-{after}", before)
        if after in strategies:
            train("ldam_drw", data, folder / f"{before}-{after}", after)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])

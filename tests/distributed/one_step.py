"""One optimizer step, at rate 1 without momentum, in as many processes as there are: it moves by the gradient."""

import os
import sys
from dataclasses import replace

import torch

from counterpoise.data.sources import Source, load
from counterpoise.recipes import deconfound_tde
from counterpoise.training import Hardware, Training, run
from counterpoise.training.stage import SGD


def main(folder: str, images: int) -> None:
    """Train on one batch of so many images."""
    torch.set_num_threads(1)
    data = load(Source("digits"))
    some = data.splits["train"].subset(torch.arange(images))
    data = replace(data, splits={**data.splits, "train": some})
    experiment = deconfound_tde(data, training=Training(epochs=1, batch_size=images))
    (stage,) = experiment.stages
    stage = replace(stage, optimizer=SGD(1.0, 0.0, 0.0), schedule=lambda epoch, epochs: 1.0)
    hardware = Hardware("cpu", "32", devices=int(os.environ.get("WORLD_SIZE", "1")))
    run(replace(experiment, stages=(stage,)), folder, hardware=hardware)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

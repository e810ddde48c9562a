"""RIDE as the command line trains it: accuracy, time and operations of all experts against those that routing asks.

``python ride_accuracy.py --data cifar10 --image_size 16 --backbone small_cnn --epochs 20``: what comes is given to
``counterpoise train ride --with routing``. Goals: 0.75 x the time at an accuracy within 0.3 points, on its test images.
"""

import sys
import tempfile
from pathlib import Path

import torch
from timing import alternate, show

from counterpoise.backbones import SkippingExperts
from counterpoise.classifiers import RoutedClassifier
from counterpoise.cli.main import main as counterpoise
from counterpoise.data.sources import Source, load
from counterpoise.data.streams import Batch, Stream
from counterpoise.files import read_json
from counterpoise.net import Net
from counterpoise.recipes.compose import recreate
from counterpoise.samplers import InOrder
from counterpoise.training.cost import operations_per_image

BATCH = 256


def routed_run(folder: Path) -> tuple[Net, RoutedClassifier, SkippingExperts]:
    """The predictor of a run, without its temperature, and its parts."""
    _, predictor = recreate(folder)
    (routed,) = [one for one in predictor.modules() if isinstance(one, RoutedClassifier)]
    assert isinstance(predictor.backbone, SkippingExperts)
    return Net(predictor.backbone, routed).eval(), routed, predictor.backbone


def test_batches(folder: Path) -> list[Batch]:
    """The test images of a run as the net gets them."""
    data = load(Source(**read_json(folder / "run.json")["source"]))
    split, plain = data.splits["test"], data.facts.plain
    stream = Stream(split, InOrder(len(split)), BATCH, plain, drop_last=False)
    return list(stream.batches(seed=(0,)))


@torch.no_grad()
def measure(folder: Path) -> None:
    """Print what all experts cost and know, and what those that are asked do."""
    (net, routed, skipping), batches = routed_run(folder), test_batches(folder)
    inputs = [batch.inputs for batch in batches]
    targets = torch.cat([batch.targets for batch in batches])  # pyright: ignore
    print(f"threads {torch.get_num_threads()}, {len(targets)} test images in batches of {BATCH}")
    whole = Net(skipping.backbone, routed.classifier).eval()  # pyright: ignore[reportArgumentType]
    nets = {"all experts": whole, "only those asked": net}
    sides = {name: lambda net=net: torch.cat([net(part) for part in inputs]) for name, net in nets.items()}
    show("inference", alternate(sides), "all experts")
    for name, side in sides.items():
        right = (side().argmax(dim=1) == targets).double().mean().item()
        operations = (
            sum(len(part) * operations_per_image(nets[name], part) for part in inputs) / len(targets) / 1e6
        )
        print(f"  {name:<44} {100 * right:6.2f} % right, {operations:6.2f} million multiply-additions")
    shares = torch.cat([routed.asked(skipping.backbone(part)) for part in inputs]).double().mean(dim=0)
    print("  " + ", ".join(f"expert {number} for {share:.0%}" for number, share in enumerate(shares, 1)))


def main() -> None:
    """Train by the command line, then measure."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "run"
        routed = ("train", "ride", "--with", "routing", "--device", "cpu", "--out", str(folder))
        if counterpoise([*routed, *sys.argv[1:]]) == 0:
            measure(folder)


if __name__ == "__main__":
    main()

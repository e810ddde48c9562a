"""Seconds and memory of a training step and of inference, from 10 classes to a million.

A De-confounded classifier of 512 features with SGD and momentum, with all logits of a batch at once and in chunks (the
modifier `chunked_logits`), and TDE folded for inference. Both ways are exact. Each measurement has a process of its
own, which may not take more than ``--memory`` gigabytes: what needs more "does not fit". The cost should grow as the
number of classes does, once that outweighs all else. Seconds are those of the processor.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F

from counterpoise.classifiers import DeconfoundedClassifier
from counterpoise.losses import ChunkedCrossEntropy
from counterpoise.predictors import TotalDirectEffect

CLASSES, DIM, BATCH, SERVED = (10, 1_000, 10_000, 100_000, 1_000_000), 512, 1024, 64
GIGABYTE = 1024**3


def training(classes: int, chunks: bool) -> Callable[[], object]:
    """One step of a batch."""
    classifier, features = DeconfoundedClassifier(DIM, classes), torch.randn(BATCH, DIM)
    targets = torch.randint(0, classes, (BATCH,))
    optimizer, loss = (
        torch.optim.SGD(classifier.parameters(), lr=0.1, momentum=0.9),
        ChunkedCrossEntropy(None),
    )

    def step() -> None:
        optimizer.zero_grad()
        found = (
            loss(classifier.factors(features), targets)
            if chunks
            else F.cross_entropy(classifier(features), targets)
        )
        found.backward()
        optimizer.step()

    return step


def serving(classes: int) -> Callable[[], object]:
    """One answer to a small batch, by a folded total direct effect."""
    effect = TotalDirectEffect(DeconfoundedClassifier(DIM, classes), torch.rand(DIM), alpha=1.5)
    folded, features = effect.folded(), torch.randn(SERVED, DIM)
    return torch.no_grad()(lambda: folded(features))


SIDES: dict[str, Callable[[int], Callable[[], object]]] = {
    "whole logits": lambda classes: training(classes, chunks=False),
    "in chunks": lambda classes: training(classes, chunks=True),
    "inference": serving,
}


def measure(side: str, classes: int, memory: float, rounds: int) -> dict[str, float] | None:
    """Median seconds and the peak memory of the process; None where it does not fit."""
    size = int(memory * GIGABYTE)
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    try:
        step = SIDES[side](classes)
        seconds = [_seconds(step) for _ in range(rounds + 1)][1:]
    except (MemoryError, RuntimeError):
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return {"seconds": statistics.median(seconds), "gigabytes": peak}


def _seconds(step: Callable[[], object]) -> float:
    began = time.process_time()
    step()
    return time.process_time() - began


def main() -> None:
    """Measure all, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=100_000, help="classes; 1000000 takes minutes and 20 GB")
    parser.add_argument("--memory", type=float, default=18.0, help="gigabytes of a process")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", nargs=2, default=None, help="of a process alone")
    options = parser.parse_args()
    if options.side:
        side, classes = options.side[0], int(options.side[1])
        print(json.dumps(measure(side, classes, options.memory, options.rounds)))
        return
    print(f"threads {torch.get_num_threads()}, D {DIM}, B {BATCH} in training and {SERVED} at inference")
    for classes in (number for number in CLASSES if number <= options.most):
        shown = [f"{side}: {told(side, classes, options)}" for side in SIDES]
        print(f"  {classes:>9,} classes  {'; '.join(shown)}", flush=True)


def told(side: str, classes: int, options: argparse.Namespace) -> str:
    """What a process of its own finds, in words."""
    command = [sys.executable, __file__, "--side", side, str(classes), "--memory", str(options.memory)]
    command += ["--rounds", str(options.rounds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    return f"{found['seconds']:8.4f} s {found['gigabytes']:6.2f} GB" if found else "does not fit"


if __name__ == "__main__":
    main()

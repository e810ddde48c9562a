"""What a run cost: seconds of training, peak memory, and seconds per image once it is trained."""

import time
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import torch
from torch.utils.flop_counter import FlopCounterMode

from counterpoise.data.data import Facts
from counterpoise.data.scenes import SceneBatch
from counterpoise.files import read_json, write_json
from counterpoise.memory import give_freed_memory_back
from counterpoise.net import Net
from counterpoise.training.journal import TIMING

COST = "cost.json"
BATCH, REPEATS = 64, 10
"""Of the timing of inference (ours)."""

_REFERENCES, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


class Cost(NamedTuple):
    """What a run cost; None where it was not measured.

    Attributes:
        training_seconds: over all epochs of all stages, the reading of the data included.
        peak_bytes: on CUDA the most memory that tensors took; else the most memory of the process, which holds
            the interpreter and the data as well.
        seconds_per_image: of the trained predictor in batches of 64 tensors, of a detector one by one, in float32.
    """

    training_seconds: float | None = None
    peak_bytes: int | None = None
    seconds_per_image: float | None = None


class PeakMemory:
    """The most memory in use since this was made: on CUDA that of tensors, on Linux that of the process."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.is_counted = _reset(device)

    def bytes(self) -> int | None:
        """In bytes; None where the system does not tell."""
        if not self.is_counted:
            return None
        return torch.cuda.max_memory_allocated() if self.device == "cuda" else _process_peak()


def _reset(device: str) -> bool:
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        return True
    give_freed_memory_back()
    try:
        _REFERENCES.write_text("5")
    except OSError:
        return False
    return device == "cpu"


def _process_peak() -> int:
    lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
    return 1024 * int(lines["VmHWM"].split()[0])


def examples(facts: Facts) -> torch.Tensor | SceneBatch:
    """What a predictor is timed on: 64 black images, or rows of zeros; a detector on one picture of noise."""
    if facts.objects:
        return SceneBatch([torch.rand(facts.shape)], [{}])
    return torch.zeros(BATCH, *facts.shape)


@torch.no_grad()
def seconds_per_image(predictor: Net, images: torch.Tensor | SceneBatch, device: str) -> float:
    """Seconds that a predictor takes for one image of a batch, without reading it; the fastest of ten times."""
    predictor, images = predictor.to(device).eval(), images.to(device)
    predictor(images)
    return min(_seconds(predictor, images) for _ in range(REPEATS)) / len(images)


def _seconds(predictor: Net, images: torch.Tensor | SceneBatch) -> float:
    began = time.perf_counter()
    predictor(images)
    if torch.accelerator.is_available():
        torch.accelerator.synchronize()
    return time.perf_counter() - began


@torch.no_grad()
def operations_per_image(predictor: Net, images: torch.Tensor) -> float:
    """Multiply-additions that a predictor takes for one of these images, of convolutions and matrix products.

    They are counted while the images pass, so with routing (`SkippingExperts`) they depend on the images.
    """
    with FlopCounterMode(display=False) as counter:
        predictor.eval()(images)
    return counter.get_total_flops() / 2 / len(images)


def write_cost(folder: Path, peak_bytes: int | None, per_image: float | None) -> None:
    """Leave in a run folder what its training cost; the seconds of training are those of its timings."""
    write_json(folder / COST, Cost(training_seconds(folder), peak_bytes, per_image)._asdict())


def read_cost(folder: Path) -> Cost:
    """What was left; of a run without it only the seconds of training are known."""
    if (folder / COST).exists():
        return Cost(**read_json(folder / COST))
    return Cost(training_seconds(folder))


def training_seconds(folder: Path) -> float | None:
    """Seconds over all epochs; None where no timing was written."""
    if not (folder / TIMING).exists():
        return None
    return round(float(pd.read_csv(folder / TIMING).seconds.sum()), 3)

"""The run folder: what was asked for, and whose folder it is."""

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.utilities import rank_zero_only

from counterpoise.errors import InputError
from counterpoise.files import read_json, write_json
from counterpoise.training.hardware import Hardware
from counterpoise.training.stage import Experiment
from counterpoise.version import __version__


def request(experiment: Experiment, seed: int, hardware: Hardware, source: dict[str, Any]) -> dict[str, Any]:
    """What was asked for, as plain JSON: enough to repeat the run."""
    return {
        "counterpoise": __version__,
        "calls": [{"word": call.word, "arguments": dict(call.arguments)} for call in experiment.calls],
        "training": vars(experiment.training).copy(),
        "source": source,
        "facts": experiment.data.facts.as_json(),
        "seed": seed,
        "precision": hardware.lightning_precision,
        "claim": [vars(claim).copy() for claim in experiment.claim],
        "notes": list(experiment.notes),
    }


def environment(hardware: Hardware) -> dict[str, Any]:
    """What else can change the bits."""
    packages = ("torch", "torchvision", "timm", "lightning", "numpy")
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "device": hardware.accelerator,
        "threads": torch.get_num_threads(),
        **{package: version(package) for package in packages},
    }


def open_folder(
    folder: Path, experiment: Experiment, seed: int, hardware: Hardware, source: dict[str, Any]
) -> None:
    """Make the folder, or check that it belongs to the same request."""
    wanted = request(experiment, seed, hardware, source)
    if (folder / "run.json").exists():
        found = read_json(folder / "run.json")
        different = [key for key in wanted if found.get(key) != wanted[key]]
        if different:
            raise InputError(
                f"{folder} holds another run (its {', '.join(different)} differ); choose another --out, or "
                "remove the folder"
            )
    elif rank_zero_only.rank == 0:
        if experiment.data.drawn is not None:
            drawn = experiment.data.drawn.tolist()
            write_json(folder / "drawn.json", {"indices_into_the_source_train_split": drawn})
        write_json(folder / "run.json", {**wanted, "environment": environment(hardware)})

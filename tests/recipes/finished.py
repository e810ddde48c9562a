"""What tests of whole runs look at: results, tensors, and the predictor that the folder alone gives."""

from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from counterpoise.data.data import Data
from counterpoise.recipes.compose import recreate
from counterpoise.training import Hardware
from counterpoise.training.checkpoint import load_tensors
from counterpoise.training.conclusion import PREDICTOR
from counterpoise.training.encode import encode, scores

CPU = Hardware("cpu", "32")
RESULTS = ("metrics.csv", "evaluation.json", "predictions.parquet", "choices.json", PREDICTOR)


def tensors(folder: Path, name: str) -> dict[str, Tensor]:
    """What a file of a run holds, by name."""
    return load_tensors(folder / "checkpoints" / f"{name}.safetensors")[0]


def below(found: dict[str, Tensor], start: str) -> dict[str, Tensor]:
    """The tensors below a name, by the rest of theirs."""
    return {name.removeprefix(start): value for name, value in found.items() if name.startswith(start)}


def predicting(folder: Path) -> dict[str, Tensor]:
    """The net of a predictor whose scores nothing but their prior and temperature follow."""
    found = tensors(folder, "predictor")
    inner = below(found, "predictor/classifier.classifier.")
    return {
        **{f"backbone.{name}": value for name, value in below(found, "predictor/backbone.").items()},
        **{f"classifier.{name}": value for name, value in inner.items()},
    }


def same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> bool:
    """Whether two files hold the same bits."""
    equal = [torch.equal(found[name], value) for name, value in expected.items() if name in found]
    return found.keys() == expected.keys() and all(equal)


def differing(first: Path, second: Path, *names: str) -> list[str]:
    """Results, and further files, of two folders that differ."""
    files = (*RESULTS, *names)
    return [name for name in files if (first / name).read_bytes() != (second / name).read_bytes()]


def assert_recreated(folder: Path, data: Data) -> None:
    """The folder alone gives the predictor to the bit, and with it the written predictions."""
    experiment, predictor = recreate(folder)
    assert same(dict(predictor.state_dict()), below(tensors(folder, "predictor"), "predictor/"))
    split = data.splits["test"]
    found = scores(predictor.classifier, encode(predictor, split, data.facts))
    table = experiment.reading.table(split.names, data.facts, found, split.targets)
    written = pd.read_parquet(folder / "predictions.parquet")
    pd.testing.assert_frame_equal(table, written, check_exact=True)

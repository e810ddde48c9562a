"""What follows training: choices on validation data, the saved predictor, and its evaluation."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor

from counterpoise.data.data import Data
from counterpoise.files import read_json, write_bytes, write_json
from counterpoise.metrics.shots import Convention
from counterpoise.net import Net
from counterpoise.predictors.predictor import Calibrated
from counterpoise.training.checkpoint import load_tensors, restore, save_tensors, state_of
from counterpoise.training.evaluate import encode, evaluate
from counterpoise.training.hardware import Hardware
from counterpoise.training.stage import Experiment, Now

PREDICTOR = "checkpoints/predictor.safetensors"
CHOICES = "choices.json"
RULE_SAMPLES = 8192


def calibrated(experiment: Experiment, now: Now, folder: Path, hardware: Hardware) -> Net:
    """The predictor with its choices made, innermost first; saved, or loaded if it already was."""
    predictor = experiment.predictor(now)
    if (folder / PREDICTOR).exists():
        tensors, _ = load_tensors(folder / PREDICTOR)
        restore(tensors, predictor=predictor)
        return predictor.cpu()
    choosers = [module for module in predictor.modules() if isinstance(module, Calibrated)]
    choices: list[str] = []
    if choosers:
        features, targets = calibration_set(predictor, experiment.data, hardware)
        predictor.cpu()
        choices = [chooser.calibrate(features, targets) for chooser in reversed(choosers)]
    if rank_zero_only.rank == 0:
        write_json(folder / CHOICES, {"choices": choices})
        save_tensors(folder / PREDICTOR, state_of(predictor=predictor), {})
    return predictor.cpu()


def calibration_set(predictor: Net, data: Data, hardware: Hardware) -> tuple[Tensor, Tensor | None]:
    """Features and labels of the validation split; without one, features of training images and no labels."""
    device = hardware.accelerator
    if data.has("val"):
        return encode(predictor, data.splits["val"], data.facts, device=device), data.splits["val"].targets
    split = data.splits["train"]
    some = torch.linspace(0, len(split) - 1, min(len(split), RULE_SAMPLES)).long()
    return encode(predictor, split.subset(some), data.facts, device=device), None


def conclude(
    predictor: Net, data: Data, folder: Path, hardware: Hardware, convention: Convention
) -> dict[str, Any]:
    """Evaluate on the test split (without one: validation, then training) and write what was found."""
    name = next(name for name in ("test", "val", "train") if data.has(name))
    split = data.splits[name]
    features = encode(predictor, split, data.facts, device=hardware.accelerator)
    predictor.cpu()
    choices = read_json(folder / CHOICES)["choices"]
    evaluation, logits = evaluate(predictor, data, name, features, convention=convention, choices=choices)
    if rank_zero_only.rank == 0:
        write_predictions(folder / "predictions.parquet", split.names, data, logits, split.targets)
        write_json(folder / "evaluation.json", evaluation)
    return evaluation


def write_predictions(
    path: Path, names: Sequence[str], data: Data, logits: Tensor, targets: Tensor | None
) -> None:
    """Write label and probability for each image, as Parquet or, by the ending of the path, CSV."""
    write_bytes(path, encoded(prediction_table(names, data, logits, targets), path))


def prediction_table(
    names: Sequence[str], data: Data, logits: Tensor, targets: Tensor | None
) -> pd.DataFrame:
    """One row per image: path, label, probability, and the true class where it is known."""
    probability, label = logits.softmax(dim=1).max(dim=1)
    classes = data.facts.class_names
    columns = {
        "path": list(names),
        "label": [classes[i] for i in label.tolist()],
        "probability": probability.tolist(),
    }
    if targets is not None:
        columns["target"] = [classes[i] for i in targets.tolist()]
    return pd.DataFrame(columns)


def encoded(table: pd.DataFrame, path: Path) -> bytes:
    """The table in the format that the path's ending asks for."""
    if path.suffix == ".parquet":
        return table.to_parquet(index=False)
    return table.to_csv(index=False).encode()

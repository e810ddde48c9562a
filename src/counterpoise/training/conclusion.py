"""What follows training: choices on validation data, the saved predictor, and its evaluation."""

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor

from counterpoise.data.data import DETECTION, Data
from counterpoise.errors import InputError
from counterpoise.files import read_json, write_json
from counterpoise.metrics.shots import Convention
from counterpoise.net import Net
from counterpoise.predictors.predictor import Calibrated
from counterpoise.training.asked import Asked
from counterpoise.training.checkpoint import load_tensors, restore, save_tensors, state_of
from counterpoise.training.encode import encode
from counterpoise.training.groups import class_groups
from counterpoise.training.hardware import Hardware
from counterpoise.training.predictions import write_table
from counterpoise.training.priors import retargeted
from counterpoise.training.stage import Experiment, Now

PREDICTOR = "checkpoints/predictor.safetensors"
CHOICES = "choices.json"
RULE_SAMPLES = 8192
MEASURED = ("test", "val", "train")
"""Splits, that which is rather measured first."""


def trained_predictor(experiment: Experiment, now: Now) -> Net:
    """The predictor of a trained net, with the last layer of its task; its choices are not made yet."""
    return experiment.reading.finish(experiment.predictor(now), experiment.prior(now))


def answered_prior(folder: Path) -> Tensor:
    """The class prior for which the scores of a finished run answer, as written when its choices were made; (C,).

    Raises:
        InputError: the folder is that of an earlier version, which did not write it.
    """
    found = read_json(folder / CHOICES)
    if "prior" not in found:
        raise InputError(
            f"{folder} is a run of an earlier version, whose class prior is not known; train it again"
        )
    return torch.tensor(found["prior"], dtype=torch.float64)


def calibrated(experiment: Experiment, now: Now, folder: Path, hardware: Hardware) -> Net:
    """The predictor with its choices made, innermost first; saved, or loaded if it already was."""
    if (folder / PREDICTOR).exists():
        predictor = trained_predictor(experiment, replace(now, encode=None))
        tensors, _ = load_tensors(folder / PREDICTOR)
        restore(tensors, predictor=predictor)
        return predictor.cpu()
    predictor = trained_predictor(experiment, now)
    choosers = [module for module in predictor.modules() if isinstance(module, Calibrated)]
    choices: list[str] = []
    if choosers:
        unlabeled = any(chooser.reads_unlabeled for chooser in choosers)
        features, targets = calibration_set(predictor, experiment.data, hardware, unlabeled=unlabeled)
        predictor.cpu()
        made = [chooser.calibrate(features, targets) for chooser in reversed(choosers)]
        choices = list(dict.fromkeys(made))
    if rank_zero_only.rank == 0:
        prior = experiment.prior(replace(now, net=predictor))
        write_json(folder / CHOICES, {"choices": choices, "prior": prior.tolist()})
        save_tensors(folder / PREDICTOR, state_of(predictor=predictor), {})
    return predictor.cpu()


def calibration_set(
    predictor: Net, data: Data, hardware: Hardware, *, unlabeled: bool
) -> tuple[Tensor, Tensor | None]:
    """Features and labels of the validation split; without one no labels, and features only if they are read.

    Raises:
        InputError: a choice is to be made on pictures with objects, of which no one is the label.
    """
    device = hardware.accelerator
    detects = data.facts.task == DETECTION
    if detects and unlabeled:
        raise InputError(
            "strengths cannot be chosen on pictures with objects; give each as a number, as --tde.alpha"
        )
    if data.has("val") and not detects:
        return encode(predictor, data.splits["val"], data.facts, device=device), data.splits["val"].targets
    if not unlabeled:
        return torch.empty(0, predictor.classifier.dim), None
    split = data.splits["train"]
    some = torch.linspace(0, len(split) - 1, min(len(split), RULE_SAMPLES)).long()
    return encode(predictor, split.subset(some), data.facts, device=device), None


def found_before(folder: Path, data: Data, convention: Convention) -> dict[str, Any] | None:
    """The evaluation of a finished run with these shot groups, if there is one."""
    path = folder / "evaluation.json"
    groups = class_groups(data, convention).as_json()
    evaluation = read_json(path) if path.exists() else {}
    return evaluation if evaluation.get("shots") == groups else None


class Elsewhere(NamedTuple):
    """Other data with the classes of a run, and what people call them: a path or a word."""

    path: str
    data: Data

    @property
    def split(self) -> str:
        """That which is measured: test, without one validation, then training."""
        return next(name for name in MEASURED if name in self.data.splits)


def place_of(*, target_prior: str | None = None, measured: str | None = None) -> str:
    """Where below a run folder its evaluation for another class prior, on other data, or both lies."""
    asked = {"measured": measured, "target_prior": target_prior}
    return "-".join(f"{word}-{Path(value).stem}" for word, value in asked.items() if value is not None)


def conclude(
    experiment: Experiment,
    predictor: Net,
    folder: Path,
    hardware: Hardware,
    convention: Convention,
    *,
    target_prior: str | None = None,
    other: Elsewhere | None = None,
) -> dict[str, Any]:
    """Evaluate on the test split (without one: validation, then training) and write what was found.

    What is measured on other data, or with scores that are moved to another class prior, see `retargeted`, is written
    below the run folder, see `place_of`.
    """
    there, reading = other or Elsewhere("", experiment.data), experiment.reading
    data, name = there.data, there.split
    split = data.splits[name]
    seen = reading.look(predictor, split, data.facts, device=hardware.accelerator)
    predictor.cpu()
    choices, answered = read_json(folder / CHOICES)["choices"], answered_prior(folder)
    if target_prior is not None:
        predictor, answered, moved = retargeted(predictor, answered, target_prior, data.facts, seen)
        choices = [*choices, moved]
    evaluation, found = reading.measure(
        predictor,
        data,
        name,
        seen,
        Asked(convention, choices, answered, hardware.accelerator),
    )
    if other is not None:
        evaluation["measured"] = other.path
    folder = folder / place_of(target_prior=target_prior, measured=other and other.path)
    if rank_zero_only.rank == 0:
        table = reading.table(split.names, data.facts, found, split.targets)
        write_table(folder / "predictions.parquet", table)
        reading.leave(folder, split, data.facts, found)
        write_json(folder / "evaluation.json", evaluation)
    return evaluation

"""``counterpoise study alpha RUN``: accuracies against alpha for a trained run."""

from pathlib import Path

import torch
from rich.console import Console
from torch import Tensor

from counterpoise.cli.evaluate import data_of
from counterpoise.cli.parser import parser
from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.files import read_json, write_json
from counterpoise.metrics.shots import Convention
from counterpoise.net import Net
from counterpoise.predictors import TotalDirectEffect
from counterpoise.recipes.compose import recreate
from counterpoise.report.study_alpha import alpha_marks, alpha_rows, write_alpha_study
from counterpoise.report.table import shots_table
from counterpoise.training.asked import Asked
from counterpoise.training.conclusion import CHOICES
from counterpoise.training.encode import encode
from counterpoise.training.evaluate import only
from counterpoise.training.hardware import Device, Hardware

DESCRIPTION = """Accuracies of many, medium and few against alpha for one trained run with a total direct effect
(De-confound-TDE, figure 4), with marks at 0, at the chosen alpha and at the authors' rule alpha * mean cosine = 1.
Nothing is trained."""


def main(argv: list[str]) -> int:
    """Run the command; the path of the page is printed last."""
    made = parser("study alpha", DESCRIPTION)
    made.add_argument("run", type=str, help="run folder")
    made.add_argument("--split", type=str | None, default=None, help="default: val, or test without one")
    made.add_argument("--shots", type=Convention, default="auto", help="how classes are grouped")
    made.add_argument("--device", type=Device, default="auto", help="where to compute")
    made.add_argument("--out", type=str | None, default=None, help="folder; default: study-alpha in the run")
    options = made.parse_args(argv)
    folder = Path(options.run)
    out = Path(options.out) if options.out else folder / "study-alpha"
    experiment, predictor = recreate(folder)
    effect = effect_of(predictor, folder)
    data = data_of(folder, experiment.data.facts, None)
    split = chosen_split(data, options.split)
    device = Hardware(device=options.device).accelerator
    features = encode(predictor, data.splits[split], data.facts, device=device)
    evaluation, _ = experiment.reading.measure(
        predictor.cpu(),
        data,
        split,
        features,
        Asked(options.shots, read_json(folder / CHOICES)["choices"]),
    )
    if evaluation.get("alpha_curve") is None:
        raise InputError(
            f"the task of {folder} has no sweep over alpha; study a run with one label per image"
        )
    marks = alpha_marks(evaluation, mean_cosine(effect, features))
    rows = alpha_rows(evaluation, marks)
    write_json(out / "study.json", {"study": "alpha", "run": str(folder), "marks": marks, **evaluation})
    page = write_alpha_study(out / "report.html", evaluation, marks, title=folder.resolve().name)
    shown = {" ".join([f"alpha {row['alpha']:g}", *row["marks"]]): row for row in rows}
    shots = {"shots": evaluation["shots"]}
    Console().print(shots_table({name: [{**row, **shots}] for name, row in shown.items()}))
    print(f"report: {page}")
    return 0


def effect_of(predictor: Net, folder: Path) -> TotalDirectEffect:
    """The total direct effect of a run.

    Raises:
        InputError: it has none.
    """
    found = only(predictor.classifier, TotalDirectEffect)
    if found is None:
        raise InputError(
            f"{folder} has no total direct effect, so there is no alpha to study; train with tde"
        )
    return found


def chosen_split(data: Data, wanted: str | None) -> str:
    """The split to measure on: the wanted one, or the validation split as in figure 4, or else the test split."""
    split = wanted or next(name for name in ("val", "test", "train") if name in data.splits)
    if split not in data.splits:
        raise InputError(f"{data.facts.name} has no split {split!r}, only {', '.join(data.splits)}")
    return split


@torch.no_grad()
def mean_cosine(effect: TotalDirectEffect, features: Tensor) -> float:
    """Mean cosine of features to the head direction, over images and channel groups; (N, D)."""
    return effect.cpu().cosines(features).mean().item()

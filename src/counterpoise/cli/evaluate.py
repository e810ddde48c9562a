"""``counterpoise evaluate RUN``: measure a run again."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from jsonargparse import Namespace
from rich.console import Console
from torch import Tensor

from counterpoise.cli.parser import parser
from counterpoise.data.data import Data, Facts, Split
from counterpoise.data.sources.found import SPLITS
from counterpoise.data.sources.labeled import labeled
from counterpoise.data.sources.load import load
from counterpoise.data.sources.source import Source
from counterpoise.detection import Detector
from counterpoise.errors import InputError
from counterpoise.files import read_json, write_json
from counterpoise.metrics.shots import Convention
from counterpoise.net import Net
from counterpoise.predictors import TotalDirectEffect
from counterpoise.recipes.aggregation import aggregate
from counterpoise.recipes.compose import recreate
from counterpoise.report.evaluation import counts_images, sample_noun
from counterpoise.report.page import write_report
from counterpoise.report.scale import scale_of
from counterpoise.report.table import class_table, detection_table, precision_table, shots_table
from counterpoise.report.words import ABSENT, calibration_line, percent
from counterpoise.training.asked import Asked
from counterpoise.training.conclusion import CHOICES, answered_prior
from counterpoise.training.groups import class_groups
from counterpoise.training.hardware import Device, Hardware
from counterpoise.training.predictions import write_table
from counterpoise.training.priors import require_one_class, retargeted
from counterpoise.training.stage import Experiment

AGGREGATE_HELP = "weigh the experts of the run by these images, without their labels (SADE)"
MOST_HELP = "objects told of each picture, the surest ones (default: 300); fixed AP wants more"
PRIOR_HELP = (
    "class mix to answer for: uniform, train, estimate (on the images themselves), or a JSON or CSV file"
)


def asked_for(argv: list[str]) -> Namespace:
    """What was asked for.

    Raises:
        InputError: two options that both look at the class mix of the images.
    """
    made = parser("evaluate", "Measure a finished run: on its own test split, or on other data.")
    made.add_argument("run", type=str, help="run folder")
    made.add_argument("--data", type=str | None, default=None, help="other data with the same classes")
    made.add_argument("--points", type=str | None, default=None, help="what other data count, see train")
    made.add_argument("--unit", type=float, default=1.0, help="unit of the maps of other data, see train")
    made.add_argument("--split", type=str | None, default=None, help="train, val or test; default: test")
    made.add_argument("--alpha", type=float | None, default=None, help="another strength of TDE")
    made.add_argument("--most", type=int | None, default=None, help=MOST_HELP)
    made.add_argument("--target_prior", type=str | None, default=None, help=PRIOR_HELP)
    made.add_argument("--aggregate", type=bool, default=False, help=AGGREGATE_HELP)
    made.add_argument("--shots", type=Convention, default="auto", help="how classes are grouped")
    made.add_argument("--device", type=Device, default="auto", help="where to compute")
    made.add_argument("--json", type=bool, default=False, help="print one JSON object and nothing else")
    options = made.parse_args(argv)
    if options.aggregate and options.target_prior is not None:
        raise InputError(
            "--aggregate fits the experts to the class mix of the images, which --target-prior would change; give one "
            "of the two"
        )
    return options


def main(argv: list[str]) -> int:
    """Run the command."""
    options = asked_for(argv)
    folder = Path(options.run)
    experiment, predictor = recreate(folder)
    reading = experiment.reading
    settle(experiment, predictor, options)
    like = {"points": options.points, "unit": options.unit}
    data, split = data_of(folder, experiment.data.facts, options.data, **like), options.split
    split = split or next(name for name in ("test", "val", "train") if name in data.splits)
    measurable = [name for name in SPLITS if name in data.splits]
    if split not in measurable:
        raise InputError(f"{data.facts.name} has no split {split!r}, only {', '.join(measurable)}")
    device = Hardware(device=options.device).accelerator
    choices = choices_of(folder, options.alpha)
    if options.aggregate:
        told = aggregate(predictor, data.splits[split], data.facts, experiment.training, device=device)
        choices = [*choices, told]
    seen = reading.look(predictor, data.splits[split], data.facts, device=device)
    predictor, answered = predictor.cpu(), None if options.aggregate else answered_prior(folder)
    if options.target_prior is not None and answered is not None:
        facts = experiment.data.facts
        predictor, answered, moved = retargeted(predictor, answered, options.target_prior, facts, seen)
        choices = [*choices, moved]
    result, found = reading.measure(
        predictor, data, split, seen, Asked(options.shots, choices, answered, device)
    )
    if options.data is not None:
        result["measured"] = options.data
    page = None
    if options.aggregate:
        name = Path(options.data).stem if options.data else data.facts.name
        place = folder / f"aggregated-{name}-{split}"
        page = write_measured(place, experiment, data.splits[split], found, result)
    show(result, folder.name, options.json, page)
    return 0


def settle(experiment: Experiment, predictor: Net, options: Namespace) -> None:
    """Refuse groups and class mixes that the data do not have, and make the predictor what it is asked to be."""
    class_groups(experiment.data, options.shots)
    if options.target_prior is not None:
        require_one_class(experiment.data.facts)
    if options.alpha is not None:
        set_alpha(predictor, options.alpha)
    if options.most is not None:
        set_most(predictor, options.most)


def choices_of(folder: Path, alpha: float | None) -> list[str]:
    """Sentences about the strengths of a run, of which alpha may have been given anew."""
    choices = read_json(folder / CHOICES)["choices"]
    if alpha is None:
        return choices
    return [f"alpha {alpha:g}, as given", *(one for one in choices if not one.startswith("alpha"))]


def write_measured(
    folder: Path, experiment: Experiment, split: Split, found: Tensor, result: dict[str, Any]
) -> Path:
    """Leave what was measured below the run folder, as the run left its own; the path of its page."""
    table = experiment.reading.table(split.names, experiment.data.facts, found, split.targets)
    write_table(folder / "predictions.parquet", table)
    write_json(folder / "evaluation.json", result)
    return write_report(folder)


def show(result: dict[str, Any], name: str, as_json: bool, page: Path | None) -> None:
    """Print tables, and the path of the page where there is one, or one JSON object with each class by name."""
    if as_json:
        named = dict(zip(result["class_names"], result["per_class"], strict=True))
        print(json.dumps({**result, "per_class": named}))
        return
    console = Console()
    console.print(shots_table({name: [result]}))
    if "box" in result:
        console.print(detection_table(result))
    console.print(class_table(result))
    if "precision" in result:
        console.print(precision_table(result))
    if "calibration" in result:
        console.print(calibration_line(result["calibration"]), highlight=False)
    if "f1_micro" in result:
        f1 = f"{percent(result['f1_micro'])} % micro, {percent(result['f1_macro'])} % macro"
        console.print(f"F1 of probabilities from 0.5: {f1}.", highlight=False)
    if "mae" in result:
        console.print(error_line(result), highlight=False)
    for name, own in result.get("outputs", {}).items():
        console.print(f"{name}: {output_line(own)}", highlight=False)
    if (result.get("depth") or {}).get("samples"):
        console.print(depth_line(result["depth"]), highlight=False)
    warn(result, console)
    if page is not None:
        print(f"report: {page}")


def error_line(result: dict[str, Any]) -> str:
    """The errors in which every sample counts alike, in one line."""
    write = scale_of(result).text
    found = [f"{name.upper()} {write(result[name])}" for name in ("mae", "rmse")]
    pearson = rounded(result["pearson"])
    return f"{alike(result)} alike: {', '.join(found)}, G-mean {write(result['gmean'])}, Pearson {pearson}."


def rounded(value: float | None) -> str:
    """Three decimals; a dash where there is no number."""
    return ABSENT if value is None else f"{value:.3f}"


def alike(result: dict[str, Any]) -> str:
    """What counts alike in the errors of samples, and in which unit."""
    if counts_images(result):
        return "Counts of whole images"
    return f"All {sample_noun(result)}s{' in standard deviations' if 'outputs' in result else ''}"


def output_line(own: dict[str, Any]) -> str:
    """The scores of one of several targets, in its own unit."""
    errors = ", ".join(f"{name.upper()} {own[name]:.4g}" for name in ("mae", "rmse") if own[name] is not None)
    return f"{errors or 'no finite error'}, Pearson {rounded(own['pearson'])}."


def depth_line(depth: dict[str, Any]) -> str:
    """The scores that depths are compared by, in one line."""
    found = [("AbsRel", "abs_rel"), ("log10", "log10"), *((f"delta{k}", f"delta{k}") for k in (1, 2, 3))]
    return "As depths: " + ", ".join(f"{name} {rounded(depth[key])}" for name, key in found) + "."


def warn(result: dict[str, Any], console: Console) -> None:
    """Say where the scores answer for another class mix than the split has."""
    warning = (result.get("target_prior") or {}).get("warning")
    if warning:
        console.print("warning:", warning, highlight=False, markup=False)


def set_alpha(predictor: Net, alpha: float) -> None:
    """Give the total direct effect of a predictor another strength."""
    found = [module for module in predictor.modules() if isinstance(module, TotalDirectEffect)]
    if not found:
        raise InputError("this run has no total direct effect, so --alpha has no meaning; train with tde")
    for module in found:
        module.alpha.copy_(torch.tensor(alpha))


def set_most(predictor: Net, most: int) -> None:
    """Let a detector tell of other than 300 objects of each picture."""
    if not isinstance(predictor, Detector):
        raise InputError("this run detects no objects, so --most has no meaning; leave it out")
    if most < 1:
        raise InputError(f"--most must be at least 1, but {most} came")
    predictor.choice = replace(predictor.choice, most=most)


def data_of(folder: Path, trained: Facts, other: str | None, **like: Any) -> Data:
    """The data of a run, found again; or other data with the same classes.

    Raises:
        InputError: the run's own data have changed or cannot be found, or the classes differ.
    """
    if other is not None:
        return labeled(other, trained, **like)
    source = read_json(folder / "run.json")["source"]
    if not source:
        raise InputError(f"{folder} does not say where its data came from; give them with --data")
    data = load(Source(**source))
    if data.facts.fingerprint != trained.fingerprint:
        raise InputError(
            f"the data at {source['data']} are not those of this run any more; restore them, or name data with "
            "--data"
        )
    return data

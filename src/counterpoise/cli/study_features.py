"""``counterpoise study features RUN...``: training and test features in one plane."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jsonargparse import Namespace
from rich import box
from rich.console import Console
from rich.table import Table
from torch import Tensor

from counterpoise.cli.evaluate import data_of
from counterpoise.cli.parser import parser
from counterpoise.cli.study_norms import run_names
from counterpoise.data.data import Data
from counterpoise.data.even_draw import draw_evenly
from counterpoise.errors import InputError
from counterpoise.files import write_json
from counterpoise.metrics.neighbours import leakage
from counterpoise.metrics.shots import Convention, shot_groups, summary
from counterpoise.net import Net
from counterpoise.recall import class_hits
from counterpoise.recipes.compose import recreate
from counterpoise.report.evaluation import group_of_class
from counterpoise.report.plane import embedded, regions
from counterpoise.report.study_features import (
    TITLES,
    Embedded,
    Shown,
    features_json,
    leakage_rows,
    write_features_study,
)
from counterpoise.training.encode import encode, scores
from counterpoise.training.hardware import Device, Hardware

SPLITS = ("train", "test")

DESCRIPTION = """Training and test features of each run in one plane (t-SNE), with the regions of the net's decisions
behind them, and the share of few-shot test samples whose nearest training neighbour is of a many-shot class (value of
labels, figures 1 and 4). Nothing is trained."""


class Side(NamedTuple):
    """Samples of a split: features (N, D), classes (N,) and what the net takes them for (N,)."""

    title: str
    features: Tensor
    targets: Tensor
    predictions: Tensor

    def drawn(self, most: int, seed: int) -> "Side":
        """At most so many of them, of every class as many."""
        index = draw_evenly(self.targets, most, seed=seed)
        return Side(self.title, self.features[index], self.targets[index], self.predictions[index])


def main(argv: list[str]) -> int:
    """Run the command; the path of the page is printed last."""
    made = parser("study features", DESCRIPTION)
    made.add_argument("runs", type=str, nargs="+", help="run folders")
    made.add_argument("--samples", type=int, default=1000, help="samples of each split in the plane, at most")
    made.add_argument("--seed", type=int, default=0, help="of the draw and of the plane")
    made.add_argument("--shots", type=Convention, default="auto", help="how classes are grouped")
    made.add_argument("--device", type=Device, default="auto", help="where to compute features")
    made.add_argument(
        "--out", type=str, default="runs/study-features", help="folder of the page and study.json"
    )
    options = made.parse_args(argv)
    if options.samples < 2 or options.seed < 0:
        raise InputError(
            f"expected at least 2 samples and a seed of 0 or more, but {options.samples} and {options.seed} came"
        )
    names, out = run_names(options.runs), Path(options.out)
    opened = [opened_run(Path(run)) for run in options.runs]
    found = [embedded_run(name, *one, options) for name, one in zip(names, opened, strict=True)]
    settings = {"samples": options.samples, "seed": options.seed, "shots": options.shots}
    write_json(out / "study.json", {"study": "features", **settings, "runs": features_json(found)})
    page = write_features_study(out / "report.html", found)
    Console().print(leakage_table(found))
    print(f"report: {page}")
    return 0


def opened_run(folder: Path) -> tuple[Net, Data]:
    """The trained net of a run and its data.

    Raises:
        InputError: not a finished run with one label per sample and a test split, or its data are gone.
    """
    experiment, net = recreate(folder)
    facts = experiment.data.facts
    if facts.task != "classification":
        raise InputError(
            f"features are shown for runs with one label per sample; {folder} is for {facts.task}"
        )
    data = data_of(folder, facts, None)
    if "test" not in data.splits:
        raise InputError(
            f"{facts.name} has no split test to show beside train; study a run on data that have one"
        )
    return net, data


def embedded_run(name: str, net: Net, data: Data, options: Namespace) -> Embedded:
    """One run in the plane: its features, what it predicts, and how far its tail leaks."""
    device, groups = (
        Hardware(device=options.device).accelerator,
        shot_groups(data.class_counts, convention=options.shots),
    )
    train, test = (side(split, net, data, device) for split in SPLITS)
    panels = in_plane([one.drawn(options.samples, options.seed) for one in (train, test)], options.seed)
    points, predictions = (np.concatenate([panel[part] for panel in panels]) for part in (1, 3))
    return Embedded(
        name,
        data.facts.class_names,
        data.facts.class_counts,
        group_of_class(groups.as_json(), data.num_classes),
        groups.rule,
        panels,
        regions(points, predictions),
        leakage(test.features, test.targets, train.features, train.targets, groups),
        summary(*class_hits(test.predictions, test.targets, data.num_classes), groups)["few"],
    )


def side(split: str, net: Net, data: Data, device: str) -> Side:
    """All samples of a split."""
    samples = data.splits[split]
    features = encode(net, samples, data.facts, device=device)
    predictions = scores(net.cpu().classifier, features).argmax(dim=1)
    return Side(split, features, samples.targets, predictions)


def in_plane(sides: Sequence[Side], seed: int) -> list[Shown]:
    """Samples of both splits in one plane."""
    points = embedded(torch.cat([one.features for one in sides]).numpy(), seed=seed)
    places = np.split(points, [len(sides[0].targets)])
    return [
        Shown(one.title, place, one.targets.numpy(), one.predictions.numpy())
        for one, place in zip(sides, places, strict=True)
    ]


def leakage_table(runs: Sequence[Embedded]) -> Table:
    """Where few-shot test samples have their nearest training neighbour, one row per run."""
    caption = "Nearest training neighbour of few-shot test samples, in percent of these samples."
    table = Table(TITLES[0], box=box.SIMPLE_HEAD, caption=caption, caption_justify="left")
    for title in TITLES[1:]:
        table.add_column(title, justify="right")
    for row in leakage_rows(runs):
        table.add_row(*row)
    return table

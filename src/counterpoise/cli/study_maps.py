"""``counterpoise study maps RUN...``: where several nets look."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from jsonargparse import Namespace
from rich.console import Console
from torch import Tensor

from counterpoise.cli.evaluate import data_of
from counterpoise.cli.parser import parser
from counterpoise.cli.study_norms import run_names
from counterpoise.data.augmentation import Plain
from counterpoise.data.data import Data, Facts, Split
from counterpoise.data.sources.unlabeled import unlabeled
from counterpoise.errors import InputError
from counterpoise.files import write_json
from counterpoise.metrics.shots import shot_groups
from counterpoise.net import Net
from counterpoise.recipes.compose import recreate
from counterpoise.report.study_maps import (
    Looked,
    Shown,
    mean_spreads,
    overlaid,
    picture_of,
    write_maps_study,
    write_pictures,
)
from counterpoise.report.words import percent
from counterpoise.training.activation_maps import activation_maps, most_improved, scaled, spread_of
from counterpoise.training.encode import encode, scores
from counterpoise.training.evaluate import plain_numbers
from counterpoise.training.hardware import Device, Hardware

DESCRIPTION = """Grad-CAM activation maps of several runs side by side (De-confound-TDE, figure 5: a linear
classifier, LWS and TDE): for images that you name, or for those whose true class gains most in probability from the
first run to the last, few-shot classes first."""

CLASS_HELP = """the class whose evidence is shown; default: the true class, and for named images the one that the last
run predicts. With --most_improved only images of this class are taken"""


class Run(NamedTuple):
    """A trained predictor under a name."""

    name: str
    folder: Path
    facts: Facts
    net: Net


class Choice(NamedTuple):
    """The images to show: a split of them, the class to show of each, (M,), and whether the truth is known."""

    split: Split
    classes: Tensor
    labelled: bool


def main(argv: list[str]) -> int:
    """Run the command; the path of the page is printed last."""
    made = parser("study maps", DESCRIPTION)
    made.add_argument("runs", type=str, nargs="+", help="run folders")
    made.add_argument("--images", type=str, nargs="+", default=[], help="image files or folders")
    made.add_argument("--most_improved", type=int, default=8, help="how many images, where none are named")
    made.add_argument("--class", type=str | None, default=None, help=CLASS_HELP)
    made.add_argument("--split", type=str | None, default=None, help="where to search; default: test")
    made.add_argument("--device", type=Device, default="auto", help="where to read the split")
    made.add_argument(
        "--out", type=str, default="runs/study-maps", help="folder of the page and the pictures"
    )
    options = made.parse_args(argv)
    runs = opened(options.runs)
    wanted = class_index(options["class"], runs[-1].facts)
    choice = named(options.images, wanted, runs[-1]) if options.images else improved(runs, wanted, options)
    images = look(runs, choice)
    out, names = Path(options.out), [run.name for run in runs]
    write_pictures(out / "images", names, images)
    write_json(out / "study.json", maps_json(names, images))
    page = write_maps_study(out / "report.html", names, images)
    for name, spread in zip(names, mean_spreads(images), strict=True):
        Console().print(f"{name}: maps cover {percent(spread)} % of an image", highlight=False)
    print(f"report: {page}")
    return 0


def opened(folders: Sequence[str]) -> list[Run]:
    """The runs of folders.

    Raises:
        InputError: they differ in classes or image shape, or have several labels per image.
    """
    runs = []
    for name, folder in zip(run_names(list(folders)), folders, strict=True):
        experiment, predictor = recreate(Path(folder))
        runs.append(Run(name, Path(folder), experiment.data.facts, predictor))
    for run in runs:
        if run.facts.task != "classification":
            raise InputError(
                f"activation maps are made for runs with one label per image; {run.name} is for {run.facts.task}"
            )
        if (run.facts.class_names, run.facts.shape) != (runs[0].facts.class_names, runs[0].facts.shape):
            raise InputError(
                f"expected runs on the same classes and image size, but those of {run.name} differ from those of "
                f"{runs[0].name}"
            )
    return runs


def class_index(name: str | None, facts: Facts) -> int | None:
    """The number of a class.

    Raises:
        InputError: there is no such class.
    """
    if name is not None and name not in facts.class_names:
        raise InputError(f"{facts.name} has no class {name!r}; counterpoise inspect lists the classes")
    return None if name is None else facts.class_names.index(name)


def named(paths: Sequence[str], wanted: int | None, last: Run) -> Choice:
    """Images that a user names, of the wanted class or of the one that the last run predicts."""
    split, _ = unlabeled(paths, last.facts)
    if wanted is not None:
        return Choice(split, torch.full((len(split),), wanted), labelled=False)
    with torch.no_grad():
        return Choice(split, last.net(inputs(split, last.facts)).argmax(dim=1), labelled=False)


def improved(runs: Sequence[Run], wanted: int | None, options: Namespace) -> Choice:
    """The images whose true class gains most from the first run to the last.

    Raises:
        InputError: a number below 1, only one run, no such split, other data, or no image gains.
    """
    if options.most_improved < 1:
        raise InputError(f"expected at least 1 image, but --most_improved {options.most_improved} came")
    if len(runs) < 2:
        raise InputError("expected two runs or more, to find what improves; or name files with --images")
    if runs[0].facts.fingerprint != runs[-1].facts.fingerprint:
        raise InputError(f"{runs[0].name} and {runs[-1].name} have other data; name files with --images")
    data = data_of(runs[-1].folder, runs[-1].facts, None)
    split = searched(data, options.split)
    if wanted is not None:
        split = split.subset((split.targets == wanted).nonzero().flatten())
    device = Hardware(device=options.device).accelerator
    before, after = (probabilities(run, split, device) for run in (runs[0], runs[-1]))
    found = most_improved(before, after, split.targets, ranks(data), options.most_improved)
    if not len(found):
        raise InputError(
            f"no image gains from {runs[0].name} to {runs[-1].name}; name the runs the other way round, or files "
            "with --images"
        )
    chosen = split.subset(found)
    return Choice(chosen, chosen.targets, labelled=True)


def searched(data: Data, wanted: str | None) -> Split:
    """The wanted split, or the test split where there is one."""
    name = wanted or next(name for name in ("test", "val", "train") if name in data.splits)
    if name not in data.splits:
        raise InputError(f"{data.facts.name} has no split {name!r}, only {', '.join(data.splits)}")
    return data.splits[name]


def ranks(data: Data) -> Tensor:
    """0 for few-shot classes, 1 for medium, 2 for many; (C,)."""
    groups = shot_groups(data.class_counts)
    return groups.medium.long() + 2 * groups.many.long()


def probabilities(run: Run, split: Split, device: str) -> Tensor:
    """What a run says about a split; (N, C)."""
    features = encode(run.net, split, run.facts, device=device)
    return scores(run.net.cpu().classifier, features).softmax(dim=1)


def inputs(split: Split, facts: Facts) -> Tensor:
    """A few images as a net receives them; (M, channels, H, W)."""
    pixels = split.samples.read(torch.arange(len(split)))
    return Plain(facts.shape[-1], facts.mean, facts.std).finish(pixels)


def look(runs: Sequence[Run], choice: Choice) -> list[Looked]:
    """Every net on every image."""
    pixels = split_pictures(choice.split)
    columns = [shown(run, choice, pixels) for run in runs]
    names = runs[0].facts.class_names
    return [
        Looked(
            name,
            names[truth] if choice.labelled else None,
            names[label],
            pixels[place],
            [column[place] for column in columns],
        )
        for place, (name, truth, label) in enumerate(
            zip(choice.split.names, choice.split.targets.tolist(), choice.classes.tolist(), strict=True)
        )
    ]


def split_pictures(split: Split) -> list:
    """The images as pictures."""
    return [picture_of(pixels.numpy()) for pixels in split.samples.read(torch.arange(len(split)))]


def shown(run: Run, choice: Choice, pictures: Sequence) -> list[Shown]:
    """One net on every image."""
    images = inputs(choice.split, run.facts)
    with torch.no_grad():
        probability = run.net.eval()(images).softmax(dim=1)
    maps = activation_maps(run.net, images, choice.classes)
    rows = zip(
        pictures, scaled(maps), plain_numbers(spread_of(maps)), probability, choice.classes, strict=True
    )
    return [
        Shown(
            overlaid(picture, heat.numpy()),
            row[label].item(),
            run.facts.class_names[int(row.argmax())],
            spread,
        )
        for picture, heat, spread, row, label in rows
    ]


def maps_json(runs: Sequence[str], images: Sequence[Looked]) -> dict:
    """The numbers of the page as plain JSON types."""
    found = [
        {
            "image": image.name,
            "truth": image.truth,
            "shown": image.shown_class,
            "runs": {
                run: {"probability": one.probability, "predicts": one.label, "covered": one.spread}
                for run, one in zip(runs, image.nets, strict=True)
            },
        }
        for image in images
    ]
    return {
        "study": "maps",
        "covered": dict(zip(runs, mean_spreads(images), strict=True)),
        "images": found,
    }

"""``counterpoise study momentum --data D``: what the momentum of SGD does to head and tail."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from jsonargparse import Namespace
from lightning.pytorch.utilities import rank_zero_only
from rich import box
from rich.console import Console
from rich.table import Table

from counterpoise.cli.parser import OneLineParser, instance, parser
from counterpoise.cli.words import (
    add_options,
    add_run_options,
    calls_of,
    digest,
    preset_defaults,
    preset_name,
    words_of,
)
from counterpoise.data.data import Data
from counterpoise.data.sources.load import load
from counterpoise.data.sources.source import Source
from counterpoise.errors import InputError
from counterpoise.files import write_json
from counterpoise.recipes.compose import compose
from counterpoise.recipes.decorators import Word
from counterpoise.report.evaluation import SCORES
from counterpoise.report.page import write_report
from counterpoise.report.study_momentum import (
    Changes,
    momentum_json,
    relative_changes,
    signed,
    write_momentum_study,
)
from counterpoise.training.hardware import Hardware
from counterpoise.training.options import Training
from counterpoise.training.progress import bars
from counterpoise.training.run import run

Hold = Literal["lr", "step"]

MOMENTA = [0.5, 0.8, 0.9, 0.95, 0.98]
"""Figure 1c names 0.98 alone; the others are ours."""

DESCRIPTION = """Train a recipe anew for each momentum of SGD, and compare many, medium and few with the run of the
reference momentum (De-confound-TDE, figure 1c). The paper does not say whether the learning rate was changed
together with the momentum: by default it is not, see --hold. Finished runs are not trained again."""

HOLD_HELP = """what stays while the momentum changes: the learning rate, or the step lr / (1 - momentum) that a steady
gradient takes, as it is with --lr and --momentum"""

SETTINGS = {
    "lr": "The learning rate is the same for all, so a higher momentum also takes longer steps.",
    "step": "The learning rate changes with the momentum so that lr / (1 - momentum) is the same for all.",
}


def main(argv: list[str]) -> int:
    """Run the command; the path of the page is printed last."""
    recipe = recipe_name(argv)
    words = words_of(recipe)
    options = momentum_parser(words, recipe, preset_name(argv)).parse_args(argv)
    momenta = checked_momenta(options.momenta, options.reference)
    if options.seeds < 1:
        raise InputError(f"expected at least 1 seed, but --seeds {options.seeds} came")
    source, base = instance(Source, options), instance(Training, options)
    trainings = {momentum: with_momentum(base, momentum, options.hold) for momentum in momenta}
    data = load(source)
    name = f"runs/study-momentum-{recipe}-{data.facts.name}"
    wanted = digest(
        vars(source), vars(base), data.facts.fingerprint, options.hold, calls_json(words, options)
    )
    out = Path(options.out or f"{name}-{wanted}")
    found = train_all(data, words, trainings, out, options)
    if rank_zero_only.rank == 0:
        conclude(found, trainings, recipe, out, data, options)
    return 0


def recipe_name(argv: list[str]) -> str:
    """The recipe named on the command line; it must be known before its options are."""
    finder = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    finder.add_argument("--recipe", default="cross_entropy")
    return finder.parse_known_args(argv)[0].recipe


def momentum_parser(words: Sequence[Word], recipe: str, preset: str | None) -> OneLineParser:
    """The options of the study, of the data, of training, and of the words under their names."""
    made, places = parser("study momentum", DESCRIPTION), {word.name: word for word in words}
    add_options(made, places)
    group = add_run_options(made)
    add = group.add_argument
    add("--recipe", type=str, default=recipe, help="RECIPE or RECIPE+MODIFIER, innermost first")
    add("--momenta", type=float, nargs="+", default=MOMENTA, help="of SGD, from 0 to below 1")
    add("--reference", type=float, default=0.98, help="the momentum that the others are compared with")
    add("--hold", type=Hold, default="lr", help=HOLD_HELP)
    add("--seeds", type=int, default=3, help="every momentum is trained with the seeds 0 .. N-1")
    add("--out", type=str | None, default=None, help="folder of all; default: runs/ and a name")
    made.set_defaults(preset_defaults(places, preset))
    return made


def checked_momenta(momenta: Sequence[float], reference: float) -> list[float]:
    """The momenta to train, the reference among them, ascending.

    Raises:
        InputError: one lies outside 0 .. 1, or there is none besides the reference.
    """
    found = sorted({*momenta, reference})
    outside = [momentum for momentum in found if not 0 <= momentum < 1]
    if outside:
        raise InputError(f"expected momenta from 0 to below 1, but {outside[0]:g} came")
    if len(found) < 2:
        raise InputError(
            f"expected --momenta besides the reference {reference:g}, but there is none; name one"
        )
    return found


def with_momentum(training: Training, momentum: float, hold: Hold) -> Training:
    """The settings with another momentum, and with another learning rate where the step is held."""
    if hold == "lr":
        return replace(training, momentum=momentum)
    lr = training.lr * (1 - momentum) / (1 - training.momentum)
    return replace(training, momentum=momentum, lr=float(f"{lr:.10g}"))


def train_all(
    data: Data, words: Sequence[Word], trainings: dict[float, Training], out: Path, options: Namespace
) -> dict[float, list[dict[str, Any]]]:
    """Evaluations of every momentum, one per seed; all experiments are composed before the first is trained."""
    hardware, source = instance(Hardware, options), vars(instance(Source, options))
    calls = calls_of(words, options)
    experiments = {momentum: compose(data, training, calls) for momentum, training in trainings.items()}
    found: dict[float, list[dict[str, Any]]] = {momentum: [] for momentum in experiments}
    with bars(Console()) as progress:
        for momentum, experiment in experiments.items():
            for seed in range(options.seeds):
                evaluation = run(
                    experiment,
                    folder := out / f"momentum-{momentum:g}-seed{seed}",
                    seed=seed,
                    hardware=hardware,
                    source=source,
                    convention=options.shots,
                    checkpoint_seconds=options.checkpoint_seconds,
                    progress=progress,
                )
                found[momentum].append(evaluation)
                if rank_zero_only.rank == 0:
                    write_report(folder)
    return found


def calls_json(words: Sequence[Word], options: Namespace) -> list[dict[str, Any]]:
    """The recipe and its modifiers as given, innermost first."""
    return [vars(call).copy() for call in calls_of(words, options)]


def conclude(
    found: dict[float, list[dict[str, Any]]],
    trainings: dict[float, Training],
    recipe: str,
    out: Path,
    data: Data,
    options: Namespace,
) -> None:
    """Write study.json and the page, and print the table and the page's path."""
    changes = relative_changes(found, options.reference)
    runs = [
        {"momentum": momentum, "lr": trainings[momentum].lr, "seed": seed}
        | {score: evaluation[score] for score in SCORES}
        for momentum, evaluations in found.items()
        for seed, evaluation in enumerate(evaluations)
    ]
    settings = {"reference": options.reference, "hold": options.hold, "seeds": options.seeds}
    content = {"study": "momentum", "recipe": recipe, "calls": calls_json(words_of(recipe), options)}
    content |= {**settings, "relative_change": momentum_json(changes), "runs": runs}
    write_json(out / "study.json", content)
    title = f"Momentum, {recipe} on {data.facts.name}"
    held = SETTINGS[options.hold]
    page = write_momentum_study(out / "report.html", found, options.reference, title=title, settings=held)
    Console().print(change_table(changes, options.reference))
    print(f"report: {page}")


def change_table(changes: Changes, reference: float) -> Table:
    """Relative change of each score in percent, one row per momentum."""
    caption = f"Relative change in percent against momentum {reference:g}; ± is over the seeds."
    table = Table("Momentum", box=box.SIMPLE_HEAD, caption=caption, caption_justify="left")
    for score in SCORES:
        table.add_column(score.capitalize(), justify="right")
    for momentum, scores in changes.items():
        table.add_row(f"{momentum:g}", *(signed(scores[score]) for score in SCORES))
    return table

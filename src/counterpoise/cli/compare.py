"""``counterpoise compare RECIPE[+MODIFIER...] ... --data D --seeds N``."""

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from jsonargparse import Namespace
from lightning.pytorch.utilities import rank_zero_only
from rich.console import Console
from rich.progress import Progress

from counterpoise.cli.elsewhere import MEASURE_HELP, elsewhere
from counterpoise.cli.evaluate import PRIOR_HELP
from counterpoise.cli.parser import OneLineParser, instance, parser
from counterpoise.cli.repeat import changed_options, train_command
from counterpoise.cli.train import notes_of, tell
from counterpoise.cli.words import (
    add_options,
    add_run_options,
    calls_of,
    digest,
    preset_defaults,
    preset_name,
    words_of,
)
from counterpoise.data.data import DETECTION, MULTI_LABEL, REGRESSION, Data
from counterpoise.data.sources.load import load
from counterpoise.data.sources.source import Source
from counterpoise.errors import InputError
from counterpoise.files import write_json
from counterpoise.recipes.compose import compose, recreate
from counterpoise.recipes.decorators import Word
from counterpoise.report.compared import ComparedRun, read_compared
from counterpoise.report.comparison_json import comparison_json
from counterpoise.report.comparison_page import write_comparison
from counterpoise.report.comparison_table import comparison_table, cost_table, precision_tables
from counterpoise.report.page import write_report
from counterpoise.report.words import counted, setting_rows
from counterpoise.training.conclusion import PREDICTOR, Elsewhere, place_of
from counterpoise.training.conclusion import conclude as measure
from counterpoise.training.cost import PeakMemory, examples, seconds_per_image, write_cost
from counterpoise.training.hardware import Hardware
from counterpoise.training.options import Training
from counterpoise.training.priors import ESTIMATE, target_prior_from
from counterpoise.training.progress import bars
from counterpoise.training.run import run
from counterpoise.training.stage import Experiment

BASELINES = {
    "classification": "cross_entropy",
    DETECTION: "detection_cross_entropy",
    MULTI_LABEL: "binary_cross_entropy",
    REGRESSION: "regression",
}
"""The plain recipe of each task."""
DESCRIPTION = """Train recipes on the same data with the same seeds, measure them, and say which may be told
apart. Words joined by + are a recipe and its modifiers, innermost first; options of a word carry its name, as in
--tde.alpha 1. The plain baseline is always among the rows. Finished runs are not trained again, and a stopped command
goes on where it was. With --measure the same runs are measured on other data, and that comparison lies below --out."""


class Row(NamedTuple):
    """A recipe and its modifiers, and the name that stands for them."""

    name: str
    words: tuple[Word, ...]


def main(argv: list[str]) -> int:
    """Run the command; the path of the report is printed last."""
    names, rest = leading(argv)
    if not names and not {"-h", "--help"} & set(rest):
        raise InputError(
            "compare expects recipes first, such as balanced_softmax deconfound+tde; counterpoise recipes lists "
            "them"
        )
    rows = rows_of(names)
    options = compare_parser(rows, preset_name(rest)).parse_args(rest)
    if options.seeds < 1:
        raise InputError(f"expected at least 1 seed, but --seeds {options.seeds} came")
    source = instance(Source, options)
    data = load(source)
    if options.target_prior not in (None, ESTIMATE):
        target_prior_from(options.target_prior, data.facts)
    other = elsewhere(options.measure, source, data) if options.measure else None
    experiments = {row.name: composed(row, data, options) for row in rows}
    out = Path(options.out or default_folder(list(experiments.values()), source))
    console = Console(stderr=options.json)
    tell(dict.fromkeys(note for one in experiments.values() for note in notes_of(one)), console)
    with bars(console) as progress:
        folders = train_all(experiments, out, source, options, progress)
    if rank_zero_only.rank == 0:
        hardware = instance(Hardware, options)
        place = place_of(target_prior=options.target_prior, measured=options.measure)
        if place:
            measure_all(experiments, folders, place, other, options)
        runs = [
            read_compared(
                name,
                folders[name],
                train_command(experiment, source, hardware, folders[name][0], 0, options.shots),
                measured=place,
            )
            for name, experiment in experiments.items()
        ]
        below = out / place if other else out
        conclude(runs, below, rows[0].name, shlex.join(["counterpoise", "compare", *argv]), data, options)
    return 0


def leading(argv: list[str]) -> tuple[list[str], list[str]]:
    """The arguments before the first option, and the rest."""
    end = next((place for place, argument in enumerate(argv) if argument.startswith("-")), len(argv))
    return argv[:end], argv[end:]


def rows_of(names: Sequence[str]) -> list[Row]:
    """The rows that are meant, the baseline in front.

    Raises:
        InputError: a word is unknown or in the wrong place, or a row is named twice.
    """
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(f"compare names {twice[0]} twice; name it once")
    named = dict.fromkeys([baseline_of(names), *names])
    return [Row(name, words_of(name)) for name in named]


def baseline_of(names: Sequence[str]) -> str:
    """The plain recipe of the task that the first row is for."""
    task = words_of(names[0])[0].tasks[0] if names else "classification"
    return BASELINES[task]


def compare_parser(rows: Sequence[Row], preset: str | None) -> OneLineParser:
    """The options of all words of all rows, each under the name of its word."""
    made = parser(" ".join(["compare", *(row.name for row in rows)]), DESCRIPTION)
    places = {word.name: word for row in rows for word in row.words}
    add_options(made, places)
    group = add_run_options(made)
    group.add_argument(
        "--out", type=str | None, default=None, help="folder of all; default: runs/ and a name"
    )
    group.add_argument("--seeds", type=int, default=3, help="each row is trained with the seeds 0 .. N-1")
    group.add_argument("--target_prior", type=str | None, default=None, help=PRIOR_HELP)
    group.add_argument("--measure", type=str | None, default=None, help=MEASURE_HELP)
    group.add_argument("--json", type=bool, default=False, help="print one JSON object and nothing else")
    made.set_defaults(preset_defaults(places, preset))
    return made


def composed(row: Row, data: Data, options: Namespace) -> Experiment:
    """The experiment of a row, refused here if it makes no sense on these data."""
    return compose(data, instance(Training, options), calls_of(row.words, options))


def default_folder(experiments: Sequence[Experiment], source: Source) -> str:
    """The same name for the same data, training and changed options: a further row finds the other runs there."""
    facts, training = experiments[0].data.facts, experiments[0].training
    calls = [call for experiment in experiments for call in experiment.calls]
    changed = {call.word: options for call in calls if (options := changed_options(call))}
    return f"runs/compare-{facts.name}-{digest(vars(source), vars(training), facts.fingerprint, changed)}"


def train_all(
    experiments: Mapping[str, Experiment], out: Path, source: Source, options: Namespace, progress: Progress
) -> dict[str, list[Path]]:
    """Train every row with every seed, one after another, and write the page of each; folders by row."""
    folders: dict[str, list[Path]] = {name: [] for name in experiments}
    for name, experiment in experiments.items():
        for seed in range(options.seeds):
            folder = out / f"{name}-seed{seed}"
            train(experiment, folder, seed, source, options, progress)
            folders[name].append(folder)
    return folders


def train(
    experiment: Experiment,
    folder: Path,
    seed: int,
    source: Source,
    options: Namespace,
    progress: Progress,
) -> None:
    """One run with its cost and its page; a finished run keeps the cost that it had."""
    hardware = instance(Hardware, options)
    finished, memory = (folder / PREDICTOR).exists(), PeakMemory(hardware.accelerator)
    run(
        experiment,
        folder,
        seed=seed,
        hardware=hardware,
        source=vars(source),
        convention=options.shots,
        checkpoint_seconds=options.checkpoint_seconds,
        progress=progress,
    )
    if rank_zero_only.rank != 0:
        return
    if not finished:
        peak, (_, predictor) = memory.bytes(), recreate(folder)
        per_image = seconds_per_image(predictor, examples(experiment.data.facts), hardware.accelerator)
        write_cost(folder, peak, per_image)
    write_report(folder)


def measure_all(
    experiments: Mapping[str, Experiment],
    folders: Mapping[str, Sequence[Path]],
    place: str,
    other: Elsewhere | None,
    options: Namespace,
) -> None:
    """Measure every run on other data or for another class mix, and write a page of that below its folder."""
    hardware, asked = instance(Hardware, options), {"target_prior": options.target_prior, "other": other}
    for name, experiment in experiments.items():
        for folder in folders[name]:
            _, predictor = recreate(folder)
            measure(experiment, predictor, folder, hardware, options.shots, **asked)
            write_report(folder / place)


def conclude(
    runs: Sequence[ComparedRun], out: Path, baseline: str, command: str, data: Data, options: Namespace
) -> None:
    """Write comparison.json and the page, and print tables and the page's path, or the object alone."""
    settings = {"training": vars(instance(Training, options)), "source": vars(instance(Source, options))}
    found = {
        "command": command,
        "seeds": options.seeds,
        "target_prior": options.target_prior,
        "measure": options.measure,
        **settings,
        **comparison_json(runs, baseline),
    }
    write_json(out / "comparison.json", found)
    headings = [(heading, setting_rows(values)) for heading, values in settings.items()]
    title = f"{data.facts.name}: {counted(len(runs), 'method')}, {counted(options.seeds, 'seed')}"
    if options.measure:
        title = f"{title}, measured on {Path(options.measure).name}"
    if options.target_prior:
        title = f"{title}, scores for the class mix {options.target_prior}"
    page = write_comparison(
        title, runs, out / "report.html", baseline=baseline, command=command, settings=headings
    )
    if options.json:
        print(json.dumps(found))
        return
    console = Console()
    console.print(comparison_table(runs, baseline))
    for table in precision_tables(runs, baseline):
        console.print(table)
    console.print(cost_table(runs))
    if options.measure:
        console.print(f"All runs were measured on {options.measure}.", highlight=False, markup=False)
    if options.target_prior:
        console.print(f"All scores were moved to the class mix {options.target_prior}.", highlight=False)
    print(f"report: {page}")

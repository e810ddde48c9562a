"""``counterpoise train RECIPE --data D [--with MODIFIER ...]``."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jsonargparse import Namespace
from lightning.pytorch.utilities import rank_zero_only
from rich.console import Console

from counterpoise.cli.evaluate import warn
from counterpoise.cli.parser import OneLineParser, instance, parser
from counterpoise.cli.words import (
    add_options,
    add_run_options,
    digest,
    options_of,
    preset_defaults,
    preset_name,
)
from counterpoise.data.sources.load import load
from counterpoise.data.sources.source import Source
from counterpoise.errors import InputError
from counterpoise.recipes.compose import compose
from counterpoise.recipes.decorators import Word
from counterpoise.recipes.words import all_words, find
from counterpoise.report.page import write_report
from counterpoise.report.table import shots_table
from counterpoise.training.hardware import Hardware
from counterpoise.training.options import Training
from counterpoise.training.progress import bars
from counterpoise.training.run import run
from counterpoise.training.stage import Call, Experiment

DESCRIPTION = """Train a recipe on your data, choose what it leaves to validation data, measure it and write a
report. Stopped at any moment, the same command goes on where it was."""


def main(argv: list[str]) -> int:
    """Run the command; the run folder is printed last."""
    if not argv or argv[0].startswith("-"):
        return overview(argv)
    recipe, modifiers, rest = split_words(argv)
    chosen = [find(recipe, "recipe"), *(find(word, "modifier") for word in modifiers)]
    options = train_parser(chosen, preset_name(rest)).parse_args(rest)
    source = instance(Source, options)
    calls = [Call(word.name, word_options(word, options)) for word in chosen]
    experiment = compose(load(source), instance(Training, options), calls)
    folder = Path(options.out or default_folder(experiment, source, options.seed))
    train(experiment, folder, source, options)
    return 0


def train(experiment: Experiment, folder: Path, source: Source, options: Namespace) -> None:
    """Say what is to be known beforehand, run the experiment and say what came out."""
    console = Console()
    tell(notes_of(experiment), console)
    with bars(console) as progress:
        evaluation = run(
            experiment,
            folder,
            seed=options.seed,
            hardware=instance(Hardware, options),
            source=vars(source),
            convention=options.shots,
            checkpoint_seconds=options.checkpoint_seconds,
            progress=progress,
        )
    if rank_zero_only.rank == 0:
        report = write_report(folder)
        name = " + ".join(call.word for call in experiment.calls)
        console.print(shots_table({name: [evaluation]}))
        for sentence in evaluation["choices"]:
            console.print(sentence, highlight=False)
        warn(evaluation, console)
        print(f"report: {report}")
        print(folder)


def notes_of(experiment: Experiment) -> tuple[str, ...]:
    """What was found when the data were made and when the experiment was built, for people."""
    return (*experiment.data.facts.notes, *experiment.notes)


def tell(notes: Iterable[str], console: Console) -> None:
    """Print notes, on the first process."""
    for note in notes if rank_zero_only.rank == 0 else ():
        console.print("note:", note, highlight=False, markup=False, soft_wrap=True)


def split_words(argv: list[str]) -> tuple[str, list[str], list[str]]:
    """The recipe, the words after --with, and all other arguments."""
    recipe, rest = argv[0], argv[1:]
    if "--with" not in rest:
        return recipe, [], rest
    start = rest.index("--with")
    end = next((i for i in range(start + 1, len(rest)) if rest[i].startswith("-")), len(rest))
    modifiers = rest[start + 1 : end]
    if not modifiers:
        raise InputError(
            "--with expects the names of modifiers, innermost first; counterpoise recipes lists them"
        )
    twice = [word for word in modifiers if modifiers.count(word) > 1]
    if twice:
        raise InputError(f"--with names {twice[0]} twice; name it once")
    return recipe, modifiers, rest[:start] + rest[end:]


def train_parser(chosen: list[Word], preset: str | None) -> OneLineParser:
    """The options of exactly the chosen words, with the defaults of a preset."""
    words = " --with ".join([chosen[0].name, *([" ".join(w.name for w in chosen[1:])] if chosen[1:] else [])])
    made = parser(f"train {words}", f"{chosen[0].summary} {DESCRIPTION}")
    places = {prefix_of(word): word for word in chosen}
    add_options(made, places)
    group = add_run_options(made)
    group.add_argument("--out", type=str | None, default=None, help="run folder; default: runs/ and a name")
    group.add_argument("--seed", type=int, default=0, help="of the net's start and the order of the data")
    made.set_defaults(preset_defaults(places, preset))
    return made


def prefix_of(word: Word) -> str:
    """What stands before the options of a word: nothing for the recipe, its name for a modifier."""
    return "" if word.role == "recipe" else word.name


def word_options(word: Word, options: Namespace) -> dict[str, Any]:
    """The options of one word as given."""
    return options_of(word, options, prefix_of(word))


def default_folder(experiment: Experiment, source: Source, seed: int) -> str:
    """A name that tells what it is, the same for the same command."""
    calls = [[call.word, dict(call.arguments)] for call in experiment.calls]
    facts = experiment.data.facts
    request = digest(calls, vars(source), vars(experiment.training), facts.fingerprint)
    words = "+".join(call.word for call in experiment.calls)
    return f"runs/{words}-{facts.name}-{request}-seed{seed}"


def overview(argv: list[str]) -> int:
    """What to say when no recipe is named."""
    if argv and argv[0] not in ("-h", "--help"):
        raise InputError("train expects the name of a recipe first; counterpoise recipes lists them")
    recipes = [word for word in all_words().values() if word.role == "recipe"]
    print("usage: counterpoise train RECIPE --data D [--with MODIFIER ...] [options]\n")
    print("\n".join(f"  {word.name:<16} {word.summary}" for word in recipes))
    print("\ncounterpoise train RECIPE --help shows the options of exactly the chosen words.")
    return 0

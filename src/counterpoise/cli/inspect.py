"""``counterpoise inspect DATA``: a look at the data before training."""

import json
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from counterpoise.cli.parser import instance, parser
from counterpoise.data.inspection import Inspection, inspect
from counterpoise.data.sources.load import load
from counterpoise.data.sources.source import Source
from counterpoise.report.evaluation import FREQUENCIES
from counterpoise.report.inspection_page import write_inspection
from counterpoise.report.words import counted

BAR = 40


def main(argv: list[str]) -> int:
    """Run the command; the data may be named without --data. Unreadable images are counted, not refused."""
    argv = ["--data", *argv] if argv and not argv[0].startswith("-") else argv
    made = parser("inspect", "Class counts, imbalance, shot groups, and what may spoil an evaluation.")
    made.add_class_arguments(Source, as_group=True)
    made.add_argument(
        "--out",
        type=str | None,
        default=None,
        help="write an HTML page with the class counts: a .html file, or a folder for it",
    )
    made.add_argument("--json", type=bool, default=False, help="print one JSON object and nothing else")
    options = made.parse_args(argv)
    source = replace(instance(Source, options), skip_corrupt=True)
    found = inspect(load(source))
    if options.json:
        print(json.dumps(found.as_json()))
        return 0
    show(found)
    if options.out:
        page = Path(options.out)
        page = page if page.suffix == ".html" else page / f"{found.name}.html"
        write_inspection(found.as_json(), page)
        print(f"page: {page}")
    return 0


def show(found: Inspection) -> None:
    """Print counts as bars from head to tail, or along a target, then facts and warnings."""
    console = Console()
    train = found.counts["train"]
    noun = "bin" if found.target else "class"
    columns = {**found.counts, **({"train images": found.images["train"]} if found.images else {})}
    table = Table(noun, *columns, "", box=None)
    order = range(len(train)) if found.target else sorted(range(len(train)), key=lambda i: -train[i])
    for index in order:
        bar = "█" * max(min(1, train[index]), round(BAR * train[index] / max(train)))
        counts = [str(count[index]) for count in columns.values()]
        table.add_row(found.class_names[index], *counts, bar)
    console.print(table)
    groups = {
        FREQUENCIES[name] if found.images else f"{name}-shot": len(classes)
        for name, classes in found.shots["groups"].items()
    }
    console.print(
        f"{found.name}: {counted(len(train), noun)}, imbalance ratio {found.imbalance_ratio:g}; "
        + ", ".join(f"{size} {name}" for name, size in groups.items()),
        f"({found.shots['rule']})",
        highlight=False,
    )
    for warning in found.warnings:
        console.print("warning:", warning, highlight=False, markup=False)

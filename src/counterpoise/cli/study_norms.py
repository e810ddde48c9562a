"""``counterpoise study norms RUN...``: the length of the features from head to tail."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from counterpoise.cli.parser import parser
from counterpoise.errors import InputError
from counterpoise.files import write_json
from counterpoise.report.evaluation import GROUPS
from counterpoise.report.run_folder import read_run
from counterpoise.report.study_norms import (
    Evaluations,
    checked_norms,
    group_norms,
    norms_json,
    write_norms_study,
)
from counterpoise.report.words import ABSENT

DESCRIPTION = """Mean L2 norm of the features of every class, head to tail, one curve per run (De-confound-TDE,
figure 1b). Read from the run folders; neither data nor net is needed."""


def main(argv: list[str]) -> int:
    """Run the command; the path of the page is printed last."""
    made = parser("study norms", DESCRIPTION)
    made.add_argument("runs", type=str, nargs="+", help="run folders")
    made.add_argument("--out", type=str, default="runs/study-norms", help="folder of the page and study.json")
    options = made.parse_args(argv)
    names, out = run_names(options.runs), Path(options.out)
    found = checked_norms(
        {name: read_run(Path(run)).evaluation for name, run in zip(names, options.runs, strict=True)}
    )
    write_json(out / "study.json", {"study": "norms", **norms_json(found)})
    page = write_norms_study(out / "report.html", found)
    Console().print(norms_table(found))
    print(f"report: {page}")
    return 0


def run_names(runs: list[str]) -> list[str]:
    """The names of run folders, or where these are not different, their paths with dashes.

    Raises:
        InputError: a run is named twice.
    """
    paths = [Path(run).resolve() for run in runs]
    twice = [run for run, path in zip(runs, paths, strict=True) if paths.count(path) > 1]
    if twice:
        raise InputError(f"the run {twice[0]} is named twice; name it once")
    names = [path.name for path in paths]
    return names if len(set(names)) == len(names) else ["-".join(path.parts[1:]) for path in paths]


def norms_table(found: Evaluations) -> Table:
    """Mean norm of each group, one row per run."""
    table = Table("mean feature norm", *(group.capitalize() for group in GROUPS), box=None)
    for name, evaluation in found.items():
        norms = group_norms(evaluation).values()
        table.add_row(name, *(ABSENT if norm is None else f"{norm:.3g}" for norm in norms))
    return table

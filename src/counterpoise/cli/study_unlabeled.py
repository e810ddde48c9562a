"""``counterpoise study unlabeled RUN...``: what unlabeled data are worth."""

from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from counterpoise.cli.parser import parser
from counterpoise.cli.study_norms import run_names
from counterpoise.files import write_json
from counterpoise.report.run_folder import read_run
from counterpoise.report.study_unlabeled import unlabeled_json, write_unlabeled_study
from counterpoise.report.unlabeled_lines import pool_in_words
from counterpoise.report.unlabeled_runs import Condition, conditions_of

DESCRIPTION = """Error against relevance, imbalance and amount of unlabeled data, over finished runs that differ in
--relevance, --unlabeled_ratio or --unlabeled_amount, and the accuracy of each class with and without unlabeled data or
pre-training (value of labels, figures 2 and 3). Runs that differ in nothing but --seed are averaged. Read from the run
folders; neither data nor net is needed."""


def main(argv: list[str]) -> int:
    """Run the command; the path of the page is printed last."""
    made = parser("study unlabeled", DESCRIPTION)
    made.add_argument("runs", type=str, nargs="+", help="run folders")
    made.add_argument(
        "--out", type=str, default="runs/study-unlabeled", help="folder of the page and study.json"
    )
    options = made.parse_args(argv)
    names, out = run_names(options.runs), Path(options.out)
    conditions = conditions_of(
        {name: read_run(Path(run)) for name, run in zip(names, options.runs, strict=True)}
    )
    page = write_unlabeled_study(out / "report.html", conditions)
    write_json(out / "study.json", {"study": "unlabeled", "conditions": unlabeled_json(conditions)})
    Console().print(error_table(conditions))
    print(f"report: {page}")
    return 0


def error_table(conditions: Sequence[Condition]) -> Table:
    """Error of each condition, one row each."""
    table = Table(
        "Composition", "Unlabeled data", box=box.SIMPLE_HEAD, caption="In percent; ± is over the seeds."
    )
    table.add_column("Seeds", justify="right")
    table.add_column("Error", justify="right")
    for one in conditions:
        table.add_row(one.run.name, pool_in_words(one.pool), str(len(one.seeds)), str(one.error))
    return table

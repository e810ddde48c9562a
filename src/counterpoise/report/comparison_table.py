"""Tables of a comparison for the terminal."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from counterpoise.report.compared import ComparedRun, precision_names, score_names, shown_attributes
from counterpoise.report.evaluation import score_name
from counterpoise.report.scale import Scale, scale_of
from counterpoise.report.table import accuracy_caption
from counterpoise.report.units import duration, memory, milliseconds
from counterpoise.report.verdicts import Verdict, legend, verdicts
from counterpoise.report.words import ATTRIBUTES, PRECISION


def comparison_table(runs: Sequence[ComparedRun], baseline: str | None) -> Table:
    """Accuracies in percent, or errors, with their marks: one row per run, one column per group, the legend below."""
    sentences = [accuracy_caption({run.name: run.evaluations for run in runs}), *legend(runs, baseline)]
    return _marked(runs, score_names(runs), baseline, sentences)


def precision_tables(runs: Sequence[ComparedRun], baseline: str | None) -> Iterator[Table]:
    """Precision in percent with its marks, and both scores by attribute where few are known; none without classes."""
    names = precision_names(runs)
    if names:
        yield _marked(runs, names, baseline, [f"Precision in percent: {PRECISION}."], "Precision")
    if values := shown_attributes(runs):
        yield from (_by_attribute(runs, values, kind) for kind in ("accuracy", "precision"))


def _marked(
    runs: Sequence[ComparedRun],
    scores: Sequence[str],
    baseline: str | None,
    sentences: Sequence[str],
    corner: str = "",
) -> Table:
    table = _rows_of_runs(corner, "\n".join(sentences))
    columns = {score: verdicts(runs, score, baseline) for score in scores}
    scale, first = scale_of(runs[0].evaluations[0]), runs[0].evaluations[0]
    for score in columns:
        table.add_column(f"{score_name(first, score)}  ", justify="right", no_wrap=True)
    for position, run in enumerate(runs):
        table.add_row(Text(run.name), *(_cell(scale, column[position]) for column in columns.values()))
    return table


def _by_attribute(runs: Sequence[ComparedRun], values: Sequence[str], kind: str) -> Table:
    table = _rows_of_runs(f"{kind.capitalize()} of attribute", f"In percent, of {ATTRIBUTES}.")
    for value in values:
        table.add_column(Text(value), justify="right")
    for run in runs:
        table.add_row(Text(run.name), *(str(run.attribute(value, kind)) for value in values))
    return table


def _rows_of_runs(corner: str, caption: str) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        caption=Text(caption, style="dim"),
        caption_justify="left",
    )
    table.add_column(corner, overflow="fold", min_width=14)
    return table


def _cell(scale: Scale, verdict: Verdict) -> Text:
    return Text(f"{scale.spread(verdict.spread)} {verdict.marks:<2}", style="bold" if verdict.best else "")


def cost_table(runs: Sequence[ComparedRun]) -> Table:
    """Means over the seeds of training time, peak memory and time per image; a dash where not measured."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("", overflow="fold", min_width=14)
    for title in ("Training", "Memory", "Inference"):
        table.add_column(title, justify="right", no_wrap=True)
    for run in runs:
        seconds, peak, per_image = run.cost()
        table.add_row(Text(run.name), duration(seconds), memory(peak), milliseconds(per_image))
    return table

"""Tables of a comparison for the terminal."""

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from counterpoise.report.compared import ComparedRun, score_names
from counterpoise.report.evaluation import in_words
from counterpoise.report.scale import Scale, scale_of
from counterpoise.report.table import accuracy_caption
from counterpoise.report.units import duration, memory, milliseconds
from counterpoise.report.verdicts import Verdict, legend, verdicts


def comparison_table(runs: Sequence[ComparedRun], baseline: str | None) -> Table:
    """Accuracies in percent, or errors, with their marks: one row per run, one column per group, the legend below."""
    sentences = [accuracy_caption({run.name: run.evaluations for run in runs}), *legend(runs, baseline)]
    caption = Text("\n".join(sentences), style="dim")
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=caption, caption_justify="left")
    table.add_column("", overflow="fold", min_width=14)
    columns = {score: verdicts(runs, score, baseline) for score in score_names(runs)}
    for score in columns:
        table.add_column(f"{in_words(score)}  ", justify="right", no_wrap=True)
    scale = scale_of(runs[0].evaluations[0])
    for position, run in enumerate(runs):
        table.add_row(Text(run.name), *(_cell(scale, column[position]) for column in columns.values()))
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

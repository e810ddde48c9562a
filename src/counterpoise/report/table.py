"""Tables for the terminal."""

from collections.abc import Mapping, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from counterpoise.report.evaluation import (
    SCORES,
    Evaluation,
    class_metric,
    group_of_class,
    head_to_tail,
    in_row,
    metric,
    noun,
    precision_rows,
)
from counterpoise.report.scale import PERCENT, scale_of
from counterpoise.report.spread import spread
from counterpoise.report.words import ABSENT, number, percent


def shots_table(rows: Mapping[str, Sequence[Evaluation]]) -> Table:
    """Many, medium, few and overall accuracy in percent, or error: one row per name, one evaluation per seed.

    Several seeds give the mean and the sample standard deviation; a dash stands for an empty group.
    """
    table = Table(
        box=box.SIMPLE_HEAD, caption=Text(accuracy_caption(rows), style="dim"), caption_justify="left"
    )
    table.add_column("")
    for score in SCORES:
        table.add_column(score.capitalize(), justify="right", style="bold" if score == "overall" else "")
    for name, evaluations in rows.items():
        write = scale_of(evaluations[0]).spread
        table.add_row(Text(name), *(write(spread(one[score] for one in evaluations)) for score in SCORES))
    return table


def class_table(evaluation: Evaluation) -> Table:
    """Accuracy of every class in percent, from the most to the least frequent, or error of every bin by its values."""
    write = scale_of(evaluation).text
    counts = evaluation["class_counts"]
    groups = group_of_class(evaluation["shots"], len(counts))
    table = Table(box=box.SIMPLE_HEAD)
    for title in (noun(evaluation).capitalize(), "Group"):
        table.add_column(title)
    for title in ("Training samples", "Test samples", class_metric(evaluation).capitalize()):
        table.add_column(title, justify="right")
    for index in in_row(evaluation):
        table.add_row(
            Text(evaluation["class_names"][index]),
            groups[index] or ABSENT,
            number(counts[index]),
            number(evaluation["test_counts"][index]),
            write(evaluation["per_class"][index]),
        )
    return table


def precision_table(evaluation: Evaluation) -> Table:
    """Accuracy and precision in percent of each group of classes, and of each attribute where they are known."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("")
    for title in ("Test samples", "Accuracy", "Precision"):
        table.add_column(title, justify="right")
    for name, own in precision_rows(evaluation):
        table.add_row(Text(name), number(own["samples"]), percent(own["accuracy"]), percent(own["precision"]))
    return table


def mean_class_table(rows: Mapping[str, Sequence[Evaluation]]) -> Table:
    """Accuracy of every class in percent, head to tail: one column per name, the mean over its evaluations.

    All evaluations are of the same classes; counts are those of the first.
    """
    first = next(evaluations[0] for evaluations in rows.values())
    table = Table("Class", box=box.SIMPLE_HEAD)
    for title in ("Training samples", *rows):
        table.add_column(Text(title), justify="right")
    for index in head_to_tail(first["class_counts"]):
        means = [spread(one["per_class"][index] for one in evaluations).mean for evaluations in rows.values()]
        count = number(first["class_counts"][index])
        table.add_row(Text(first["class_names"][index]), count, *map(percent, means))
    return table


def accuracy_caption(rows: Mapping[str, Sequence[Evaluation]]) -> str:
    """What the numbers of a table are: unit, seeds, and the rule of the groups."""
    rules = {one["shots"]["rule"] for evaluations in rows.values() for one in evaluations}
    sentences = [
        f"{_metrics(rows).capitalize()} {_unit(rows)}.",
        *(f"Groups: {rule}." for rule in sorted(rules)),
    ]
    seeds = sorted({len(evaluations) for evaluations in rows.values()} - {1})
    if seeds:
        sentences.insert(1, f"Mean ± standard deviation over {' or '.join(map(str, seeds))} seeds.")
    return " ".join(sentences)


def _unit(rows: Mapping[str, Sequence[Evaluation]]) -> str:
    return next((scale_of(one).words for evaluations in rows.values() for one in evaluations), PERCENT.words)


def _metrics(rows: Mapping[str, Sequence[Evaluation]]) -> str:
    return (
        " or ".join(sorted({metric(one) for evaluations in rows.values() for one in evaluations}))
        or "accuracy"
    )

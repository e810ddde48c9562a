"""Tables for the terminal."""

from collections.abc import Mapping, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from counterpoise.report.evaluation import (
    PRECISIONS,
    SCORES,
    Evaluation,
    class_metric,
    counted_noun,
    group_name,
    group_of_class,
    head_to_tail,
    in_row,
    kinds,
    metric,
    noun,
    precision_rows,
    score_name,
)
from counterpoise.report.scale import PERCENT, scale_of
from counterpoise.report.spread import spread
from counterpoise.report.words import ABSENT, ATTRIBUTES, PRECISION, number, percent


def shots_table(rows: Mapping[str, Sequence[Evaluation]]) -> Table:
    """Many, medium, few and overall accuracy in percent, or error: one row per name, one evaluation per seed.

    Several seeds give the mean and the sample standard deviation; a dash stands for an empty group.
    """
    table = Table(
        box=box.SIMPLE_HEAD, caption=Text(accuracy_caption(rows), style="dim"), caption_justify="left"
    )
    table.add_column("")
    first: Evaluation = next((evaluations[0] for evaluations in rows.values()), {})
    for score in SCORES:
        style = "bold" if score == "overall" else ""
        table.add_column(score_name(first, score), justify="right", style=style)
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
    counted = counted_noun(evaluation)
    for title in (f"Training {counted}s", f"Test {counted}s", class_metric(evaluation).capitalize()):
        table.add_column(title, justify="right")
    for index in in_row(evaluation):
        table.add_row(
            Text(evaluation["class_names"][index]),
            group_name(evaluation, groups[index]) or ABSENT,
            number(counts[index]),
            number(evaluation["test_counts"][index]),
            write(evaluation["per_class"][index]),
        )
    return table


def detection_table(evaluation: Evaluation) -> Table:
    """Average precision in percent of boxes and masks: over all overlaps, at one, by size and by frequency."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("")
    for name in PRECISIONS:
        table.add_column(name, justify="right", style="bold" if name == "AP" else "")
    for kind, own in kinds(evaluation).items():
        table.add_row(kind.capitalize(), *(percent(own[key]) for key in PRECISIONS.values()))
    return table


def precision_table(evaluation: Evaluation) -> Table:
    """Accuracy and precision in percent of each group of classes, and of each attribute where they are known."""
    rows, groups = precision_rows(evaluation), len(evaluation["precision"]["classes"])
    attributes = f" Attributes: {ATTRIBUTES}." if rows[groups:] else ""
    caption = Text(f"Precision in percent: {PRECISION}.{attributes}", style="dim")
    table = Table(box=box.SIMPLE_HEAD, caption=caption, caption_justify="left")
    table.add_column("")
    for title in ("Test samples", "Accuracy", "Precision"):
        table.add_column(title, justify="right")
    for position, (name, own) in enumerate(rows, start=1):
        scores = (percent(own[kind]) for kind in ("accuracy", "precision"))
        table.add_row(Text(name), number(own["samples"]), *scores, end_section=position == groups)
    return table


def mean_class_table(rows: Mapping[str, Sequence[Evaluation]]) -> Table:
    """The score of every class in percent, head to tail: one column per name, the mean over its evaluations.

    All evaluations are of the same classes; counts are those of the first.
    """
    first = next(evaluations[0] for evaluations in rows.values())
    table = Table("Class", box=box.SIMPLE_HEAD)
    for title in (f"Training {counted_noun(first)}s", *rows):
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

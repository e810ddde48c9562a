from dataclasses import replace

from rich.console import Console

from counterpoise.report import ComparedRun
from counterpoise.report.comparison_table import comparison_table, cost_table, precision_tables
from counterpoise.training.cost import Cost


def _lines(table, width=100):
    console = Console(width=width, no_color=True)
    with console.capture() as capture:
        console.print(table)
    return capture.get().splitlines()


def test_numbers_carry_their_marks(three_runs):
    lines = _lines(comparison_table(three_runs, "cross_entropy"))
    rows = [line.split() for line in lines if "±" in line and "Mean" not in line]
    assert [row[-1] for row in rows] == [str(three_runs[0].score("overall")).split()[-1], "*", "="]
    text = " ".join(" ".join(lines).split())
    assert "* best of its column; = not distinguishable from the best" in text
    assert "Mean ± standard deviation over 3 seeds" in text


def test_a_narrow_terminal_cuts_no_number_and_no_name(three_runs):
    text = "".join("".join(_lines(comparison_table(three_runs, "cross_entropy"), 80)).split())
    assert "…" not in text
    assert "cross_entropy" in text
    for run in three_runs:
        assert str(run.score("overall")).replace(" ", "") in text


def test_names_are_no_markup(three_runs):
    run = replace(three_runs[0], name="[bold]x[/bold]")
    assert any("[bold]x[/bold]" in line for line in _lines(comparison_table([run], None)))
    assert any("[bold]x[/bold]" in line for line in _lines(cost_table([run])))


def test_costs_are_means_and_a_dash_where_unknown(three_runs):
    rows = [three_runs[0], replace(three_runs[1], costs=[Cost(30.0, None, None)])]
    first, second = (line.split() for line in _lines(cost_table(rows)) if " s " in line or "min" in line)
    assert first == ["cross_entropy", "1.0", "min", "512", "MiB", "0.1", "ms"]
    assert second == ["good", "30", "s", "–", "–"]


def test_precision_stands_in_tables_of_its_own(three_runs):
    precision, accuracies, precisions = precision_tables(three_runs, "cross_entropy")
    lines = _lines(precision)
    rows = [line.split() for line in lines if "±" in line]
    assert lines[1].split() == ["Precision", "Many", "Medium", "Few", "Overall"]
    assert [row[-1] for row in rows][1:] == ["*", "="]
    assert str(three_runs[1].score("precision_overall")) in " ".join(rows[1])
    for table, kind in ((accuracies, "accuracy"), (precisions, "precision")):
        lines = _lines(table)
        assert lines[1].split() == [kind.capitalize(), "of", "attribute", "dark", "light"]
        assert str(three_runs[1].attribute("light", kind)) in " ".join(lines)


def test_without_single_classes_there_is_no_precision(make_evaluation):
    assert list(precision_tables([ComparedRun("x", [make_evaluation()])], None)) == []

from dataclasses import replace

import pytest

from counterpoise.report import ComparedRun
from counterpoise.report.precision_plane import Step, precision_plane, steps


def named(run, name):
    return replace(run, name=name, calls=[{"word": word, "arguments": {}} for word in name.split("+")])


def test_a_step_adds_one_modifier_wherever_it_stands():
    names = ["a", "a+ifl", "a+mixup", "a+mixup+ifl", "b+ifl", "a+ifl+mixup"]
    found = steps([named(ComparedRun("", []), name) for name in names])
    assert set(found) == {
        Step(0, 1, "ifl"),
        Step(0, 2, "mixup"),
        Step(1, 3, "mixup"),
        Step(2, 3, "ifl"),
        Step(1, 5, "mixup"),
        Step(2, 5, "ifl"),
    }


def test_points_are_means_with_whiskers_and_arrows_lead_to_what_was_added(three_runs):
    runs = [named(run, name) for run, name in zip(three_runs, ("ce", "ce+ifl", "ride"), strict=True)]
    figure = precision_plane(runs)
    assert figure is not None
    arrow, *points = figure.data
    assert arrow.name == "+ ifl"
    for position, run in enumerate(runs):
        accuracy, precision = run.score("overall"), run.score("precision_overall")
        point = points[position]
        assert point.x[0] == pytest.approx(100 * accuracy.mean, abs=0.01)
        assert point.y[0] == pytest.approx(100 * precision.mean, abs=0.01)
        assert point.error_x.array[0] == pytest.approx(100 * accuracy.deviation, abs=0.01)
        assert point.error_y.array[0] == pytest.approx(100 * precision.deviation, abs=0.01)
    assert (arrow.x, arrow.y) == tuple(
        (a + b) for a, b in zip(_place(points[0]), _place(points[1]), strict=True)
    )
    assert "against ce" in points[1].hovertemplate
    assert "against" not in points[0].hovertemplate + points[2].hovertemplate


def test_each_word_stands_in_the_legend_once_and_has_its_own_line(three_runs):
    names = ["ce", "ce+ifl", "ride", "ride+ifl", "ce+mixup", "ce+mixup+ifl"]
    figure = precision_plane([named(three_runs[0], name) for name in names])
    assert figure is not None
    arrows = [trace for trace in figure.data if trace.name.startswith("+ ")]
    assert len(arrows) == 5
    assert [trace.name for trace in figure.data if trace.showlegend] == ["+ ifl", "+ mixup"]
    assert len({(trace.name, trace.line.dash) for trace in arrows}) == 2


def test_names_are_no_markup(three_runs):
    figure = precision_plane([named(three_runs[0], "<b>x")])
    assert figure is not None
    assert (figure.data[0].name, figure.data[0].text[0]) == ("&lt;b&gt;x", "&lt;b&gt;x")


def test_without_precision_there_is_no_plane(make_evaluation):
    assert precision_plane([ComparedRun("x", [make_evaluation()])]) is None


def _place(point):
    return tuple(point.x), tuple(point.y)

from dataclasses import replace

import pytest

from counterpoise.errors import InputError
from counterpoise.report import ComparedRun, write_comparison
from counterpoise.report.comparison_figures import pareto_front, run_class_curve, trade_off


def _runs(make_evaluation):
    linear = [make_evaluation(swept=False, shift=shift) for shift in (-1.0, -0.8)]
    return [ComparedRun("linear <1>", linear), ComparedRun("tde", [make_evaluation()])]


def test_runs_stand_side_by_side(make_evaluation, read_page, tmp_path):
    runs = _runs(make_evaluation)
    page = read_page(write_comparison("Digits & letters", runs, tmp_path / "compare.html"))
    assert set(page.figures) == {"run-bars", "trade-off", "run-classes", "alpha-curves", "alpha-classes"}
    assert "Digits & letters" in page.text
    means = [runs[0].score(score) for score in ("many", "medium", "few", "overall")]
    assert f"linear <1> 2 {' '.join(map(str, means))}" in page.text
    assert all("±" in str(mean) for mean in means)
    bars = page.figures["run-bars"]["data"]
    assert bars[0]["y"][3] == pytest.approx(100 * means[3].mean, abs=0.01)
    assert bars[0]["error_y"]["array"][3] == pytest.approx(100 * means[3].deviation)
    assert "src" not in {name for _, attributes in page.tags for name in attributes}


def test_without_a_sweep_there_is_no_slider(make_evaluation, read_page, tmp_path):
    page = read_page(write_comparison("x", _runs(make_evaluation)[:1], tmp_path / "compare.html"))
    assert set(page.figures) == {"run-bars", "run-classes"}


def test_runs_on_other_classes_are_refused(make_evaluation, tmp_path):
    runs = [*_runs(make_evaluation), ComparedRun("other", [make_evaluation(5)])]
    with pytest.raises(InputError, match="those of other differ from those of linear"):
        write_comparison("x", runs, tmp_path / "compare.html")


@pytest.mark.parametrize("runs", [[], [ComparedRun("empty", [])]])
def test_nothing_to_compare_is_refused(runs, tmp_path):
    with pytest.raises(InputError, match="expected one evaluation or more"):
        write_comparison("x", runs, tmp_path / "compare.html")
    assert list(tmp_path.iterdir()) == []


def test_the_page_of_a_command_says_what_differs_what_it_cost_and_how_to_repeat_it(
    three_runs, read_page, tmp_path
):
    settings = [("training", [("epochs", "10")])]
    folders = [[tmp_path / "out" / f"{folder.name}" for folder in run.folders] for run in three_runs]
    runs = [replace(run, folders=found) for run, found in zip(three_runs, folders, strict=True)]
    path = tmp_path / "out" / "report.html"
    page = read_page(
        write_comparison(
            "Digits",
            runs,
            path,
            baseline="cross_entropy",
            command="counterpoise compare x",
            settings=settings,
        )
    )
    assert f"{runs[1].score('overall')} *" in page.text
    assert f"{runs[2].score('overall')} =" in page.text
    assert "= not distinguishable from the best; ~ not distinguishable from cross_entropy" in page.text
    assert "as good 1.0 min 512 MiB 0.1 ms" in page.text
    assert "counterpoise compare x" in page.text
    assert "counterpoise train as good --seed 0" in page.text
    assert "epochs 10" in page.text
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert links[-1] == "as%20good-seed2/report.html"
    assert len(links) == 9


def test_runs_that_none_beats_in_both_are_joined(three_runs):
    points = [(5.0, 1.0), (4.0, 2.0), (4.0, 1.0), (1.0, 9.0), (3.0, 2.0)]
    assert pareto_front(points) == [3, 1, 0]
    assert pareto_front([(1.0, 1.0), (1.0, 1.0)]) == [0, 1]
    figure = trade_off([three_runs[0], three_runs[1], replace(three_runs[1], name="twin")])
    assert figure is not None
    joined, *runs = figure.data
    assert set(joined.x) == {round(100 * three_runs[1].score("many").mean, 2)}
    assert [trace.text[0] for trace in runs] == ["", "good, twin", ""]
    assert runs[1].error_y.array[0] == pytest.approx(100 * three_runs[1].score("few").deviation)


def test_without_a_group_there_is_no_trade(make_evaluation):
    assert trade_off([ComparedRun("x", [make_evaluation(few=False)])]) is None


def test_the_trade_off_of_detectors_names_their_groups(make_detection) -> None:
    figure = trade_off(
        [ComparedRun("x", [make_detection()]), ComparedRun("y", [make_detection(swept=False)])]
    )
    titles = [axis.title.text for axis in (figure.layout.xaxis, figure.layout.yaxis)]
    assert titles == [
        "average precision of masks, frequent classes",
        "average precision of masks, rare classes",
    ]


def test_no_axis_counts_beyond_everything(make_evaluation):
    figure = trade_off([ComparedRun("x", [make_evaluation() | {"many": 1.0, "few": 0.0}])])
    assert figure is not None
    assert figure.layout.xaxis.tickvals == (100,)
    assert figure.layout.yaxis.tickvals[0] == 0
    assert figure.layout.xaxis.range[1] > 100


def test_many_classes_are_drawn_as_means_of_neighbours(make_evaluation):
    evaluation = make_evaluation(100, swept=False)
    _, line = run_class_curve([ComparedRun("x", [evaluation])]).data
    assert len(line.x) == 20
    assert list(line.x[:2]) == [3, 8]
    assert line.y[0] == pytest.approx(20 * sum(evaluation["per_class"][:5]), abs=0.01)


def test_beyond_six_runs_markers_tell_colours_apart(three_runs):
    runs = [replace(three_runs[0], name=f"run {number}") for number in range(7)]
    figure = trade_off(runs)
    assert figure is not None
    looks = [(trace.marker.color, trace.marker.symbol) for trace in figure.data[1:]]
    assert len(set(looks)) == 7


def test_precision_has_a_table_a_plane_and_its_attributes(three_runs, read_page, tmp_path):
    page = read_page(write_comparison("x", three_runs, tmp_path / "page.html", baseline="cross_entropy"))
    assert len(page.figures["precision-plane"]["data"]) == 3
    means = [str(three_runs[0].score(f"precision_{score}")) for score in ("many", "medium", "few", "overall")]
    assert f"cross_entropy 3 {' '.join(means)}" in page.text
    assert f"{three_runs[1].score('precision_overall')} *" in page.text
    assert "Attribute dark Attribute light" in page.text
    both = [str(three_runs[0].attribute("dark", kind)) for kind in ("accuracy", "precision")]
    assert f"cross_entropy {' '.join(both)}" in page.text
    assert "An arrow leads" not in page.text


def test_pages_are_linked_where_the_runs_were_measured(three_runs, read_page, tmp_path):
    folders = [tmp_path / "good-seed0"]
    run = replace(three_runs[1], folders=folders, place="measured-glt")
    page = read_page(write_comparison("x", [run], tmp_path / "measured-glt" / "report.html"))
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert links == ["../good-seed0/measured-glt/report.html"]

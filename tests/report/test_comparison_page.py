import pytest

from counterpoise.errors import InputError
from counterpoise.report import ComparedRun, write_comparison


def _runs(make_evaluation):
    linear = [make_evaluation(swept=False, shift=shift) for shift in (-1.0, -0.8)]
    return [ComparedRun("linear <1>", linear), ComparedRun("tde", [make_evaluation()])]


def test_runs_stand_side_by_side(make_evaluation, read_page, tmp_path):
    runs = _runs(make_evaluation)
    page = read_page(write_comparison("Digits & letters", runs, tmp_path / "compare.html"))
    assert set(page.figures) == {"run-bars", "run-classes", "alpha-curves", "alpha-classes"}
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

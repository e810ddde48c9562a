import pytest

from counterpoise.errors import InputError
from counterpoise.report import write_report
from counterpoise.report.words import difference, percent

SLIDER_FIGURES = {"alpha-curves", "alpha-classes"}
ALWAYS = {"class-curve", "group-bars", "feature-norms", "training"}


def test_a_swept_run_gets_every_section(make_folder, read_page):
    folder = make_folder()
    path = write_report(folder)
    page = read_page(path)
    assert path == folder / "report.html"
    assert set(page.figures) == ALWAYS | SLIDER_FIGURES
    assert "deconfound with tde" in page.text
    assert "chosen on 500 validation images" in page.text


def test_the_headline_is_the_evaluation_in_percent(make_folder, make_evaluation, read_page):
    evaluation = make_evaluation()
    text = read_page(write_report(make_folder(evaluation))).text
    for score in ("overall", "many", "medium", "few"):
        assert f"{score.capitalize()} {percent(evaluation[score])} %" in text
    gain = difference(evaluation["few"], evaluation["alpha_curve"]["few"][4])
    assert f"Few {percent(evaluation['few'])} % 3 classes {gain} against α = 0" in text


def test_nothing_is_loaded_from_elsewhere(make_folder, read_page):
    page = read_page(write_report(make_folder()))
    assert not [tag for tag, attributes in page.tags if "src" in attributes or "href" in attributes]
    assert "@import" not in page.own
    assert "url(" not in page.own


def test_no_number_is_missing_in_disguise(make_folder, make_evaluation, read_page):
    evaluation = make_evaluation(few=False)
    evaluation["per_class"][3] = evaluation["feature_norms"][3] = None
    page = read_page(write_report(make_folder(evaluation)))
    for word in ("NaN", "Infinity", "None", "undefined"):
        assert word not in page.text
    assert "NaN" not in page.own


def test_an_empty_group_is_a_dash(make_folder, make_evaluation, read_page):
    page = read_page(write_report(make_folder(make_evaluation(few=False))))
    assert "Few – no class" in page.text
    assert "–" in page.figures["group-bars"]["data"][0]["text"]


def test_names_cannot_become_markup(make_folder, make_evaluation, read_page):
    evaluation = make_evaluation(2)
    evaluation["class_names"] = ["<b>bold</b>", "</script><script>alert(1)</script>"]
    hostile = {"calls": [{"word": "<i>x</i>", "arguments": {"<u>": "<s>"}}]}
    page = read_page(write_report(make_folder(evaluation, **hostile)))
    assert not {"u", "s"} & {tag for tag, _ in page.tags}
    assert "alert(1)</script>" not in page.own
    assert "<b>bold</b>" in page.text
    ticks = page.figures["class-curve"]["layout"]["xaxis2"]["ticktext"]
    assert ticks[0] == "&lt;b&gt;bold&lt;/b&gt;"


def test_the_published_number_stands_beside_ours(make_folder, make_evaluation, read_page):
    evaluation = make_evaluation() | {"overall": 0.7}
    text = read_page(write_report(make_folder(evaluation))).text
    assert "Table 3, De-confound-TDE CIFAR-10-LT, ratio 100 top-1 80.6 70.0 −10.6" in text
    assert "Ours is one run of 3 epochs with seed 7 on CIFAR-10-LT" in text
    assert "chose the epoch on the test set" in text


def test_no_claim_no_section(make_folder, read_page):
    assert "published" not in read_page(write_report(make_folder(claim=[]))).text.lower()


def test_the_settings_repeat_the_run(make_folder, read_page):
    text = read_page(write_report(make_folder())).text
    for words in (
        "gamma 0.03125",
        "arguments.ratio 100",
        "torch 2.15.0",
        "milestones 0.6, 0.8",
        "cat/7.jpg: cut",
    ):
        assert words in text


def test_a_run_without_alpha_has_no_slider(make_folder, make_evaluation, read_page):
    page = read_page(write_report(make_folder(make_evaluation(swept=False))))
    assert set(page.figures) == ALWAYS
    assert "alpha-data" not in page.own
    assert not [tag for tag, _ in page.tags if tag == "input"]


@pytest.mark.parametrize("num_classes", [2, 1000])
def test_few_and_many_classes(num_classes, make_folder, make_evaluation, read_page):
    page = read_page(write_report(make_folder(make_evaluation(num_classes))))
    points = page.figures["class-curve"]["data"][1]
    labels = page.figures["class-curve"]["layout"]["xaxis2"]["tickvals"]
    assert len(points["y"]) == len(points["customdata"]) == num_classes
    assert len(labels) == (num_classes if num_classes <= 60 else 0)


def test_one_epoch_is_drawn_as_a_point(make_folder, read_page):
    page = read_page(write_report(make_folder(metrics="stage,epoch,lr,loss\nmain,0,0.1,2.1\n")))
    assert [trace["y"] for trace in page.figures["training"]["data"]] == [[2.1], [0.1]]
    assert {trace["mode"] for trace in page.figures["training"]["data"]} == {"lines+markers"}


@pytest.mark.parametrize("metrics", ["", "stage,epoch,lr,loss\n"])
def test_no_epoch_is_said(metrics, make_folder, read_page):
    page = read_page(write_report(make_folder(metrics=metrics)))
    assert "training" not in page.figures
    assert "No epoch was recorded." in page.text


def test_what_was_not_measured_is_left_out(make_folder, make_evaluation, read_page):
    evaluation = make_evaluation() | {"feature_norms": [None] * 10}
    del evaluation["confusion_by_shot"]
    page = read_page(write_report(make_folder(evaluation)))
    assert "feature-norms" not in page.figures
    assert "Where samples go" not in page.text


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"evaluation\.json"):
        write_report(tmp_path)
    assert list(tmp_path.iterdir()) == []

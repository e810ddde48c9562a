import json

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


def test_notes_about_data_and_experiment_are_shown(make_folder, make_evaluation, read_page):
    evaluation = make_evaluation(2)
    facts = {
        "name": "x",
        "class_names": evaluation["class_names"],
        "class_counts": evaluation["class_counts"],
        "unlabeled": [31, 7, 0],
        "notes": ["the pool is <b>small</b>"],
    }
    text = read_page(
        write_report(make_folder(evaluation, facts=facts, notes=["w.safetensors: loaded 2"]))
    ).text
    assert "Note: the pool is <b>small</b>. Note: w.safetensors: loaded 2." in text
    assert text.count("the pool is") == 1
    assert "31, 7, 0" not in text
    assert "Note:" not in read_page(write_report(make_folder(facts={**facts, "notes": []}))).text


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


def test_samples_with_several_labels_have_their_own_words(make_folder, make_evaluation, read_page):
    evaluation = make_evaluation(swept=False) | {"metric": "mean average precision"}
    evaluation |= {"f1_micro": 0.625, "f1_macro": 0.5}
    for absent in ("confusion_by_shot", "feature_norms", "alpha", "alpha_curve"):
        del evaluation[absent]
    page = read_page(write_report(make_folder(evaluation)))
    assert set(page.figures) == {"class-curve", "group-bars", "training"}
    assert "F1 at 0.5: 62.5 % micro, 50.0 % macro" in page.text
    assert "A group's average precision is the mean over its classes" in page.text
    assert "Mean average precision in percent." in page.text
    assert "ccuracy" not in page.text
    assert page.figures["class-curve"]["layout"]["yaxis2"]["title"]["text"] == "average precision"
    assert page.figures["group-bars"]["layout"]["yaxis"]["title"]["text"] == "mean average precision"


def test_training_images_are_counted_once(make_folder, make_evaluation, read_page):
    evaluation = make_evaluation(2)
    facts = {"name": "made-up", "class_counts": evaluation["class_counts"], "class_names": ["a", "b"]}
    text = read_page(write_report(make_folder(evaluation, facts=facts))).text
    assert f"{sum(evaluation['class_counts']):,} training samples" in text
    text = read_page(write_report(make_folder(evaluation, facts=facts | {"split_sizes": {"train": 77}}))).text
    assert "77 training samples" in text


def _calibration(error: float) -> dict:
    groups = {"ece_many": 0.01, "ece_medium": 0.02, "ece_few": None}
    bins = [
        {"confidence": None, "accuracy": None, "count": 0},
        {"confidence": 0.8, "accuracy": 0.7, "count": 9},
    ]
    return {"ece": error, **groups, "nll": 0.4, "bins": bins}


def test_calibration_is_shown_with_and_without_the_temperature(make_folder, make_evaluation, read_page):
    told = _calibration(0.034) | {"temperature": 1.37, "before": _calibration(0.091)}
    page = read_page(write_report(make_folder(make_evaluation() | {"calibration": told})))
    assert "reliability" in page.figures
    assert "Before Temperature 1.37 Overall 9.1 3.4 Many 1.0 1.0 Medium 2.0 2.0 Few – –" in page.text
    assert len(page.figures["reliability"]["data"]) == 4


def test_calibration_without_a_temperature_has_one_column(make_folder, make_evaluation, read_page):
    told = _calibration(0.034) | {"temperature": None, "before": None}
    page = read_page(write_report(make_folder(make_evaluation() | {"calibration": told})))
    assert "Error Overall 3.4 Many 1.0 Medium 2.0 Few –" in page.text
    assert "emperature" not in page.text
    assert len(page.figures["reliability"]["data"]) == 3


def test_a_split_that_looks_like_the_training_data_is_told(make_folder, make_evaluation, read_page):
    warned = make_evaluation() | {"target_prior": {"warning": "the test split looks like the training data"}}
    assert "Beware: the test split looks like" in read_page(write_report(make_folder(warned))).text
    silent = make_evaluation() | {"target_prior": {"warning": None}}
    assert "Beware" not in read_page(write_report(make_folder(silent))).text


def test_precision_stands_beside_accuracy(make_folder, make_evaluation, read_page):
    rows = {"overall": {"samples": 40, "accuracy": 0.5, "precision": 0.625}}
    evaluation = make_evaluation() | {"precision": {"classes": rows, "attributes": {}}}
    text = read_page(write_report(make_folder(evaluation))).text
    assert "Overall 40 50.0 62.5" in text
    assert "Of an attribute" not in text
    evaluation["precision"]["attributes"] = {"dark": {"samples": 3, "accuracy": 0.0, "precision": None}}
    text = read_page(write_report(make_folder(evaluation))).text
    assert "Attribute dark 3 0.0 –" in text
    assert "Of an attribute, both are over its samples alone." in text


def test_a_detector_has_a_page_of_its_own(make_folder, make_detection, read_page):
    evaluation = make_detection()
    page = read_page(write_report(make_folder(evaluation)))
    drawn = {"class-curve", "kind-bars", "precision-over-images", "training"}
    assert set(page.figures) == drawn | SLIDER_FIGURES
    assert f"APr · rare {percent(evaluation['few'])} % 3 classes" in page.text
    assert "objects in 400 training images" in page.text
    assert "500 of the images" in page.text
    assert f"Masks {percent(evaluation['mask']['ap'])} 70.0 50.0 –" in page.text
    for word in ("ccuracy", "Many", "Few", "sample", "None"):
        assert word not in page.text
    titles = [page.figures[name]["layout"]["yaxis"]["title"]["text"] for name in sorted(SLIDER_FIGURES)]
    assert titles == ["average precision of boxes"] * 2
    assert page.figures["class-curve"]["layout"]["yaxis2"]["title"]["text"] == "average precision of masks"


def test_a_detector_of_boxes_alone(make_folder, make_detection, read_page):
    evaluation = make_detection(masks=False, swept=False)
    page = read_page(write_report(make_folder(evaluation)))
    assert not SLIDER_FIGURES & set(page.figures)
    assert "asks" not in page.text
    assert f"AP {percent(evaluation['overall'])} % of boxes" in page.text
    assert "In pictures" not in page.text


def test_sample_pictures_are_inside_the_page(make_folder, make_detection, read_page):
    folder = make_folder(make_detection())
    (folder / "pictures").mkdir()
    (folder / "pictures" / "0.jpg").write_bytes(b"jpeg")
    row = {"name": "<b>.png", "there": "0.jpg", "found": "0.jpg"}
    (folder / "pictures" / "pictures.json").write_text(json.dumps({"pictures": [row]}))
    page = read_page(write_report(folder))
    sources = [attributes["src"] for tag, attributes in page.tags if tag == "img"]
    assert [source.partition(",")[0] for source in sources] == ["data:image/jpeg;base64"] * 2
    assert "<b>.png" in page.text
    assert "with a score of 0.3 or more" in page.text

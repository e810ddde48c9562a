from counterpoise.report import write_inspection


def _inspection(evaluation, **more):
    return {
        "name": "digits",
        "class_names": evaluation["class_names"],
        "counts": {"train": evaluation["class_counts"], "val": None, "test": evaluation["test_counts"]},
        "imbalance_ratio": 100.0,
        "shots": evaluation["shots"],
        "warnings": [],
        **more,
    }


def test_the_curve_of_a_data_set(make_evaluation, read_page, tmp_path):
    evaluation = make_evaluation()
    page = read_page(write_inspection(_inspection(evaluation, shape=[1, 8, 8]), tmp_path / "inspect.html"))
    train, test = page.figures["count-curve"]["data"]
    assert train["y"] == sorted(evaluation["class_counts"], reverse=True)
    assert test["y"] == [100] * 10
    assert "Imbalance ratio 100" in page.text
    assert "shape 1, 8, 8" in page.text
    assert "Worth a look" not in page.text


def test_warnings_are_shown_as_text(make_evaluation, read_page, tmp_path):
    inspection = _inspection(make_evaluation(2), warnings=["<em>beware</em>"])
    page = read_page(write_inspection(inspection, tmp_path / "inspect.html"))
    assert "<em>beware</em>" in page.text
    assert "em" not in {tag for tag, _ in page.tags}


def test_objects_are_counted_with_their_images(make_evaluation, read_page, tmp_path):
    evaluation = make_evaluation(3)
    images = {"train": [120, 30, 7], "test": [9, 9, 9]}
    page = read_page(write_inspection(_inspection(evaluation, images=images), tmp_path / "inspect.html"))
    assert "Frequent 1 class Common 1 class Rare 1 class" in page.text
    assert "training objects" in page.text
    assert "Training images class 000 5,000 100 120" in page.text
    assert "sample" not in page.text

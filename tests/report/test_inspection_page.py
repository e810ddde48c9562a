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

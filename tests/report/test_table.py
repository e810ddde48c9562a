from rich.console import Console

from counterpoise.report import class_table, mean_class_table, shots_table
from counterpoise.report.table import detection_table, precision_table


def _printed(table):
    console = Console(width=100, no_color=True)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def _line(text, start):
    (line,) = [line for line in text.splitlines() if line.strip().startswith(start)]
    return line.split()


def test_one_seed_has_no_deviation(make_evaluation):
    evaluation = make_evaluation() | {"many": 0.8, "medium": 0.625, "few": None, "overall": 0.7}
    text = _printed(shots_table({"tde": [evaluation]}))
    assert _line(text, "tde") == ["tde", "80.0", "62.5", "–", "70.0"]
    assert "±" not in text
    assert "thirds of the classes by training count" in " ".join(text.split())


def test_several_seeds_have_mean_and_deviation(make_evaluation):
    seeds = [make_evaluation() | {"overall": overall} for overall in (0.5, 0.6, 0.7)]
    text = _printed(shots_table({"[bold]linear[/bold]": seeds}))
    assert _line(text, "[bold]linear[/bold]")[-3:] == ["60.0", "±", "10.0"]
    assert "over 3 seeds" in text


def test_classes_are_listed_head_to_tail(make_evaluation):
    evaluation = make_evaluation(3) | {"class_counts": [5, 7000, 90], "per_class": [None, 0.5, 0.25]}
    evaluation["shots"]["groups"] = {"many": [1], "medium": [2], "few": [0]}
    lines = [line.split() for line in _printed(class_table(evaluation)).splitlines() if "class 0" in line]
    assert [line[2:] for line in lines] == [
        ["many", "7,000", "100", "50.0"],
        ["medium", "90", "100", "25.0"],
        ["few", "5", "100", "–"],
    ]


def test_no_rows_give_an_empty_table():
    table = shots_table({})
    assert table.row_count == 0
    assert [column.header for column in table.columns] == ["", "Many", "Medium", "Few", "Overall"]


def test_classes_of_several_runs_stand_side_by_side(make_evaluation):
    seeds = [make_evaluation(3) | {"per_class": [accuracy, None, 0.1]} for accuracy in (0.4, 0.6)]
    other = make_evaluation(3) | {"per_class": [0.3, 0.2, 0.1]}
    lines = _printed(mean_class_table({"[b]a": seeds, "b": [other]})).splitlines()
    rows = [line.split()[1:] for line in lines if "class 0" in line]
    assert rows == [
        ["000", "5,000", "50.0", "30.0"],
        ["001", "500", "–", "20.0"],
        ["002", "50", "10.0", "10.0"],
    ]
    assert "[b]a" in lines[1]


def test_another_metric_is_named(make_evaluation):
    evaluation = make_evaluation() | {"metric": "mean average precision"}
    assert "Mean average precision in percent." in " ".join(
        _printed(shots_table({"x": [evaluation]})).split()
    )
    assert "Average precision" in _printed(class_table(evaluation))
    assert "Accuracy in percent." in " ".join(_printed(shots_table({"x": [make_evaluation()]})).split())


def test_the_first_column_says_bin_for_a_continuous_target(make_evaluation):
    assert " Class " in _printed(class_table(make_evaluation()))
    assert " Bin " in _printed(class_table({**make_evaluation(), "target": "age"}))


PRECISION = {
    "classes": {
        "few": {"samples": 0, "accuracy": None, "precision": None},
        "overall": {"samples": 1200, "accuracy": 0.5, "precision": 0.625},
    },
    "attributes": {"dark": {"samples": 300, "accuracy": 0.25, "precision": 1.0}},
}


def test_accuracy_and_precision_stand_beside_each_other(make_evaluation):
    text = _printed(precision_table(make_evaluation() | {"precision": PRECISION}))
    assert _line(text, "Few") == ["Few", "0", "–", "–"]
    assert _line(text, "Overall") == ["Overall", "1,200", "50.0", "62.5"]
    assert _line(text, "Attribute dark") == ["Attribute", "dark", "300", "25.0", "100.0"]


def test_average_precisions_are_called_by_frequency(make_detection):
    evaluation = make_detection() | {"many": 0.5, "medium": 0.25, "few": None, "overall": 0.375}
    text = _printed(shots_table({"x": [evaluation]}))
    assert _line(text, "APf") == ["APf", "APc", "APr", "AP"]
    assert _line(text, "x") == ["x", "50.0", "25.0", "–", "37.5"]
    assert "Mean average precision of masks in percent." in " ".join(text.split())
    text = _printed(class_table(evaluation))
    assert "Training objects" in text
    assert _line(text, "class 009")[2] == "rare"


def test_boxes_and_masks_have_a_row_each(make_detection):
    evaluation = make_detection()
    text = _printed(detection_table(evaluation))
    columns = ["AP", "AP50", "AP75", "APs", "APm", "APl", "APf", "APc", "APr", "Fixed", "AP"]
    assert _line(text, "AP") == columns
    assert _line(text, "Masks")[2:6] == ["70.0", "50.0", "–", "40.0"]
    assert _line(text, "Boxes")[2:6] == ["68.0", "48.0", "–", "38.0"]
    assert "Masks" not in _printed(detection_table(make_detection(masks=False)))

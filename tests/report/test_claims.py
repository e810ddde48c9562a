from counterpoise.report.claims import caveats, claim_rows
from counterpoise.report.run_folder import RunFolder

FACTS = {"name": "cifar10", "class_counts": [500, 50, 5]}


def _found(evaluation, *metrics, data="CIFAR-10-LT"):
    claims = [
        {"table": "T1", "row": "x", "data": data, "metric": metric, "value": 50.0} for metric in metrics
    ]
    return RunFolder({"claim": claims, "seed": 0, "facts": FACTS}, evaluation, [{}, {}])


def test_each_metric_meets_its_own_score(make_evaluation):
    evaluation = make_evaluation() | {"overall": 0.6, "few": 0.4, "many": None}
    rows = claim_rows(_found(evaluation, "top-1", "few", "many", "mask AP"))
    assert [(row.ours, row.gap) for row in rows] == [
        ("60.0", "+10.0"),
        ("40.0", "−10.0"),
        ("–", "–"),
        ("–", "–"),
    ]
    assert {row.published for row in rows} == {"50.0"}


def test_caveats_say_what_ours_is(make_evaluation):
    notes = caveats(_found(make_evaluation(), "top-1"))
    assert notes[0] == "Ours is one run of 2 epochs with seed 0 on cifar10, measured on the test split."
    assert len(notes) == 3
    assert caveats(_found(make_evaluation())) == []


def test_only_numbers_about_the_same_data_stand_beside_ours(make_evaluation):
    for data, shown in {
        "CIFAR-10-LT": 1,
        "CIFAR-10-LT, ratio 100": 1,
        "CIFAR-10-LT, ratio 50": 0,
        "CIFAR-100-LT, ratio 100": 0,
        "ImageNet-LT": 0,
    }.items():
        found = _found(make_evaluation(), "top-1", data=data)
        assert len(claim_rows(found)) == shown, data
        assert bool(caveats(found)) == bool(shown), data


def test_precisions_are_of_masks_unless_of_boxes(make_evaluation):
    kinds = {"box": {"ap": 0.3, "ap50": 0.5}, "mask": {"ap": 0.2, "ap50": 0.4, "apr": None}}
    evaluation = make_evaluation() | {"task": "detection"} | kinds
    rows = claim_rows(_found(evaluation, "AP", "AP50", "APr", "AP of boxes"))
    assert [row.ours for row in rows] == ["20.0", "40.0", "–", "30.0"]
    boxes_alone = claim_rows(_found(evaluation | {"mask": None}, "AP", "AP of boxes"))
    assert [row.ours for row in boxes_alone] == ["–", "30.0"]

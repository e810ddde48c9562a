from counterpoise.report.claims import caveats, claim_rows
from counterpoise.report.run_folder import RunFolder


def _found(evaluation, *metrics, data="CIFAR-10-LT"):
    claims = [
        {"table": "T1", "row": "x", "data": data, "metric": metric, "value": 50.0} for metric in metrics
    ]
    return RunFolder({"claim": claims, "seed": 0, "facts": {"name": "digits"}}, evaluation, [{}, {}])


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
    assert notes[0] == "Ours is one run of 2 epochs with seed 0 on digits, measured on the test split."
    assert len(notes) == 3
    assert len(caveats(_found(make_evaluation(), "top-1", data="ImageNet-LT"))) == 2
    assert caveats(_found(make_evaluation())) == []

import json

import pytest

from counterpoise.report import ComparedRun
from counterpoise.report.comparison_json import comparison_json


def test_everything_measured_is_there_in_plain_types(three_runs):
    found = comparison_json(three_runs, "cross_entropy")
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert [row["name"] for row in found["rows"]] == ["cross_entropy", "good", "as good"]
    row, run = found["rows"][1], three_runs[1]
    assert row["scores"]["few"]["seeds"] == [one["few"] for one in run.evaluations]
    assert row["scores"]["few"]["mean"] == pytest.approx(run.score("few").mean)
    assert row["scores"]["overall"]["marks"] == "*"
    assert row["scores"]["overall"]["to_best"] is None
    assert row["scores"]["overall"]["to_baseline"]["low"] > 0
    assert row["cost"] == {"training_seconds": 61.0, "peak_bytes": 2**29, "seconds_per_image": 1e-4}
    assert row["words"] == [{"word": "good", "arguments": {}}]
    assert len(row["per_class"]) == len(found["class_names"]) == 10
    assert found["baseline"] == "cross_entropy"
    assert found["samples"] == three_runs[0].evaluations[0]["samples"]


def test_an_empty_group_is_null(make_evaluation):
    found = comparison_json([ComparedRun("x", [make_evaluation(few=False)])], None)
    assert found["rows"][0]["scores"]["few"]["mean"] is None
    assert found["rows"][0]["scores"]["few"]["seeds"] == [None]


def test_precision_and_attributes_are_there(three_runs):
    row, run = comparison_json(three_runs, "cross_entropy")["rows"][1], three_runs[1]
    precision = row["scores"]["precision_overall"]
    assert precision["mean"] == pytest.approx(run.score("precision_overall").mean)
    assert len(precision["seeds"]) == 3
    assert precision["to_baseline"]["low"] > 0
    assert row["attributes"]["dark"]["precision"] == run.attribute("dark", "precision")._asdict()
    assert list(row["attributes"]) == ["dark", "light"]

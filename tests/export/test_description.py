"""What a description tells whoever serves a predictor."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from counterpoise.data.columns import Column
from counterpoise.data.data import Data
from counterpoise.export.description import described, preparation, resizing
from counterpoise.version import __version__

Make = Callable[..., Any]


def told(made: Any, *, alpha_input: bool = False) -> dict[str, Any]:
    prior = torch.tensor([0.25] * 4)
    graph = made.graph(alpha_input=alpha_input)
    found = described("run", made.experiment, made.predictor, graph, choices=["alpha 1.3"], prior=prior)
    assert json.loads(json.dumps(found, allow_nan=False)).keys() == found.keys()
    return found


def test_strengths_classes_and_words_are_told(tiny: Data, make_predictor: Make) -> None:
    found = told(make_predictor(tiny, ["deconfound", "tde"]))
    assert (found["counterpoise"], found["run"]) == (__version__, "run")
    assert [call["word"] for call in found["calls"]] == ["deconfound", "tde"]
    assert found["class_names"] == list("abcd")
    assert (round(found["alpha"], 6), found["temperature"], found["prior"]) == (1.3, 1, [0.25] * 4)
    assert found["choices"] == ["alpha 1.3"]
    assert [one["name"] for one in found["inputs"]] == ["images"]
    assert [one["name"] for one in found["outputs"]] == ["logits", "probabilities"]


def test_alpha_is_among_the_inputs_where_it_is_one(tiny: Data, make_predictor: Make) -> None:
    found = told(make_predictor(tiny, ["deconfound_tde"]), alpha_input=True)
    assert [one["name"] for one in found["inputs"]] == ["images", "alpha"]


def test_what_is_not_there_is_null(tiny_values: Data, make_predictor: Make) -> None:
    found = told(make_predictor(tiny_values, ["regression"]))
    assert (found["alpha"], found["temperature"], found["class_names"]) == (None, None, None)
    assert found["outputs"] == [{"name": "values", "shape": ("batch",), "meaning": "age"}]


def test_images_are_resized_before_and_normalised_inside(tiny: Data) -> None:
    found = preparation(replace(tiny.facts, shape=(1, 224, 224)))
    assert (found["before"]["size"], found["before"]["shorter_side"]) == (224, 256)
    assert (found["inside"], found["mean"], found["std"]) == ("(pixels / 255 - mean) / std", [0.3], [0.2])
    assert resizing(32, None)["shorter_side"] == 32


def test_counted_pictures_are_kept_whole(tiny_counts: Data, tiny_depths: Data) -> None:
    assert preparation(tiny_counts.facts)["before"]["longer_side"] == 32
    assert preparation(tiny_depths.facts)["before"]["shorter_side"] == 32


def test_rows_name_their_columns_and_categories(tiny_rows: Data) -> None:
    columns = (Column("a"), Column("b", ("x", "y")))
    found = preparation(replace(tiny_rows.facts, columns=columns))
    assert found["before"]["columns"] == [
        {"name": "a", "categories": []},
        {"name": "b", "categories": ["x", "y"]},
    ]
    assert found["inside"].startswith("gaps filled with the medians of training")


def test_detectors_take_pictures_as_they_are(tiny_scenes: Data) -> None:
    assert preparation(tiny_scenes.facts)["before"] == {}

"""What an exported file is compared with is what the library predicts."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from counterpoise.data.data import REGRESSION, Data
from counterpoise.data.outputs import Outputs
from counterpoise.export.cases import real_inputs
from counterpoise.export.served import expected
from counterpoise.recipes.words import all_words
from counterpoise.training.encode import encode, scores

WORDS = {word.name: word.tasks[0] for word in all_words().values() if word.role == "recipe"}
SCORED = [name for name, task in WORDS.items() if task != "detection"]


@torch.no_grad()
@pytest.mark.parametrize("word", SCORED)
def test_every_recipe_has_a_graph_that_answers_as_it_predicts(
    word: str, tiny_of: dict[str, Data], make_predictor: Callable[..., Any]
) -> None:
    data = tiny_of[WORDS[word]]
    made = make_predictor(data, [word])
    (_, several), graph = real_inputs(data.splits["test"], data.facts), made.graph()
    known = expected(made.predictor, made.facts, (several,))
    assert graph.apart(known, graph(several)) < 1e-5
    some = data.splits["test"].subset(torch.linspace(0, 7, 5).long())
    read = scores(made.predictor.classifier, encode(made.predictor, some, data.facts))
    torch.testing.assert_close(known[0], read, rtol=1e-5, atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("kind", ["tiny_counts", "tiny_depths", "tiny_rows"])
def test_places_and_rows_have_graphs(
    kind: str, request: pytest.FixtureRequest, make_predictor: Callable[..., Any]
) -> None:
    data = request.getfixturevalue(kind)
    options = {} if kind == "tiny_rows" else {"backbone": "test_resnet"}
    made = make_predictor(data, ["hca_add"], **options)
    one, several = real_inputs(data.splits["test"], data.facts)
    graph = made.graph()
    known = expected(made.predictor, made.facts, (several,))
    assert graph.apart(known, graph(several)) < 1e-5
    assert known[0].shape[1:] == graph.outputs[0].shape[1:]
    assert graph(one)[0].shape == (1, *known[0].shape[1:])


@torch.no_grad()
def test_several_targets_have_a_graph(tiny_rows: Data, make_predictor: Callable[..., Any]) -> None:
    assert tiny_rows.facts.task == REGRESSION
    assert tiny_rows.facts.target
    outputs = Outputs(("tall", "old"), (170.0, 40.0), (10.0, 20.0))
    facts = replace(tiny_rows.facts, target=replace(tiny_rows.facts.target, outputs=outputs))
    made = make_predictor(Data(facts), ["regression"])
    _, several = real_inputs(tiny_rows.splits["test"], facts)
    known, graph = expected(made.predictor, facts, (several,)), made.graph()
    assert known[0].shape == (5, 2)
    assert graph.apart(known, graph(several)) < 1e-5

"""What a graph gives for each task, and how far two results lie apart."""

from dataclasses import replace
from typing import cast

import pytest
import torch

from counterpoise.data.data import Data
from counterpoise.data.outputs import Outputs
from counterpoise.data.target import Target
from counterpoise.export.outputs import answer_of, by_largest, gap


def test_classes_have_logits_and_probabilities(tiny: Data, tiny_labels: Data) -> None:
    scores = torch.tensor([[0.0, 1, 2, 3]])
    for data, squash in ((tiny, lambda z: z.softmax(dim=1)), (tiny_labels, torch.sigmoid)):
        answer = answer_of(data.facts)
        assert [(one.name, one.shape) for one in answer.outputs] == [
            ("logits", ("batch", 4)),
            ("probabilities", ("batch", 4)),
        ]
        logits, probabilities = answer(scores)
        assert torch.equal(logits, scores)
        assert torch.equal(probabilities, squash(scores))


def test_one_value_stays_and_maps_get_their_sides(tiny_values: Data, tiny_counts: Data) -> None:
    (value,) = answer_of(tiny_values.facts)(torch.arange(3.0))
    assert value.tolist() == [0, 1, 2]
    answer = answer_of(tiny_counts.facts)
    (counts,) = answer(torch.arange(8.0))
    assert counts.tolist() == [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]
    assert [(one.name, one.shape) for one in answer.outputs] == [("values", ("batch", 2, 2))]


def test_several_values_are_in_their_own_units(tiny_values: Data) -> None:
    outputs = Outputs(("tall", "old"), (170.0, 40.0), (10.0, 20.0))
    target = replace(cast(Target, tiny_values.facts.target), outputs=outputs)
    answer = answer_of(replace(tiny_values.facts, target=target))
    (values,) = answer(torch.tensor([0.0, 1, -2, 0]))
    assert values.tolist() == [[170, 60], [150, 40]]
    assert (answer.outputs[0].shape, answer.outputs[0].meaning) == (("batch", 2), "tall, old")
    (unit,) = answer.units
    assert unit(torch.tensor([[170.0, -3.0]])).tolist() == [[170, 20]]


def test_a_gap_is_counted_in_its_unit() -> None:
    expected, found = torch.tensor([[1.0, -100]]), torch.tensor([[1.5, -100]])
    assert gap(expected, found, torch.ones_like) == 0.5
    assert gap(expected, found, by_largest) == pytest.approx(0.005)
    assert gap(torch.tensor([0.1]), torch.tensor([0.2]), by_largest) == pytest.approx(0.1)


def test_impossible_classes_are_the_same_and_wrong_numbers_never() -> None:
    expected = torch.tensor([[2.0, -torch.inf]])
    assert gap(expected, expected.clone(), by_largest) == 0
    for wrong in (
        torch.tensor([[2.0, 0]]),
        torch.tensor([[2.0, torch.nan]]),
        torch.tensor([2.0, -torch.inf]),
    ):
        assert gap(expected, wrong, by_largest) == torch.inf

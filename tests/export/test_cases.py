"""What an exported file is tried on."""

from dataclasses import replace

import pytest
import torch

from counterpoise.data.columns import Scaling, standardized
from counterpoise.data.data import Data
from counterpoise.export.cases import cases_of, made_up_inputs, real_inputs


def test_images_come_one_by_itself_and_several_as_they_are_stored(tiny: Data) -> None:
    one, several = real_inputs(tiny.splits["test"], tiny.facts)
    assert torch.equal(several, tiny.splits["test"].samples.read(torch.tensor([0, 1, 3, 5, 7])))
    assert torch.equal(one, several[:1])


def test_a_split_of_one_sample_makes_a_batch_of_two(tiny: Data) -> None:
    one, several = real_inputs(tiny.splits["test"].subset(torch.tensor([3])), tiny.facts)
    assert torch.equal(several, torch.cat([one, one]))


def test_rows_come_in_the_units_of_their_columns_with_a_gap(tiny_rows: Data) -> None:
    facts = replace(tiny_rows.facts, mean=(10.0, 20.0, 30.0), std=(2.0, 3.0, 4.0))
    _, several = real_inputs(tiny_rows.splits["test"], facts)
    assert several.isnan().nonzero().tolist() == [[0, 0]]
    prepared = standardized(several, facts.columns, Scaling(facts.mean, facts.std))
    stored = tiny_rows.splits["test"].samples.read(torch.tensor([0, 1, 3, 5, 7]))
    torch.testing.assert_close(prepared[1:], stored[1:])


def test_pictures_keep_their_sizes(tiny_scenes: Data) -> None:
    found = real_inputs(tiny_scenes.splits["test"], tiny_scenes.facts)
    assert [(one.shape, one.dtype) for one in found] == [((40, 48, 3), torch.uint8)] * 3


@pytest.mark.parametrize("kind", ["tiny", "tiny_rows", "tiny_counts", "tiny_scenes"])
def test_made_up_inputs_look_like_real_ones(kind: str, request: pytest.FixtureRequest) -> None:
    data = request.getfixturevalue(kind)
    made, real = made_up_inputs(data.facts), real_inputs(data.splits["test"], data.facts)
    for one, other in zip(made, real, strict=False):
        assert (one.dtype, one.ndim, one.shape[-1]) == (other.dtype, other.ndim, other.shape[-1])


def test_a_dial_is_tried_at_its_own_place_and_turned_off() -> None:
    inputs = [torch.zeros(1), torch.ones(2)]
    assert [len(case) for case in cases_of(inputs, None)] == [1, 1]
    cases = cases_of(inputs, 1.5)
    assert [(len(case[0]), case[1].item()) for case in cases] == [(1, 0), (2, 0), (1, 1.5), (2, 1.5)]

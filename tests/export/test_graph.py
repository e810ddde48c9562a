"""A graph does what the library does when it predicts."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from counterpoise.data.columns import Column, Scaling, standardized
from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.export.graph import Fields, Pixels, WithAlpha
from counterpoise.predictors import TotalDirectEffect

Make = Callable[..., Any]


@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_are_normalised_as_the_library_does(channels: int, make_data: Callable[..., Data]) -> None:
    facts = make_data((2, 2), channels=channels).facts
    images = torch.randint(0, 256, (4, 8, 8, channels), dtype=torch.uint8)
    prepare = Pixels(facts)
    torch.testing.assert_close(prepare(images), facts.plain.finish(images), rtol=0, atol=1e-6)
    assert prepare.input.shape == ("batch", 8, 8, channels)
    assert prepare.input.dtype == "uint8"


def test_rows_are_filled_and_scaled_in_full_precision(tiny_rows: Data) -> None:
    columns = (Column("a", median=4.0), Column("b", ("x", "y")))
    facts = replace(tiny_rows.facts, columns=columns, mean=(1e9, 0.5, 0.0), std=(2.0, 1.0, 1.0))
    rows = torch.tensor([[1e9 + 3, 1, 0], [torch.nan, 0, 1]], dtype=torch.float64)
    prepared = Fields(facts)(rows)
    assert torch.equal(prepared, standardized(rows, columns, Scaling(facts.mean, facts.std)))
    assert prepared[0].tolist() == [1.5, 0.5, 0]
    assert prepared[1, 0] == (4 - 1e9) / 2
    assert Fields(facts).input.dtype == "float64"


def test_rows_without_columns_are_prepared_as_their_data_say(tiny_rows: Data) -> None:
    facts = replace(tiny_rows.facts, columns=())
    rows = torch.randn(2, 3)
    assert torch.equal(Fields(facts)(rows), facts.plain.finish(rows))
    assert Fields(facts).input.dtype == "float32"


@torch.no_grad()
def test_alpha_from_outside_is_that_of_the_predictor(tiny: Data, make_predictor: Make) -> None:
    made = make_predictor(tiny, ["cosine_tde"])
    graph, fixed = made.graph(alpha_input=True), made.graph()
    images = torch.randint(0, 256, (4, 8, 8, 1), dtype=torch.uint8)
    assert [one.name for one in graph.inputs] == ["images", "alpha"]
    assert graph.outputs == fixed.outputs
    own, off = (graph(images, torch.tensor(alpha))[1] for alpha in (1.3, 0.0))
    torch.testing.assert_close(own, fixed(images)[1])
    (effect,) = (part for part in made.predictor.modules() if isinstance(part, TotalDirectEffect))
    effect.alpha.fill_(0)
    torch.testing.assert_close(off, made.graph()(images)[1])
    assert (own - off).abs().max() > 1e-3


@torch.no_grad()
def test_alpha_from_outside_leaves_nothing_behind(tiny: Data, make_predictor: Make) -> None:
    graph = make_predictor(tiny, ["cosine_tde"]).graph(alpha_input=True)
    images = torch.randint(0, 256, (1, 8, 8, 1), dtype=torch.uint8)
    graph(images, torch.tensor(5.0))
    with pytest.raises(RuntimeError, match="dims"):
        graph(images[0, 0], torch.tensor(5.0))
    assert [effect.alpha.item() for effect in graph.effects] == [pytest.approx(1.3)]


def test_alpha_is_an_input_only_where_it_means_something(tiny: Data, make_predictor: Make) -> None:
    with pytest.raises(InputError, match="no total direct effect, so --alpha-input has no meaning"):
        WithAlpha(make_predictor(tiny, ["cosine"]).graph())

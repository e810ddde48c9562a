"""Two processes compute what one does for invariant learning: centers, records, memories, penalties and means."""

from pathlib import Path
from typing import Any

import pytest
from torch import Tensor
from torch.testing import assert_close

SCRIPT = Path(__file__).parent / "environments_together.py"


def assert_same(found: Tensor, wanted: Tensor) -> None:
    assert_close(found, wanted, rtol=1e-10, atol=1e-13, equal_nan=True)


@pytest.mark.parametrize(("what", "count"), [("moved", 8), ("remembered", 5)])
def test_what_is_remembered_is_that_of_the_whole_batch(
    what: str, count: int, alone: dict[str, Any], both: list[dict[str, Any]]
) -> None:
    assert len(alone[what]) == count
    for found in both:
        for mine, wanted in zip(found[what], alone[what], strict=True):
            assert_same(mine, wanted)


@pytest.mark.parametrize("what", ["recorded", "watched"])
def test_the_last_row_of_a_sample_counts_whoever_saw_it(
    what: str, alone: dict[str, Any], both: list[dict[str, Any]]
) -> None:
    assert len(alone[what].nan_to_num(-1).unique()) > 4
    for found in both:
        assert_same(found[what], alone[what])


@pytest.mark.parametrize(("what", "count"), [("penalized", 6), ("meant", 2)])
def test_values_and_gradients_are_those_of_the_whole_batch(
    what: str, count: int, alone: dict[str, Any], both: list[dict[str, Any]]
) -> None:
    assert len(alone[what]) == count
    for number, wanted in enumerate(alone[what]):
        assert wanted["gradient"].abs().max() > 1e-4
        for found in both:
            for name, tensor in wanted.items():
                assert_same(found[what][number][name], tensor)

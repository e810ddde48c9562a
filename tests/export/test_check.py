"""What answers otherwise than PyTorch is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.export.check import TOLERANCE, checked
from counterpoise.export.served import expected


@pytest.fixture
def served(tiny: Data, make_predictor: Callable[..., Any]) -> Any:
    return make_predictor(tiny, ["deconfound_tde"]).served()


def test_the_same_answers_pass(served: Any) -> None:
    assert checked(served, lambda case: expected(served.predictor, served.facts, case)) == 0


@pytest.mark.parametrize(("output", "cases"), [(0, (0, 1)), (1, (0, 1)), (1, (1,))])
def test_one_wrong_output_of_one_case_is_refused(served: Any, output: int, cases: tuple[int, ...]) -> None:
    def run(case: Any) -> tuple[Any, ...]:
        known = [*expected(served.predictor, served.facts, case)]
        wrong = any(case[0] is served.cases[number][0] for number in cases)
        known[output] = known[output] + 30 * TOLERANCE * wrong
        return tuple(known)

    with pytest.raises(
        InputError, match=r"differs from PyTorch by up to \d\.\de-0[45], and at most 1e-05"
    ) as refused:
        checked(served, run)
    assert "\n" not in str(refused.value)

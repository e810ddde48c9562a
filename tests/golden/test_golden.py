"""Every number of the golden vectors, computed by ours."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest
import torch

from . import (
    adapter,
    glt_experts,
    glt_invariant,
    regression_hierarchy,
    regression_losses,
    semi_self_consistency,
    semi_self_supervised,
)
from .not_implemented import NOT_IMPLEMENTED
from .vectors import SHIPPED, Case, cases, golden_folder

ADAPTERS = (
    adapter,
    glt_experts,
    glt_invariant,
    regression_hierarchy,
    regression_losses,
    semi_self_consistency,
    semi_self_supervised,
)
METHODS = {name: method for module in ADAPTERS for name, method in module.METHODS.items()}
NOT_SHIPPED = {"IFL (three environments)"}
"""Methods with an adapter of which there are only other vectors than those beside this file."""
CASES = cases(golden_folder())
RTOL, ATOL = 1e-9, 1e-12

# The release of LVIS 1.0 adds 1e-9 to every norm, where ours are true norms: logits move by some 1e-8.
NORM_EPSILON_SOURCE = "lvis1.0/"
NORM_EPSILON_RTOL, NORM_EPSILON_ATOL = 1e-6, 1e-7

# Virtual adversarial training finds its direction by differences at distance 1e-6, which keep some seven digits.
FINITE_DIFFERENCE_SOURCE, FINITE_DIFFERENCE_RTOL = "vat_loss", 1e-6


class Read(Mapping[str, Any]):
    """Parameters that remember which of them were asked for."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.params, self.names = params, set()

    def __getitem__(self, name: str) -> Any:
        value = self.params[name]
        self.names.add(name)
        return value

    def __contains__(self, name: object) -> bool:
        return name in self.params

    def __iter__(self) -> Iterator[str]:
        return iter(self.params)

    def __len__(self) -> int:
        return len(self.params)


def tolerance(case: Case, output: str) -> tuple[float, float]:
    if FINITE_DIFFERENCE_SOURCE in case.described["source"] and "vat_loss" in output:
        return FINITE_DIFFERENCE_RTOL, ATOL
    if NORM_EPSILON_SOURCE not in case.described["source"]:
        return RTOL, ATOL
    return NORM_EPSILON_RTOL, NORM_EPSILON_ATOL if output.endswith("logits") else ATOL


def check(case: Case, output: str, wanted: np.ndarray, produced: np.ndarray) -> None:
    assert produced.shape == wanted.shape, output
    assert produced.dtype == wanted.dtype, output
    if np.issubdtype(wanted.dtype, np.inexact):
        rtol, atol = tolerance(case, output)
        np.testing.assert_allclose(produced, wanted, rtol=rtol, atol=atol, err_msg=output)
    else:
        np.testing.assert_array_equal(produced, wanted, err_msg=output)


def given(array: np.ndarray) -> torch.Tensor | np.ndarray:
    """A tensor; words stay as they are."""
    return array if array.dtype.kind == "U" else torch.from_numpy(array)


def found(output: torch.Tensor | np.ndarray) -> np.ndarray:
    """The inverse of `given`."""
    return output.detach().numpy() if isinstance(output, torch.Tensor) else output


def adapter_of(method: str) -> Callable[..., dict[str, Any]]:
    """That of the method, or of the longest name that the method's begins with: other cases of a method we know."""
    known = [name for name in METHODS if method.startswith(name)]
    assert known, f"no adapter for the method {method!r}"
    return METHODS[max(known, key=len)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_numbers_are_those_of_the_release(case: Case) -> None:
    inputs, wanted = case.arrays("inputs"), case.arrays("outputs")
    assert wanted, "a case without outputs checks nothing"
    if case.method in NOT_IMPLEMENTED:
        pytest.skip(f"{case.method}: {NOT_IMPLEMENTED[case.method]}")
    params = Read(case.described["params"])
    produced = adapter_of(case.method)(params, {name: given(inputs[name]) for name in inputs})
    assert wanted.keys() <= produced.keys()
    for output, array in wanted.items():
        check(case, output, array, found(produced[output]))
    if golden_folder() == SHIPPED:
        assert params.names == set(case.described["params"]), "the adapter must use every parameter"


def test_no_two_adapters_share_a_method() -> None:
    assert len(METHODS) == sum(len(module.METHODS) for module in ADAPTERS)


def test_there_are_vectors_and_no_two_share_a_name() -> None:
    assert CASES, f"no cases.json in {golden_folder()} or one folder below"
    assert len({case.id for case in CASES}) == len(CASES)


def test_all_shipped_vectors_are_found() -> None:
    found = cases(SHIPPED)
    assert len(found) >= 50
    assert {f"{case.described['id']}.npz" for case in found} == {
        path.name for path in SHIPPED.glob("*/*.npz")
    }


def test_the_table_of_what_is_missing_is_true() -> None:
    shipped = {case.method for case in cases(SHIPPED)}
    assert not NOT_IMPLEMENTED.keys() & METHODS.keys(), "listed as missing, but there is an adapter"
    assert shipped | NOT_SHIPPED == NOT_IMPLEMENTED.keys() | METHODS.keys()

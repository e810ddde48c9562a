"""Names of the runs of a study."""

import pytest

from counterpoise.cli.study_norms import run_names
from counterpoise.errors import InputError


def test_runs_are_called_by_their_folder() -> None:
    assert run_names(["a/x", "b/y/"]) == ["x", "y"]


def test_equal_folder_names_are_told_apart() -> None:
    assert run_names(["/a/x", "/b/x"]) == ["a-x", "b-x"]


def test_a_run_named_twice_is_refused() -> None:
    with pytest.raises(InputError, match="named twice"):
        run_names(["a/x", "a/x/"])

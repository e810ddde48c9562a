"""A script of a module of tests, run by one process and by two."""

from typing import Any

import pytest
import torch


@pytest.fixture(scope="module")
def alone(
    request: pytest.FixtureRequest, warm: Any, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What one process finds that runs the script of a module of tests."""
    folder = tmp_path_factory.mktemp("alone")
    finished = warm.script(request.module.SCRIPT, cwd=folder)
    assert finished.code == 0, finished.err
    return torch.load(folder / "0.pt")


@pytest.fixture(scope="module")
def both(
    request: pytest.FixtureRequest, warm: Any, tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, Any]]:
    """What each of two processes finds that run it."""
    folder = tmp_path_factory.mktemp("both")
    finished = warm.ask((), folder, script=str(request.module.SCRIPT), processes=2)
    assert [process.code for process in finished] == [0, 0], finished
    return [torch.load(folder / f"{rank}.pt") for rank in range(2)]

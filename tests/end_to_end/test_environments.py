"""What is remembered of samples while training: killed and resumed to the same bits, and two processes like one."""

import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.training.checkpoint import load_tensors

SCRIPT = Path(__file__).parent / "environments_run.py"
RESULTS = ("metrics.csv", "evaluation.json", "predictions.parquet")
END = "checkpoints/0-main.safetensors"


@pytest.fixture(scope="module", params=["ifl", "experts", "irm", "failure"])
def method(request: pytest.FixtureRequest) -> str:
    """What is trained."""
    return request.param


@pytest.fixture(scope="module")
def untouched(method: str, warm: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run without any interruption."""
    folder = tmp_path_factory.mktemp("untouched")
    finished = warm.script(SCRIPT, folder, 0, method, cwd=folder)
    assert (finished.code, finished.err) == (0, "")
    return folder


def tensors(folder: Path) -> dict[str, Tensor]:
    return load_tensors(folder / END)[0]


def test_what_is_remembered_has_followed(method: str, untouched: Path) -> None:
    found = tensors(untouched)
    if method == "failure":
        assert (found["objective/steps.failure.weigh.debiased.average"] > 0).float().mean() > 0.9
        return
    confidences = found["objective/steps.environments.confidences.latest"]
    assert 0.5 < (~confidences.isnan()).float().mean() < 1
    if method in ("ifl", "experts"):
        assert found["objective/steps.centers.center_loss.centers"].isfinite().all()


@pytest.mark.parametrize("step", [5, 8])
def test_a_killed_run_ends_with_the_same_bits(
    step: int, method: str, untouched: Path, warm: Any, tmp_path: Path
) -> None:
    killed = warm.script(SCRIPT, tmp_path, step, method, cwd=tmp_path)
    assert killed.code == -signal.SIGKILL, killed.err
    resumed = warm.script(SCRIPT, tmp_path, 0, method, cwd=tmp_path)
    assert (resumed.code, resumed.err) == (0, "")
    for name in (*RESULTS, END):
        assert (tmp_path / name).read_bytes() == (untouched / name).read_bytes(), name


def test_two_processes_equal_one(method: str, untouched: Path, warm: Any, tmp_path: Path) -> None:
    finished = warm.ask((tmp_path, 0, method), tmp_path, script=str(SCRIPT), processes=2)
    assert [process.code for process in finished] == [0, 0], finished
    found, wanted = tensors(tmp_path), tensors(untouched)
    assert found.keys() == wanted.keys()
    for name, tensor in wanted.items():
        assert_close(found[name], tensor, rtol=1e-4, atol=1e-5, equal_nan=True, msg=name)
        assert torch.equal(found[name].isnan(), tensor.isnan()), name

"""Two processes that each hold a share of a net train as two with the whole net do, and as one."""

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from torch import Tensor

from counterpoise.training.checkpoint import load_tensors
from counterpoise.training.conclusion import PREDICTOR

SCRIPT = Path(__file__).parent / "sharded_run.py"
METHODS = ("cross_entropy", "deconfound_tde", "ldam_drw", "decouple_crt")
DRAWING = ("ict", "vat")
"""Methods that draw numbers for their rows, each process its own: two processes are not one."""
DIGITS = (
    *(
        "train",
        "cross_entropy",
        "--data",
        "digits",
        "--imbalance",
        "exponential",
        "--ratio",
        "50",
        "--epochs",
        "1",
    ),
    *("--batch_size", "64", "--device", "cpu", "--precision", "32", "--workers", "0", "--devices", "2"),
)


@pytest.fixture(scope="module")
def runs(warm: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All runs of the script: by two processes, then by one."""
    folder = tmp_path_factory.mktemp("runs")
    together = warm.ask((folder, "ddp", "fsdp"), folder, script=str(SCRIPT), processes=2)
    assert [process.code for process in together] == [0, 0], together
    assert [process.err for process in together] == ["", ""]
    alone = warm.script(SCRIPT, folder, "auto", cwd=folder)
    assert alone.code == 0, alone.err
    return folder


def weights(run: Path) -> dict[str, dict[str, Tensor]]:
    """All that the ends of the stages and the predictor hold, by file."""
    return {path.name: load_tensors(path)[0] for path in sorted(run.glob("checkpoints/*.safetensors"))}


def assert_same(found: Path, expected: Path) -> None:
    """Losses to 1e-6, weights to 1e-5, and the same answers."""
    metrics, wanted = (pd.read_csv(run / "metrics.csv") for run in (found, expected))
    pd.testing.assert_frame_equal(metrics, wanted, check_exact=False, rtol=1e-6)
    torch.testing.assert_close(weights(found), weights(expected), rtol=1e-5, atol=1e-5)
    evaluation, wanted = (json.loads((run / "evaluation.json").read_text()) for run in (found, expected))
    assert evaluation["per_class"] == wanted["per_class"]


@pytest.mark.parametrize("method", METHODS)
def test_shares_train_as_one_process(method: str, runs: Path) -> None:
    assert_same(runs / "fsdp" / method, runs / "auto" / method)


@pytest.mark.parametrize("method", [*METHODS, *DRAWING])
def test_shares_train_as_two_whole_nets(method: str, runs: Path) -> None:
    assert_same(runs / "fsdp" / method, runs / "ddp" / method)


@pytest.mark.parametrize("method", [*METHODS, *DRAWING])
def test_each_process_holds_its_share(method: str, runs: Path) -> None:
    """The layers of this backbone are all of it."""
    held = {
        place: [json.loads((runs / place / method / f"held-{rank}.json").read_text()) for rank in range(2)]
        for place in ("ddp", "fsdp")
    }
    assert held == {"ddp": [1.0, 1.0], "fsdp": [0.5, 0.5]}


@pytest.mark.parametrize("after", ["ddp", "auto"])
def test_a_stopped_run_goes_on_by_another_strategy(after: str, runs: Path) -> None:
    """Adam's states go along: with fresh ones the third epoch would differ."""
    assert_same(runs / f"fsdp-{after}", runs / "fsdp" / "ldam_drw")


def test_shares_go_on_from_the_whole(runs: Path) -> None:
    assert_same(runs / "ddp-fsdp", runs / "fsdp" / "ldam_drw")


def test_stopped_shares_go_on_to_the_same_bits(runs: Path) -> None:
    for name in ("metrics.csv", "evaluation.json", "predictions.parquet", PREDICTOR):
        assert (runs / "fsdp-fsdp" / name).read_bytes() == (runs / "fsdp" / "ldam_drw" / name).read_bytes(), (
            name
        )


def test_two_devices_of_one_command_share_a_residual_net(warm: Any, tmp_path: Path) -> None:
    """Here Lightning starts the second process; batch statistics are those of process 0, as with the whole net."""
    program = str(Path(sys.executable).parent / "counterpoise")
    command = (*DIGITS, "--backbone", "test_resnet", "--out")
    (finished,) = warm.ask((*command, "fsdp", "--strategy", "fsdp"), tmp_path, program=program)
    assert (finished.code, finished.err) == (0, "")
    assert finished.out.splitlines()[-1] == "fsdp"
    whole = warm.ask((*command, "ddp"), tmp_path, processes=2)
    assert [process.code for process in whole] == [0, 0], whole
    torch.testing.assert_close(weights(tmp_path / "fsdp"), weights(tmp_path / "ddp"), rtol=1e-4, atol=1e-4)


def test_a_backbone_without_blocks_is_refused(warm: Any, tmp_path: Path) -> None:
    finished = warm(*DIGITS, "--strategy", "fsdp", cwd=tmp_path)
    assert finished.code == 2
    assert "shares out the blocks of a backbone, but SmallCNN has none; choose --strategy ddp" in finished.err

"""``kill -9`` at any moment and the same command again: the same bits as a run that nobody touched."""

import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from counterpoise.training.checkpoint import load_tensors
from counterpoise.training.journal import LAST

KILLED = -9
RESULTS = ("metrics.csv", "choices.json", "evaluation.json", "predictions.parquet")
SCRIPT = Path(__file__).parent / "two_stage_run.py"
STEPS = 3
"""Optimizer steps per epoch of the script: 3 epochs, then 3 of the second stage."""

MOMENTS = [
    "before run.json 1",
    "step 1",
    "step 4",
    "step 9",
    "before last.safetensors 1",
    "after last.safetensors 1",
    "before metrics.csv 2",
    "after metrics.csv 2",
    "before last.safetensors 3",
    "after last.safetensors 3",
    "before 0-main.safetensors 1",
    "after 0-main.safetensors 1",
    "removed",
    "step 10",
    "step 17",
    "before last.safetensors 5",
    "before 1-finetune.safetensors 1",
    "after 1-finetune.safetensors 1",
    "before choices.json 1",
    "before predictor.safetensors 1",
    "after predictor.safetensors 1",
    "before predictions.parquet 1",
    "before evaluation.json 1",
]


def contents(folder: Path) -> dict[str, bytes]:
    """What a run has found out: all of its files that do not tell the time."""
    weights = sorted(path.relative_to(folder).as_posix() for path in folder.glob("checkpoints/[!.]*"))
    return {name: (folder / name).read_bytes() for name in (*RESULTS, *weights)}


def differing(first: Path, second: Path) -> set[str]:
    """Names of results that two folders do not share."""
    one, two = contents(first), contents(second)
    return {name for name in one.keys() | two.keys() if one.get(name) != two.get(name)}


@pytest.fixture(scope="module")
def untouched(warm: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two stages without any interruption."""
    folder = tmp_path_factory.mktemp("untouched")
    finished = warm.script(SCRIPT, folder, "never", cwd=folder)
    assert finished.code == 0, finished.err
    assert len(contents(folder)) == 7
    return folder


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_killed_at_any_moment_ends_with_the_same_bits(
    moment: str, untouched: Path, warm: Any, tmp_path: Path
) -> None:
    killed = warm.script(SCRIPT, tmp_path, *moment.split(), cwd=tmp_path)
    assert killed.code == KILLED, killed.err
    assert not (tmp_path / "evaluation.json").exists()
    resumed = warm.script(SCRIPT, tmp_path, "never", cwd=tmp_path)
    assert (resumed.code, resumed.err) == (0, "")
    assert differing(untouched, tmp_path) == set()


def test_a_run_killed_again_and_again_ends_with_the_same_bits(
    untouched: Path, warm: Any, tmp_path: Path
) -> None:
    """Each process lives for four steps only, a little more than an epoch."""
    for _ in range(5):
        assert warm.script(SCRIPT, tmp_path, "step", STEPS + 1, cwd=tmp_path).code == KILLED
    assert warm.script(SCRIPT, tmp_path, "never", cwd=tmp_path).code == 0
    assert differing(untouched, tmp_path) == set()


def test_a_kill_leaves_at_most_a_hidden_file(untouched: Path, warm: Any, tmp_path: Path) -> None:
    warm.script(SCRIPT, tmp_path, "before", "last.safetensors", 2, cwd=tmp_path)
    names = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert names == [".last.safetensors.partial", "last.safetensors"]
    assert load_tensors(tmp_path / LAST)[1]["epochs_done"] == 1


COMMAND = (
    *("train", "deconfound_tde", "--data", "digits", "--imbalance", "exponential", "--ratio", "20"),
    *("--epochs", "25", "--batch_size", "128", "--device", "cpu", "--precision", "32"),
    *("--checkpoint_seconds", "0", "--seed", "6", "--out", "run"),
)
LAST_OF_RUN = Path("run") / LAST


@pytest.fixture(scope="module")
def whole(untouched: Path, warm: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """The command without any interruption, and the seconds it took."""
    folder = tmp_path_factory.mktemp("whole")
    began = time.monotonic()
    assert warm(*COMMAND, cwd=folder).code == 0
    return folder / "run", time.monotonic() - began


def test_the_command_killed_at_random_moments_ends_with_the_same_bits(
    whole: tuple[Path, float], warm: Any, tmp_path: Path
) -> None:
    """Each process lives from its first checkpoint for a while."""
    reference, seconds = whole
    chance = random.Random(0)
    delays = [chance.uniform(0, 0.15) * seconds for _ in range(4)]
    codes = [warm(*COMMAND, cwd=tmp_path, watch=LAST_OF_RUN, seconds=delay).code for delay in delays]
    assert codes[:2] == [KILLED] * 2
    finished = warm(*COMMAND, cwd=tmp_path)
    assert (finished.code, finished.err) == (0, "")
    assert finished.out.splitlines()[-1] == "run"
    assert differing(reference, tmp_path / "run") == set()


def test_an_installed_command_killed_in_training_ends_with_the_same_bits(
    whole: tuple[Path, float], installed: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    """Processes of their own, not forked ones: they agree with the forked ones to the bit, too."""
    process = installed(*COMMAND, cwd=tmp_path)
    last = tmp_path / "run" / LAST
    while not last.exists() and process.poll() is None:
        time.sleep(0.005)
    process.kill()
    process.communicate()
    assert last.exists()
    process = installed(*COMMAND, cwd=tmp_path)
    _, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert differing(whole[0], tmp_path / "run") == set()


def test_a_killed_run_of_two_streams_ends_with_the_same_bits(warm: Any, tmp_path: Path) -> None:
    """BBN: the share of its branches and the order of both streams go on from the clock."""
    command, last = ("train", "bbn", *COMMAND[2:]), Path("killed") / LAST
    assert warm(*command, "--out", "whole", cwd=tmp_path).code == 0
    killed = warm(*command, "--out", "killed", cwd=tmp_path, watch=last, seconds=0.05)
    assert killed.code == KILLED
    assert 0 < load_tensors(tmp_path / last)[1]["epochs_done"] < 25
    assert warm(*command, "--out", "killed", cwd=tmp_path).code == 0
    assert differing(tmp_path / "whole", tmp_path / "killed") == set()


def test_a_run_killed_over_its_memory_ends_with_the_same_bits(warm: Any, tmp_path: Path) -> None:
    """OLTR in its second stage, whose net is prepared from features of the first one's."""
    command, first = ("train", "oltr", *COMMAND[2:]), Path("killed/checkpoints/0-main.safetensors")
    assert warm(*command, "--out", "whole", cwd=tmp_path).code == 0
    killed = warm(*command, "--out", "killed", cwd=tmp_path, watch=first, seconds=0.3)
    assert killed.code == KILLED
    assert not (tmp_path / "killed" / "evaluation.json").exists()
    assert warm(*command, "--out", "killed", cwd=tmp_path).code == 0
    assert differing(tmp_path / "whole", tmp_path / "killed") == set()


def test_a_killed_detector_ends_with_the_same_bits(warm: Any, tmp_path: Path) -> None:
    """Regions are sampled, a head direction is tracked, and pictures come as often as their repeat factors say."""
    drawn = warm("data", "scenes", "--out", "scenes", "--images", "20", "--size", "64", cwd=tmp_path)
    assert drawn.code == 0, drawn.err
    words = "train detection_deconfound_tde --with repeat_factor_sampling --data scenes"
    options = "--repeat_factor_sampling.threshold 0.5 --epochs 4 --batch_size 4 --checkpoint_seconds 0"
    command, last = f"{words} {options} --device cpu --precision 32".split(), Path("killed") / LAST
    assert warm(*command, "--out", "whole", cwd=tmp_path).code == 0
    killed = warm(*command, "--out", "killed", cwd=tmp_path, watch=last, seconds=0.1)
    assert killed.code == KILLED
    assert 0 < load_tensors(tmp_path / last)[1]["epochs_done"] < 4
    assert warm(*command, "--out", "killed", cwd=tmp_path).code == 0
    assert differing(tmp_path / "whole", tmp_path / "killed") == set()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_command_stopped_by_hand_says_how_to_go_on(
    how: signal.Signals, whole: tuple[Path, float], warm: Any, tmp_path: Path
) -> None:
    stopped = warm(*COMMAND, cwd=tmp_path, watch=LAST_OF_RUN, seconds=0.05, ended_by=how)
    message = "counterpoise: stopped; the same command goes on from the last checkpoint\n"
    assert (stopped.code, stopped.err) == (130, message)
    assert warm(*COMMAND, cwd=tmp_path).code == 0
    assert differing(whole[0], tmp_path / "run") == set()


@pytest.fixture
def half_done(warm: Any, untouched: Path, tmp_path: Path) -> Path:
    """A folder whose run was killed after some epochs, with a checkpoint to go on from."""
    assert warm(*COMMAND, cwd=tmp_path, watch=LAST_OF_RUN, seconds=0.05).code == KILLED
    return tmp_path


def stored(folder: Path) -> dict[str, bytes]:
    """All files of a folder's checkpoints, hidden ones of a killed process included."""
    return {path.name: path.read_bytes() for path in (folder / "checkpoints").iterdir()}


def test_a_full_disk_is_one_line_and_harms_no_checkpoint(
    half_done: Path, whole: tuple[Path, float], warm: Any
) -> None:
    """No file may grow beyond 200,000 bytes; a checkpoint with the optimizer's state has 300,000."""
    before = stored(half_done / "run")
    full = warm(*COMMAND, cwd=half_done, file_limit=200_000)
    assert full.code == 2
    assert full.err.startswith(
        "counterpoise: error: cannot write run/checkpoints/last.safetensors: File too large"
    )
    assert full.err.count("\n") == 1
    assert stored(half_done / "run") == before
    assert warm(*COMMAND, cwd=half_done).code == 0
    assert differing(whole[0], half_done / "run") == set()


def test_a_damaged_checkpoint_is_one_line(half_done: Path, warm: Any) -> None:
    last = half_done / "run" / LAST
    last.write_bytes(last.read_bytes()[:1000])
    damaged = warm(*COMMAND, cwd=half_done)
    assert damaged.code == 2
    assert damaged.err.startswith(
        "counterpoise: error: cannot read the weights run/checkpoints/last.safetensors"
    )
    assert damaged.err.endswith("delete the file to begin anew\n")
    last.unlink()
    assert warm(*COMMAND, cwd=half_done).code == 0


def test_another_command_does_not_take_the_folder(half_done: Path, warm: Any) -> None:
    before = (half_done / "run" / LAST).read_bytes()
    other = warm(*COMMAND, "--lr", "0.5", cwd=half_done)
    assert other.code == 2
    assert other.err == (
        "counterpoise: error: run holds another run (its training differ); choose another --out, or remove the "
        "folder\n"
    )
    assert (half_done / "run" / LAST).read_bytes() == before


def test_a_finished_run_is_measured_again_without_training(
    whole: tuple[Path, float], warm: Any, tmp_path: Path
) -> None:
    shutil.copytree(whole[0], tmp_path / "run")
    again = warm(*COMMAND, cwd=tmp_path)
    assert again.code == 0
    assert "steps" not in again.out
    assert differing(whole[0], tmp_path / "run") == set()

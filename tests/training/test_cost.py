"""What a run cost, measured and read again."""

import time
from pathlib import Path

import pandas as pd
import pytest
import torch
from torch import nn

from counterpoise.training import cost
from counterpoise.training.cost import Cost, PeakMemory, read_cost, seconds_per_image, write_cost


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder with the timings of two stages."""
    rows = [("pretext", 1, 2.0), ("main", 1, 1.0), ("main", 2, 0.5)]
    pd.DataFrame(rows, columns=["stage", "epoch", "seconds"]).to_csv(tmp_path / "timing.csv", index=False)
    return tmp_path


def test_a_cost_is_read_as_it_was_written(folder: Path) -> None:
    write_cost(folder, 2**30, 0.25)
    assert read_cost(folder) == Cost(3.5, 2**30, 0.25)


def test_of_other_runs_only_the_seconds_are_known(folder: Path, tmp_path: Path) -> None:
    assert read_cost(folder) == Cost(3.5, None, None)
    assert read_cost(tmp_path / "nowhere") == Cost(None, None, None)


@pytest.mark.skipif(not cost._REFERENCES.exists(), reason="the peak of a process is counted on Linux only")
def test_the_peak_is_that_since_the_start() -> None:
    peak = PeakMemory("cpu")
    before = peak.bytes()
    assert before is not None
    held = torch.ones(32 * 2**20)
    raised = peak.bytes()
    assert raised is not None
    assert 100 * 2**20 < raised - before < 200 * 2**20
    del held
    assert peak.bytes() == pytest.approx(raised, rel=0.02), "what was given back still counts"
    again = PeakMemory("cpu").bytes()
    assert again is not None
    assert again < raised - 100 * 2**20


def test_where_the_system_does_not_tell_there_is_no_peak(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "_REFERENCES", Path("/nowhere/clear_refs"))
    assert PeakMemory("cpu").bytes() is None


def test_inference_is_timed_per_image() -> None:
    class Slow(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            time.sleep(0.032)
            return images.flatten(1)

    assert seconds_per_image(Slow(), (1, 2, 2), "cpu") == pytest.approx(0.0005, rel=0.3)  # pyright: ignore

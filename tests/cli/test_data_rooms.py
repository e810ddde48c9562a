"""Rooms from the command line."""

from pathlib import Path

import pytest

from counterpoise.cli.main import main
from counterpoise.data.sources import Source, load


def test_rooms_are_written_and_can_be_trained_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "rooms"
    assert main(["data", "rooms", "--out", str(folder), "--images", "10", "--size", "16", "--seed", "3"]) == 0
    shown, following = capsys.readouterr().out.splitlines()
    assert shown == f"10 rooms of 16 x 16 pixels with their depth: {folder}/table.csv"
    assert following == (
        f"next: counterpoise train regression --data {folder}/table.csv --target depth --unit 0.001"
    )
    train = load(Source(f"{folder}/table.csv", target="depth", unit=0.001)).splits["train"]
    assert len(train) == 7
    assert 0.7 <= train.targets.min() < train.targets.max() <= 10


def test_a_folder_in_use_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("")
    assert main(["data", "rooms", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"counterpoise: error: expected an empty folder for the rooms, but {tmp_path} is none; name another\n"
    )

"""Scattered digits from the command line."""

from pathlib import Path

import pytest

from counterpoise.cli.main import main
from counterpoise.data.sources import Source, load


def test_scenes_are_written_and_can_be_trained_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "scenes"
    argv = ["data", "scenes", "--out", str(folder), "--images", "20", "--size", "48", "--ratio", "10"]
    assert main([*argv, "--seed", "3"]) == 0
    shown, following = capsys.readouterr().out.splitlines()
    facts = load(Source(str(folder))).facts
    groups = [facts.objects.frequency.count(group) for group in "fcr"] if facts.objects else []
    assert shown == (
        f"20 pictures of 48 x 48 pixels in {folder}; {sum(facts.class_counts)} digits to train on, of "
        f"{groups[0]} frequent, {groups[1]} common and {groups[2]} rare kinds"
    )
    assert following == f"next: counterpoise train detection_deconfound_tde --data {folder}"
    assert (facts.split_sizes, facts.shape) == ({"train": 15, "val": 5}, (3, 48, 80))


def test_a_folder_in_use_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("")
    assert main(["data", "scenes", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"counterpoise: error: expected an empty folder for the scenes, but {tmp_path} is none; name another\n"
    )

"""Generalized long tails from the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.cli.main import main
from counterpoise.data.sources import Source, load

EACH = (40, 24, 20)
COLOURS = {"red": (220, 20, 20), "green": (20, 220, 20), "blue": (20, 20, 220)}
MIX = ("--mix", "3", "2", "1", "--test", "4", "--ratio", "2")


@pytest.fixture(scope="module")
def tinted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of two classes, light and dark, whose images have three tints; all are to train on."""
    folder, draws = tmp_path_factory.mktemp("tinted"), np.random.default_rng(0)
    rows = ["path,label,split,colour"]
    for label, light in (("dark", 0.4), ("light", 1.0)):
        for (colour, tint), count in zip(COLOURS.items(), EACH, strict=True):
            for number in range(count):
                pixels = light * np.array(tint) + draws.integers(0, 20, (8, 8, 3))
                name = f"{label}_{colour}_{number}.png"
                Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / name)
                rows.append(f"{name},{label},train,{colour}")
    (folder / "all.csv").write_text("\n".join(rows) + "\n")
    return folder


def made(tinted: Path, out: Path, *options: str, data: str = "all.csv") -> int:
    return main(["data", "glt", "--data", str(tinted / data), "--out", str(out), *MIX, *options])


def colour_of(name: str) -> str:
    return Path(name).name.split("_")[1]


@pytest.mark.parametrize("how", ["clusters", "labels"])
def test_tints_become_attributes(how: str, tinted: Path, tmp_path: Path, capsys) -> None:
    options = ("--clusters", "3") if how == "clusters" else ("--attribute", "colour")
    assert made(tinted, tmp_path / "splits", *options) == 0
    shown = capsys.readouterr().out
    assert f"next: counterpoise train cross_entropy --data {tmp_path / 'splits' / 'glt.csv'}" in shown
    data = load(Source(str(tmp_path / "splits" / "glt.csv")))
    for split in data.splits.values():
        pairs = {
            (colour_of(name), rank) for name, rank in zip(split.names, split.attributes or (), strict=True)
        }
        assert pairs == {("red", "0"), ("green", "1"), ("blue", "2")}
    assert data.facts.split_sizes["test"] == 2 * 3 * 4


def test_every_later_command_takes_them(tinted: Path, tmp_path: Path, capsys) -> None:
    made(tinted, tmp_path / "splits", "--attribute", "colour")
    out, glt = str(tmp_path / "run"), str(tmp_path / "splits" / "glt.csv")
    assert main(["train", "cross_entropy", "--data", glt, "--epochs", "1", "--out", out]) == 0
    capsys.readouterr()
    assert main(["evaluate", out, "--data", str(tmp_path / "splits" / "clt.csv"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["precision"]
    assert list(found["attributes"]) == ["0", "1", "2"]
    assert found["attributes"]["0"]["samples"] > found["attributes"]["2"]["samples"]
    assert main(["evaluate", out]) == 0
    assert "Attribute 2" in capsys.readouterr().out


def test_features_come_from_a_file_or_a_run(tinted: Path, tmp_path: Path) -> None:
    names = load(Source(str(tinted / "all.csv"))).splits["train"].names
    own = np.array([list(COLOURS[colour_of(name)]) for name in names])
    np.save(tmp_path / "own.npy", own)
    np.savez(tmp_path / "own.npz", own)
    for kind in ("npy", "npz"):
        options = ("--features", str(tmp_path / f"own.{kind}"), "--clusters", "3")
        assert made(tinted, tmp_path / kind, *options) == 0
    test = [load(Source(str(tmp_path / kind / "glt.csv"))).splits["test"].names for kind in ("npy", "npz")]
    assert test[0] == test[1]
    assert sorted(map(colour_of, test[0])) == ["blue"] * 8 + ["green"] * 8 + ["red"] * 8
    run, table = str(tmp_path / "run"), str(tinted / "all.csv")
    assert main(["train", "cross_entropy", "--data", table, "--epochs", "1", "--out", run]) == 0
    assert made(tinted, tmp_path / "run_splits", "--features", run, "--clusters", "3") == 0
    assert json.loads((tmp_path / "run_splits" / "splits.json").read_text())["attributes"]["features"] == run


def test_the_same_seed_gives_the_same_tables(tinted: Path, tmp_path: Path) -> None:
    for out in ("a", "b"):
        assert made(tinted, tmp_path / out, "--attribute", "colour", "--seed", "5") == 0
    assert made(tinted, tmp_path / "c", "--attribute", "colour", "--seed", "6") == 0
    a, b, c = ((tmp_path / out / "glt.csv").read_bytes() for out in "abc")
    assert a == b != c


def refused(capsys: pytest.CaptureFixture[str]) -> str:
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and lines[0].startswith("counterpoise: error: ")
    return lines[0]


def test_a_class_with_fewer_images_than_clusters(tinted: Path, tmp_path: Path, capsys) -> None:
    assert made(tinted, tmp_path / "out", "--clusters", "85") == 2
    assert "at least as many samples as clusters, 85" in refused(capsys)


def test_features_of_other_data(tinted: Path, tmp_path: Path, capsys) -> None:
    np.save(tmp_path / "other.npy", np.zeros((5, 3)))
    assert made(tinted, tmp_path / "out", "--features", str(tmp_path / "other.npy")) == 2
    assert "with 168 rows" in refused(capsys)
    (tmp_path / "none.npy").write_text("no array")
    assert made(tinted, tmp_path / "out", "--features", str(tmp_path / "none.npy")) == 2
    assert "cannot read features from" in refused(capsys)


def test_tables_whose_images_are_elsewhere(tinted: Path, tmp_path: Path, capsys) -> None:
    made(tinted, tmp_path / "splits", "--attribute", "colour")
    (moved := tmp_path / "moved").mkdir()
    (moved / "glt.csv").write_bytes(
        (tmp_path / "splits" / "glt.csv").read_bytes().replace(b"dark_", b"gone_")
    )
    capsys.readouterr()
    assert main(["train", "cross_entropy", "--data", str(moved / "glt.csv"), "--epochs", "1"]) == 2
    assert "cannot find the image" in refused(capsys)


@pytest.mark.parametrize("column", ["colour", "attribute"])
def test_an_attribute_that_is_missing_somewhere(column: str, tinted: Path, tmp_path: Path, capsys) -> None:
    text = (
        (tinted / "all.csv")
        .read_text()
        .replace("dark_green_1.png,dark,train,green", "dark_green_1.png,dark,train,")
    )
    (tinted / f"holes_{column}.csv").write_text(text.replace("colour", column, 1))
    assert made(tinted, tmp_path / "out", "--attribute", column, data=f"holes_{column}.csv") == 2
    assert f" {column} in every row of" in refused(capsys)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--attribute", "shape"), "has no column 'shape'"),
        (("--attribute", "colour", "--features", "x.npy"), "leave --features out"),
        (("--attribute", "label"), "has 2 different values, but --mix 3 numbers"),
        (("--features", "nowhere.npy"), "cannot read features from nowhere.npy"),
    ],
)
def test_options_that_make_no_sense(options, message: str, tinted: Path, tmp_path: Path, capsys) -> None:
    assert made(tinted, tmp_path / "out", *options) == 2
    assert message in refused(capsys)


def test_attributes_of_a_word_are_refused(tmp_path: Path, capsys) -> None:
    argv = ["data", "glt", "--data", "digits", "--out", str(tmp_path / "out"), "--attribute", "colour"]
    assert main(argv) == 2
    assert "names a column of a table, but digits is none" in refused(capsys)

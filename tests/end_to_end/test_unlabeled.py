"""Unlabeled images by the command line: trained on, told about, found again, and refused where they make no sense."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

LONG_TAIL = ("--data", "digits", "--imbalance", "exponential", "--ratio", 20)
REST = ("--unlabeled", "rest", "--unlabeled_amount", 2)
BRIEFLY = ("--epochs", 2, "--batch_size", 64, "--device", "cpu")
SHORTFALL = "the pool has fewer samples than wanted, so all of them were taken (class 0: 4 of "

REFUSED = {
    "no long tail": ("--data digits --unlabeled rest", "add --imbalance exponential"),
    "nowhere": ("--data shapes --unlabeled nowhere", "expected unlabeled images as a folder, a table or"),
    "no image": ("--data shapes --unlabeled empty", "found no unlabeled images in empty"),
    "another shape": ("--data digits --unlabeled wide.npz", "unlabeled images of the shape (1, 8, 8)"),
    "broken": ("--data shapes --unlabeled broken", "cannot read the image broken/0.png (1 unreadable"),
    "no svhn": ("--data digits --unlabeled extra", "is a split of svhn, which digits does not have"),
    "amount": ("--data digits --imbalance step --unlabeled rest --unlabeled_amount 0", "above 0, but got 0"),
    "ratio": ("--data digits --imbalance step --unlabeled rest --unlabeled_ratio 0.5", "at least 1, or of"),
    "relevance alone": ("--data digits --imbalance step --unlabeled rest --relevance 0.5", "give all of"),
    "none at all": ("--data digits", "digits has no unlabeled images beside its training split"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes of coloured squares, a pool of others, and pools that cannot be used."""
    folder, chance = tmp_path_factory.mktemp("unlabeled"), np.random.default_rng(0)
    names = [f"shapes/{s}/{c}/{i}" for s in ("train", "test") for c in ("dark", "light") for i in range(6)]
    for name in [*names, *(f"pool/{i}" for i in range(9))]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        low = 128 if "light" in name else 0
        pixels = chance.integers(low, low + 128, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png")
    (folder / "empty").mkdir()
    (folder / "broken").mkdir()
    (folder / "broken" / "0.png").write_bytes(b"broken")
    np.savez(folder / "wide.npz", data=np.zeros((2, 9, 9, 1), dtype=np.uint8))
    return folder


@pytest.fixture(scope="module")
def trained(place: Path, warm: Any) -> tuple[Path, str]:
    """A student of digits, and what its training printed."""
    command = ("train", "cross_entropy", *LONG_TAIL, *REST, "--with", "self_training", *BRIEFLY)
    finished = warm(*command, "--out", "run", cwd=place)
    assert (finished.code, finished.err) == (0, "")
    return place / "run", finished.out


def test_what_was_drawn_is_told_before_training_and_kept(trained: tuple[Path, str]) -> None:
    folder, out = trained
    assert out.startswith(f"note: {SHORTFALL}")
    run = json.loads((folder / "run.json").read_text())
    (note,) = run["facts"]["notes"]
    assert out.splitlines()[0] == f"note: {note}"
    assert run["notes"] == []
    assert run["facts"]["unlabeled"][0] == 4
    assert sum(run["facts"]["unlabeled"]) == run["facts"]["split_sizes"]["unlabeled"] > 300
    assert run["source"]["unlabeled"] == "rest"
    assert f"<b>Note:</b> {note}." in (folder / "report.html").read_text(encoding="utf-8")


def test_labeled_images_are_those_of_the_baseline(trained: tuple[Path, str], place: Path, warm: Any) -> None:
    finished = warm(
        "train", "cross_entropy", *LONG_TAIL, *BRIEFLY, "--epochs", 1, "--out", "alone", cwd=place
    )
    assert (finished.code, finished.err) == (0, "")
    assert "note:" not in finished.out
    one, other = (json.loads((folder / "drawn.json").read_text()) for folder in (place / "alone", trained[0]))
    assert one == other


def test_a_run_is_measured_again_on_its_own_data(trained: tuple[Path, str], warm: Any) -> None:
    folder, _ = trained
    finished = warm("evaluate", folder, "--json", "--device", "cpu", cwd=folder.parent)
    assert (finished.code, finished.err) == (0, "")
    again, before = json.loads(finished.out), json.loads((folder / "evaluation.json").read_text())
    assert again["overall"] == before["overall"]
    assert list(again["per_class"].values()) == before["per_class"]


def test_unlabeled_images_are_no_split_to_be_measured(trained: tuple[Path, str], warm: Any) -> None:
    found = warm("evaluate", trained[0], "--split", "unlabeled", cwd=trained[0].parent)
    assert found.code == 2
    assert "has no split 'unlabeled', only train, val, test" in found.err


def test_named_images_are_learnt_from(place: Path, warm: Any) -> None:
    command = ("train", "cross_entropy", "--data", "shapes", "--unlabeled", "pool", "--with", "fixmatch")
    finished = warm(*command, *BRIEFLY, "--epochs", 1, "--out", "named", cwd=place)
    assert (finished.code, finished.err) == (0, "")
    assert "note:" not in finished.out
    run = json.loads((place / "named" / "run.json").read_text())
    assert run["facts"]["unlabeled"] == [0, 0, 9]


def test_inspect_shows_what_was_drawn(place: Path, warm: Any) -> None:
    found = warm("inspect", *LONG_TAIL[1:], *REST, cwd=place)
    assert (found.code, found.err) == (0, "")
    assert f"warning: T{SHORTFALL[1:]}" in " ".join(found.out.split())


def test_compare_tells_each_note_once(place: Path, warm: Any) -> None:
    rows = ("cross_entropy", "cross_entropy+self_training")
    found = warm("compare", *rows, *LONG_TAIL, *REST, *BRIEFLY, "--epochs", 1, "--seeds", 1, cwd=place)
    assert (found.code, found.err) == (0, "")
    assert found.out.count(f"note: {SHORTFALL}") == 1
    assert found.out.startswith("note: ")


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_is_refused_in_one_line(case: str, place: Path, warm: Any) -> None:
    options, reason = REFUSED[case]
    command = ("train", "cross_entropy", "--with", "self_training", *options.split(), *BRIEFLY)
    found = warm(*command, "--out", "refused", cwd=place)
    assert (found.code, found.err.count("\n")) == (2, 1)
    assert reason in found.err
    assert not (place / "refused").exists()

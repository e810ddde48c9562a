"""The studies from run folders or data to page, on pictures of shapes."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from counterpoise.cli.study import STUDIES

TRAIN = ("--epochs", 1, "--batch_size", 16, "--image_size", 16, "--lr", 0.05, "--device", "cpu")
Trained = tuple[Path, str]


def study_of(folder: Path) -> Any:
    return json.loads((folder / "study.json").read_text())


@pytest.mark.parametrize("argv", [[], ["--help"]])
def test_the_studies_are_listed(argv: list[str], warm: Any, tmp_path: Path) -> None:
    found = warm("study", *argv, cwd=tmp_path)
    assert (found.code, found.err) == (0, "")
    assert all(f"\n  {name} " in found.out for name in STUDIES)


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_has_help(name: str, warm: Any, tmp_path: Path) -> None:
    found = warm("study", name, "--help", cwd=tmp_path)
    assert found.code == 0
    assert found.out.startswith(f"usage: counterpoise study {name}")


def test_momentum_trains_every_momentum_once(shapes: Path, warm: Any, tmp_path: Path) -> None:
    argv = ("study", "momentum", "--data", shapes, *TRAIN, "--momenta", 0.5, "--seeds", 2, "--out", "out")
    found = warm(*argv, cwd=tmp_path)
    assert found.code == 0, found.err
    assert found.out.splitlines()[-1] == "report: out/report.html"
    names = [f"momentum-{momentum}-seed{seed}" for momentum in ("0.5", "0.98") for seed in range(2)]
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if path.is_dir()) == names
    trained = [json.loads((tmp_path / "out" / name / "run.json").read_text()) for name in names]
    assert [run["training"]["momentum"] for run in trained] == [0.5, 0.5, 0.98, 0.98]
    study = study_of(tmp_path / "out")
    evaluation = json.loads((tmp_path / "out" / names[1] / "evaluation.json").read_text())
    assert study["runs"][1]["overall"] == evaluation["overall"]
    assert study["relative_change"][1]["overall"]["mean"] == 0
    weights = tmp_path / "out" / names[0] / "checkpoints" / "predictor.safetensors"
    before = weights.stat().st_mtime_ns
    assert warm(*argv, cwd=tmp_path).code == 0
    assert (weights.stat().st_mtime_ns, study_of(tmp_path / "out")) == (before, study)


def test_alpha_sweeps_on_validation_images(trained: Trained, warm: Any, tmp_path: Path) -> None:
    run, _ = trained
    found = warm("study", "alpha", run, "--out", tmp_path / "val", cwd=tmp_path)
    assert found.code == 0, found.err
    assert found.out.splitlines()[-1] == f"report: {tmp_path}/val/report.html"
    assert "chosen" in found.out
    assert (tmp_path / "val" / "report.html").exists()
    assert study_of(tmp_path / "val")["split"] == "val"
    assert warm("study", "alpha", run, "--split", "test", "--out", "test", cwd=tmp_path).code == 0
    evaluation = json.loads((run / "evaluation.json").read_text())
    study = study_of(tmp_path / "test")
    assert study["alpha_curve"] == evaluation["alpha_curve"]
    assert study["marks"]["chosen"] == evaluation["alpha"]["value"]
    assert study["marks"]["authors' rule"] >= 1


def test_norms_puts_runs_side_by_side(trained: Trained, without_tde: Path, warm: Any, tmp_path: Path) -> None:
    found = warm("study", "norms", trained[0], without_tde, cwd=tmp_path)
    assert found.code == 0, found.err
    assert found.out.splitlines()[-1] == "report: runs/study-norms/report.html"
    study = study_of(tmp_path / "runs" / "study-norms")
    assert study["class_names"] == ["circle", "cross", "ring", "square"]
    own = json.loads((without_tde / "evaluation.json").read_text())["feature_norms"]
    assert study["runs"][without_tde.name]["feature_norms"] == own


def test_maps_of_the_most_improved_images(
    trained: Trained, without_tde: Path, warm: Any, tmp_path: Path
) -> None:
    argv = ("study", "maps", without_tde, trained[0], "--most-improved", 3, "--out", "out", "--device", "cpu")
    found = warm(*argv, cwd=tmp_path)
    assert found.code == 0, found.err
    assert found.out.splitlines()[-1] == "report: out/report.html"
    images = study_of(tmp_path / "out")["images"]
    assert len(images) == 3
    for image in images:
        before, after = image["runs"].values()
        assert after["probability"] > before["probability"]
        assert image["shown"] == image["truth"]
    assert images[0]["truth"] in ("ring", "square"), "few-shot classes come first"
    pictures = sorted(path.name for path in (tmp_path / "out" / "images").iterdir())
    assert len(pictures) == 9
    assert Image.open(tmp_path / "out" / "images" / "1.png").size == (224, 224)


def test_maps_of_named_images(trained: Trained, shapes: Path, warm: Any, tmp_path: Path) -> None:
    place = shapes / "test" / "circle"
    argv = ("study", "maps", trained[0], "--images", place / "0.png", place / "1.png", "--out", "out")
    assert warm(*argv, cwd=tmp_path).code == 0
    for image in study_of(tmp_path / "out")["images"]:
        assert image["truth"] is None
        assert image["shown"] == image["runs"][trained[0].name]["predicts"]
    assert warm(*argv, "--class", "ring", cwd=tmp_path).code == 0
    assert {image["shown"] for image in study_of(tmp_path / "out")["images"]} == {"ring"}


@pytest.fixture(scope="module")
def labeled_and_not(warm: Any, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three runs on a tail of the digits: supervised, and self-training with two amounts of what is left over."""
    cwd = tmp_path_factory.mktemp("unlabeled")
    base = ("train", "cross_entropy", "--data", "digits", "--imbalance", "exponential", "--ratio", 20)
    short = ("--epochs", 1, "--batch_size", 64, "--device", "cpu")
    extra = ("--unlabeled", "rest", "--with", "self_training", "--unlabeled_amount")
    argvs = {"supervised": (), "half": (*extra, 0.5), "whole": (*extra, 1)}
    for name, argv in argvs.items():
        finished = warm(*base, *short, *argv, "--out", name, cwd=cwd)
        assert finished.code == 0, finished.err
    return [cwd / name for name in argvs]


def test_features_puts_train_and_test_in_one_plane(
    labeled_and_not: list[Path], warm: Any, tmp_path: Path
) -> None:
    argv = ("study", "features", *labeled_and_not[:2], "--samples", 60, "--out", "out", "--device", "cpu")
    found = warm(*argv, cwd=tmp_path)
    assert found.code == 0, found.err
    assert found.out.splitlines()[-1] == "report: out/report.html"
    assert (tmp_path / "out" / "report.html").exists()
    study = study_of(tmp_path / "out")
    assert list(study["runs"]) == ["supervised", "half"]
    for run, one in zip(labeled_and_not, study["runs"].values(), strict=False):
        assert one["drawn"] == {"train": 60, "test": 60}
        assert one["leakage"]["samples"] == 144
        assert 0 <= one["leakage"]["head"] <= 1 - one["leakage"]["own"]
        assert one["few"] == pytest.approx(json.loads((run / "evaluation.json").read_text())["few"])
    assert warm(*argv, cwd=tmp_path).code == 0
    assert study_of(tmp_path / "out") == study


def test_unlabeled_shows_errors_against_the_amount(
    labeled_and_not: list[Path], warm: Any, tmp_path: Path
) -> None:
    found = warm("study", "unlabeled", *labeled_and_not, "--out", "out", cwd=tmp_path)
    assert found.code == 0, found.err
    assert found.out.splitlines()[-1] == "report: out/report.html"
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Error against amount" in page
    assert "Error against relevance" not in page
    conditions = study_of(tmp_path / "out")["conditions"]
    assert [one["pool"]["amount"] for one in conditions] == [None, 0.5, 1.0]
    own = json.loads((labeled_and_not[2] / "evaluation.json").read_text())
    assert conditions[2]["error"]["mean"] == pytest.approx(1 - own["overall"])


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        ("study momenta", "did you mean momentum?"),
        ("study --out x", "study expects the name of a study first"),
        ("study alpha {run}", "has no total direct effect, so there is no alpha to study; train with tde"),
        ("study alpha nowhere", "nowhere"),
        ("study norms {run} {run}", "is named twice"),
        ("study norms", "required"),
        ("study features {run} {run}", "is named twice"),
        ("study features {run} --samples 1", "at least 2 samples and a seed of 0 or more, but 1 and 0 came"),
        ("study unlabeled {run}", "nothing varies that could be shown"),
        ("study unlabeled nowhere", "nowhere"),
        ("study maps {run}", "expected two runs or more"),
        ("study maps {run} {tde} --class dog", "has no class 'dog'"),
        ("study maps {run} {tde} --split dev", "has no split 'dev'"),
        ("study maps {run} {tde} --most_improved 0", "at least 1 image"),
        ("study maps {run} --images nowhere.png", "there is no image or folder nowhere.png"),
        ("study momentum --data digits --hold both", "--hold"),
        ("study momentum --data digits --momenta fast", "--momenta expected float, but fast came"),
    ],
)
def test_bad_requests_are_refused_in_one_line(
    argv: str, reason: str, trained: Trained, without_tde: Path, warm: Any, tmp_path: Path
) -> None:
    found = warm(*argv.format(run=without_tde, tde=trained[0]).split(), cwd=tmp_path)
    assert found.err.startswith("counterpoise: error: ")
    assert reason in found.err
    assert (found.code, found.err.count("\n")) == (2, 1)
    assert list(tmp_path.iterdir()) == []

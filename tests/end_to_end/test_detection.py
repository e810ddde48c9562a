"""The command line on pictures of scattered digits."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from faster_coco_eval.core import mask as coco
from PIL import Image

BRIEFLY = ("--epochs", 1, "--batch_size", 8, "--device", "cpu")


@pytest.fixture(scope="module")
def scattered(warm: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 pictures of 64 x 64 pixels in LVIS's format, 5 of them to validate."""
    cwd = tmp_path_factory.mktemp("scenes")
    finished = warm("data", "scenes", "--out", "digits", "--images", 20, "--size", 64, cwd=cwd)
    assert finished.code == 0, finished.err
    return cwd / "digits"


@pytest.fixture(scope="module")
def trained(scattered: Path, warm: Any) -> Path:
    options = ("--data", scattered, *BRIEFLY, "--out", "run")
    finished = warm("train", "detection_deconfound_tde", *options, cwd=scattered.parent)
    assert finished.code == 0, finished.err
    assert "APf" in finished.out
    assert "Mean average precision of masks in percent." in " ".join(finished.out.split())
    return scattered.parent / "run"


def test_a_run_leaves_its_evaluation_pictures_and_page(trained: Path) -> None:
    found = json.loads((trained / "evaluation.json").read_text())
    assert (found["task"], found["samples"], sum(found["test_counts"])) == ("detection", 5, 20)
    assert found["alpha"]["value"] == 1.5
    assert len(found["alpha_curve"]["per_class"]) == len(found["alpha_curve"]["alphas"])
    listed = json.loads((trained / "pictures" / "pictures.json").read_text())["pictures"]
    page = (trained / "report.html").read_text()
    assert page.count("data:image/jpeg;base64,") == 2 * len(listed) > 0
    columns = ["path", "label", "score", "x1", "y1", "x2", "y2"]
    assert pd.read_parquet(trained / "predictions.parquet").columns.tolist() == columns


def test_evaluate_repeats_the_numbers_and_prints_boxes_and_masks(trained: Path, warm: Any) -> None:
    written = json.loads((trained / "evaluation.json").read_text())
    found = json.loads(warm("evaluate", trained, "--json", cwd=trained.parent).out)
    assert {key: found[key] for key in ("overall", "box", "mask")} == {
        key: written[key] for key in ("overall", "box", "mask")
    }
    shown = warm("evaluate", trained, cwd=trained.parent).out
    assert all(word in shown for word in ("AP50", "Boxes", "Masks", "Training objects", "rare"))


def test_another_alpha_gives_the_point_of_the_curve(trained: Path, warm: Any) -> None:
    curve = json.loads((trained / "evaluation.json").read_text())["alpha_curve"]
    found = json.loads(warm("evaluate", trained, "--json", "--alpha", 0, cwd=trained.parent).out)
    assert found["box"]["ap"] == pytest.approx(curve["overall"][curve["alphas"].index(0)], abs=1e-9)


def test_evaluate_measures_other_pictures_and_fewer_objects(
    trained: Path, scattered: Path, warm: Any
) -> None:
    options = ("--json", "--data", scattered, "--split", "train", "--most", 7)
    finished = warm("evaluate", trained, *options, cwd=trained.parent)
    assert finished.code == 0, finished.err
    found = json.loads(finished.out)
    assert (found["split"], found["samples"], found["most_found"]) == ("train", 15, 7)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--target_prior", "uniform"), "--target-prior needs one class for each image"),
        (("--aggregate", "true"), "test-time aggregation needs a run of several experts"),
        (("--shots", "strict"), "categories of objects are grouped by the frequencies of digits"),
        (("--most", "0"), "--most must be at least 1, but 0 came"),
    ],
)
def test_evaluate_refuses_what_a_detector_does_not_have(
    options: tuple[str, ...], why: str, trained: Path, warm: Any
) -> None:
    refused = warm("evaluate", trained, *options, cwd=trained.parent)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert why in refused.err


def test_predict_writes_results_and_pictures(
    trained: Path, scattered: Path, warm: Any, tmp_path: Path
) -> None:
    options = ("--out", "found.json", "--pictures", "drawn", "--least", 0)
    finished = warm("predict", trained, scattered / "images" / "val", *options, cwd=tmp_path)
    assert finished.code == 0, finished.err
    rows = json.loads((tmp_path / "found.json").read_text())
    assert finished.out == f"5 pictures: drawn\n{len(rows)} predictions: found.json\n"
    written = pd.read_parquet(trained / "predictions.parquet")
    assert len(rows) == len(written) > 0
    assert sorted(row["score"] for row in rows) == pytest.approx(sorted(written.score), abs=1e-4)
    assert {row["category_id"] for row in rows} <= set(range(1, 11))
    assert all(Path(row["file_name"]).exists() for row in rows)
    assert coco.decode(rows[0]["segmentation"]).shape == (64, 64)
    pictures = sorted((tmp_path / "drawn").iterdir())
    assert [picture.name[:6] for picture in pictures] == [f"{number:06d}" for number in range(5)]
    assert Image.open(pictures[0]).size == (320, 320)


def test_predict_prints_what_is_sure(trained: Path, scattered: Path, warm: Any, tmp_path: Path) -> None:
    shown = warm("predict", trained, scattered / "images" / "val", "--least", 0, cwd=tmp_path).out
    assert all(word in shown for word in ("image", "label", "score", "x1"))
    assert shown.splitlines()[-1].startswith("... and ")
    none = warm("predict", trained, scattered / "images" / "val", "--least", 1.1, cwd=tmp_path).out
    assert ".png" not in none.replace("image", "")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--out", "x.txt"), "--out must end in .csv or .parquet or .json"),
        (("--target_prior", "uniform"), "--target-prior needs one class for each image"),
        (("--maps", "x"), "--maps is for runs that count or predict maps"),
    ],
)
def test_predict_refuses_what_a_detector_does_not_give(
    options: tuple[str, ...], why: str, trained: Path, scattered: Path, warm: Any, tmp_path: Path
) -> None:
    refused = warm("predict", trained, scattered / "images" / "val", *options, cwd=tmp_path)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert why in refused.err
    assert list(tmp_path.iterdir()) == []


def test_inspect_counts_objects_and_images(scattered: Path, warm: Any, tmp_path: Path) -> None:
    found = json.loads(warm("inspect", scattered, "--json", cwd=tmp_path).out)
    assert found["counts"]["val"] == [2] * 10
    assert 0 < sum(found["images"]["train"]) <= sum(found["counts"]["train"])
    shown = warm("inspect", scattered, "--out", "page.html", cwd=tmp_path).out
    assert "train images" in shown
    assert " rare" in shown
    assert (tmp_path / "page.html").exists()


def test_compare_heads_its_columns_by_frequency(scattered: Path, warm: Any, tmp_path: Path) -> None:
    options = ("--data", scattered, *BRIEFLY, "--seeds", 1, "--out", "out")
    finished = warm("compare", "detection_cosine", *options, cwd=tmp_path)
    assert finished.code == 0, finished.err
    assert all(word in finished.out for word in ("APf", "APc", "APr", "detection_cross_entropy"))
    found = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert [row["name"] for row in found["rows"]] == ["detection_cross_entropy", "detection_cosine"]
    assert all(row["cost"]["seconds_per_image"] > 0 for row in found["rows"])
    assert "training objects" in (tmp_path / "out" / "report.html").read_text()


def test_the_demo_shows_the_precisions_before_and_after(scattered: Path, warm: Any, tmp_path: Path) -> None:
    shutil.copytree(scattered, tmp_path / "out" / "scenes")
    shown = warm("demo", "scenes", "--out", "out", "--epochs", 1, cwd=tmp_path).out
    assert all(word in shown for word in ("APr", "APc", "APf", "De-confound, alpha 0", "De-confound-TDE"))
    assert "Mean average precision of boxes in percent." in " ".join(shown.split())
    page = shown.splitlines()[-1].removeprefix("report: ")
    assert (tmp_path / page).read_text().count("data:image/jpeg;base64,")

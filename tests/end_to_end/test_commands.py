"""The command line from data to report, on pictures of shapes."""

import json
import math
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from counterpoise.recipes.presets import PRESETS
from counterpoise.recipes.words import all_words
from counterpoise.training.checkpoint import load_tensors
from counterpoise.version import __version__

CLASSES = ["circle", "cross", "ring", "square"]
Trained = tuple[Path, str]


def as_json(text: str) -> Any:
    """One JSON object on one line, without NaN."""
    assert text.count("\n") == 1
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def evaluation_of(run: Path) -> dict[str, Any]:
    return json.loads((run / "evaluation.json").read_text())


def test_train_leaves_a_folder_and_prints_it_last(trained: Trained) -> None:
    run, out = trained
    assert run.parent.name == "runs"
    assert run.name.startswith("deconfound_tde-shapes-")
    assert run.name.endswith("-seed0")
    assert sorted(path.name for path in run.iterdir()) == [
        "checkpoints",
        "choices.json",
        "evaluation.json",
        "metrics.csv",
        "predictions.parquet",
        "report.html",
        "run.json",
        "timing.csv",
    ]
    assert f"report: runs/{run.name}/report.html" in out
    assert "chosen on 16 validation images" in out
    assert "60/60 steps epoch 30/30" in out


def test_train_learns_the_shapes(trained: Trained) -> None:
    run, _ = trained
    metrics = pd.read_csv(run / "metrics.csv")
    assert len(metrics) == 30
    assert metrics.loss.iloc[-1] < 0.5 * metrics.loss.iloc[0]
    assert evaluation_of(run)["overall"] > 0.6, "chance is 0.25"


def test_train_writes_what_the_data_are(trained: Trained, shapes: Path) -> None:
    run = json.loads((trained[0] / "run.json").read_text())
    assert run["source"]["data"] == str(shapes)
    assert run["facts"]["class_names"] == CLASSES
    assert run["facts"]["class_counts"] == [24, 12, 6, 4]
    assert run["facts"]["split_sizes"] == {"train": 46, "val": 16, "test": 24}
    assert run["facts"]["shape"] == [3, 16, 16]
    assert run["claim"][0]["value"] == 51.8


def test_train_again_names_the_same_folder(trained: Trained, shapes: Path, warm: Any) -> None:
    """Nothing is trained twice: the folder's name tells the whole request."""
    options = ("--epochs", 30, "--batch_size", 16, "--image_size", 16, "--lr", 0.05, "--device", "cpu")
    again = warm("train", "deconfound_tde", "--data", shapes, *options, cwd=trained[0].parents[1])
    assert again.code == 0, again.err
    assert again.out.splitlines()[-1] == f"runs/{trained[0].name}"
    assert "steps" not in again.out


def test_evaluate_repeats_the_numbers_of_the_run(trained: Trained, warm: Any, tmp_path: Path) -> None:
    found = as_json(warm("evaluate", trained[0], "--json", cwd=tmp_path).out)
    written = evaluation_of(trained[0])
    assert {"overall", "many", "medium", "few", "per_class"} <= found.keys()
    assert list(found["per_class"]) == CLASSES
    assert list(found["per_class"].values()) == written["per_class"]
    same = found.keys() - {"per_class", "choices", "alpha"}
    assert {key: found[key] for key in same} == {key: written[key] for key in same}
    assert found["alpha"]["value"] == written["alpha"]["value"]


def test_evaluate_with_the_installed_command(
    trained: Trained, installed: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = installed("evaluate", str(trained[0]), "--json", cwd=tmp_path)
    out, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert as_json(out)["overall"] == evaluation_of(trained[0])["overall"]


@pytest.mark.parametrize("alpha", [0, -1, 3, 6])
def test_evaluate_with_another_alpha_gives_the_point_of_the_curve(
    alpha: float, trained: Trained, warm: Any, tmp_path: Path
) -> None:
    found = as_json(warm("evaluate", trained[0], "--json", "--alpha", alpha, cwd=tmp_path).out)
    curve = evaluation_of(trained[0])["alpha_curve"]
    place = curve["alphas"].index(pytest.approx(alpha))
    for key in ("overall", "balanced", "many", "medium", "few"):
        assert found[key] == curve[key][place], key
    assert found["alpha"] == {"value": alpha, "how": f"alpha {alpha}, as given"}
    assert all(math.isfinite(value) for value in found["per_class"].values())


def test_evaluate_with_other_shot_groups(trained: Trained, warm: Any, tmp_path: Path) -> None:
    strict = as_json(warm("evaluate", trained[0], "--json", "--shots", "strict", cwd=tmp_path).out)
    assert strict["many"] is None
    assert strict["shots"]["groups"] == {"many": [], "medium": [0], "few": [1, 2, 3]}
    assert strict["medium"] == strict["per_class"]["circle"]
    usual = as_json(warm("evaluate", trained[0], "--json", cwd=tmp_path).out)
    assert usual["shots"]["convention"] == "quantile"
    assert None not in (usual["many"], usual["medium"], usual["few"])


def test_evaluate_on_another_split(trained: Trained, warm: Any, tmp_path: Path) -> None:
    found = as_json(warm("evaluate", trained[0], "--json", "--split", "val", cwd=tmp_path).out)
    assert (found["split"], found["samples"]) == ("val", 16)


def test_evaluate_on_other_data_with_some_of_the_classes(
    trained: Trained, shapes: Path, warm: Any, tmp_path: Path
) -> None:
    for name in ("circle", "ring"):
        shutil.copytree(shapes / "test" / name, tmp_path / "other" / name)
    found = as_json(warm("evaluate", trained[0], "--json", "--data", tmp_path / "other", cwd=tmp_path).out)
    written = evaluation_of(trained[0])["per_class"]
    assert found["samples"] == 12
    assert found["per_class"] == {"circle": written[0], "cross": None, "ring": written[2], "square": None}
    assert found["overall"] == pytest.approx((written[0] + written[2]) / 2)


def test_evaluate_prints_tables_for_people(trained: Trained, warm: Any, tmp_path: Path) -> None:
    found = warm("evaluate", trained[0], cwd=tmp_path)
    assert found.code == 0
    for word in (
        "Many",
        "Medium",
        "Few",
        "Overall",
        *CLASSES,
        f"{100 * evaluation_of(trained[0])['overall']:.1f}",
    ):
        assert word in found.out


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_predict_a_folder_gives_what_training_wrote(
    ending: str, trained: Trained, shapes: Path, warm: Any, tmp_path: Path
) -> None:
    out = tmp_path / f"found.{ending}"
    finished = warm("predict", trained[0], shapes / "test", "--out", out, cwd=tmp_path)
    assert (finished.code, finished.out) == (0, f"24 predictions: {out}\n")
    found = pd.read_csv(out) if ending == "csv" else pd.read_parquet(out)
    assert found.columns.tolist() == ["path", "label", "probability"]
    written = pd.read_parquet(trained[0] / "predictions.parquet")
    assert found.path.tolist() == [str(shapes / name) for name in written.path]
    assert found.label.tolist() == written.label.tolist()
    assert found.probability.tolist() == pytest.approx(written.probability.tolist(), rel=1e-5)


def test_predict_files_prints_them(trained: Trained, shapes: Path, warm: Any, tmp_path: Path) -> None:
    files = [shapes / "test" / "circle" / "0.png", shapes / "test" / "square" / "1.png"]
    shutil.copy(files[0], tmp_path / "a.png")
    shutil.copy(files[1], tmp_path / "b.png")
    finished = warm("predict", trained[0], "a.png", "b.png", cwd=tmp_path)
    written = pd.read_parquet(trained[0] / "predictions.parquet").set_index("path")
    rows = [line.split() for line in finished.out.splitlines()[1:]]
    for row, name, file in zip(rows, ("a.png", "b.png"), files, strict=True):
        expected = written.loc[file.relative_to(shapes).as_posix()]
        assert row == [name, expected.label, f"{expected.probability:.3f}"]


def test_predict_with_a_strong_alpha_turns_to_the_tail(
    trained: Trained, shapes: Path, warm: Any, tmp_path: Path
) -> None:
    shares = []
    for alpha in (-5, 20):
        out = tmp_path / f"{alpha}.csv"
        assert (
            warm("predict", trained[0], shapes / "test", "--alpha", alpha, "--out", out, cwd=tmp_path).code
            == 0
        )
        found = pd.read_csv(out)
        assert found.probability.between(0.25, 1).all()
        shares.append((found.label == "circle").mean())
    assert shares[0] > shares[1]


def test_predict_leaves_out_what_it_cannot_read(
    trained: Trained, shapes: Path, warm: Any, tmp_path: Path
) -> None:
    shutil.copy(shapes / "test" / "circle" / "0.png", tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"no picture")
    refused = warm("predict", trained[0], tmp_path, "--out", "out.csv", cwd=tmp_path)
    assert refused.code == 2
    assert "bad.png" in refused.err
    assert not (tmp_path / "out.csv").exists()
    finished = warm("predict", trained[0], tmp_path, "--skip-corrupt", "--out", "out.csv", cwd=tmp_path)
    assert finished.out == f"1 predictions: out.csv\n1 unreadable images left out: {tmp_path / 'bad.png'}\n"


def test_report_writes_the_page_again(trained: Trained, warm: Any, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(trained[0], copy)
    (copy / "report.html").unlink()
    finished = warm("report", copy, cwd=tmp_path)
    assert (finished.code, finished.out) == (0, f"{copy}/report.html\n")
    page = (copy / "report.html").read_text()
    assert page.lstrip().startswith("<!doctype html>")
    assert page == (trained[0] / "report.html").read_text()


def test_inspect_counts_and_warns(shapes: Path, warm: Any, tmp_path: Path) -> None:
    found = as_json(warm("inspect", shapes, "--json", cwd=tmp_path).out)
    assert found["counts"]["train"] == [24, 12, 6, 4]
    assert found["imbalance_ratio"] == 6
    assert found["warnings"] == []
    shown = warm("inspect", shapes, "--out", "page", cwd=tmp_path).out
    assert all(name in shown for name in CLASSES)
    assert shown.endswith("page: page/shapes.html\n")
    assert (tmp_path / "page" / "shapes.html").exists()


def test_recipes_names_every_word_preset_and_number(warm: Any, tmp_path: Path) -> None:
    out = warm("recipes", cwd=tmp_path, env={"COLUMNS": "200"}).out
    for word in all_words().values():
        assert f" {word.name} " in out
        assert all(f"{claim.value:g}" in out for claim in word.claim)
    assert all(preset in out for preset in PRESETS)


def test_unreadable_images_are_left_out_and_counted(shapes: Path, warm: Any, tmp_path: Path) -> None:
    shutil.copytree(shapes, tmp_path / "data")
    (tmp_path / "data" / "train" / "ring" / "5.png").write_bytes(b"\x89PNG but no more")
    (tmp_path / "data" / "test" / "cross" / "0.png").write_bytes(b"")
    refused = warm("train", "cosine_tde", "--data", "data", "--out", "run", cwd=tmp_path)
    assert refused.code == 2
    assert "cannot read the image train/ring/5.png (2 unreadable images in all)" in refused.err
    options = ("--skip-corrupt", "--epochs", 1, "--image_size", 16, "--out", "run")
    finished = warm("train", "cosine_tde", "--data", "data", *options, cwd=tmp_path)
    assert finished.code == 0, finished.err
    facts = json.loads((tmp_path / "run" / "run.json").read_text())["facts"]
    assert facts["skipped"] == ["train/ring/5.png", "test/cross/0.png"]
    assert facts["class_counts"] == [24, 12, 5, 4]
    assert as_json(warm("evaluate", "run", "--json", cwd=tmp_path).out)["test_counts"] == [6, 5, 6, 6]
    assert (
        as_json(warm("inspect", "data", "--skip-corrupt", "--json", cwd=tmp_path).out)["skipped"]
        == facts["skipped"]
    )


@pytest.mark.parametrize("options", [("--gamma", 0), ("--alpha", -1), ("--groups", 4, "--tau", 8)])
def test_unusual_strengths_give_finite_numbers(
    options: tuple, shapes: Path, warm: Any, tmp_path: Path
) -> None:
    common = ("--epochs", 1, "--image_size", 16, "--out", "run")
    finished = warm("train", "deconfound_tde", "--data", shapes, *common, *options, cwd=tmp_path)
    assert finished.code == 0, finished.err
    text = (tmp_path / "run" / "evaluation.json").read_text()
    assert "NaN" not in text + (tmp_path / "run" / "metrics.csv").read_text()
    tensors, _ = load_tensors(tmp_path / "run" / "checkpoints" / "predictor.safetensors")
    assert all(tensor.isfinite().all() for tensor in tensors.values())


def test_modifiers_stand_after_with_in_any_place(shapes: Path, warm: Any, tmp_path: Path) -> None:
    common = ("--data", shapes, "--epochs", 1, "--image_size", 16)
    first = warm(
        "train", "cosine", "--with", "tde", *common, "--tde.alpha", 2, "--out", "first", cwd=tmp_path
    )
    last = warm("train", "cosine", *common, "--tde.alpha=2", "--out", "last", "--with", "tde", cwd=tmp_path)
    assert (first.code, last.code) == (0, 0)
    assert (tmp_path / "first" / "run.json").read_bytes() == (tmp_path / "last" / "run.json").read_bytes()
    calls = json.loads((tmp_path / "first" / "run.json").read_text())["calls"]
    assert [call["word"] for call in calls] == ["cosine", "tde"]
    assert calls[1]["arguments"]["alpha"] == 2


def test_a_table_and_lists_train_like_their_folder(shapes: Path, warm: Any, tmp_path: Path) -> None:
    rows = [(p.relative_to(shapes).as_posix(), p.parent.name) for p in sorted(shapes.rglob("*.png"))]
    table = pd.DataFrame(rows, columns=["path", "label"])
    table["split"] = table.path.str.partition("/")[0]
    table.to_csv(tmp_path / "shapes.csv", index=False)
    lists = tmp_path / "lists"
    lists.mkdir()
    for split, part in table.groupby("split"):
        lines = [f"{path} {CLASSES.index(label)}" for path, label in zip(part.path, part.label, strict=True)]
        (lists / f"shapes_{split}.txt").write_text("\n".join(lines))
    for data in (tmp_path / "shapes.csv", lists):
        options = ("--root", shapes, "--epochs", 1, "--image_size", 16, "--out", data.stem)
        assert warm("train", "cosine", "--data", data, *options, cwd=tmp_path).code == 0
    results = [evaluation_of(tmp_path / name) for name in ("shapes", "lists")]
    assert results[0]["per_class"] == results[1]["per_class"]
    assert results[0]["class_names"] == results[1]["class_names"] == CLASSES


def test_the_command_tells_what_it_can_do() -> None:
    for argv, shown in (
        (["--version"], f"counterpoise {__version__}\n"),
        ([], "usage: counterpoise COMMAND"),
    ):
        found = subprocess.run([sys.executable, "-m", "counterpoise", *argv], capture_output=True, text=True)
        assert (found.returncode, found.stderr) == (0, "")
        assert found.stdout.startswith(shown)


COMPARE = ("compare", "cosine", "deconfound+tde", "--data", "digits", "--imbalance", "exponential")
BRIEFLY = ("--epochs", 1, "--seeds", 2, "--tde.alpha", 1, "--device", "cpu", "--out", "out")


@pytest.fixture(scope="module")
def comparison(warm: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Two methods and the baseline on digits: the folder of the runs, and what the command prints."""
    cwd = tmp_path_factory.mktemp("comparison")
    finished = warm(*COMPARE, *BRIEFLY, cwd=cwd)
    assert finished.code == 0, finished.err
    return cwd / "out", finished.out


def test_compare_trains_every_row_and_seed_and_prints_the_report_last(comparison: Trained) -> None:
    out, shown = comparison
    rows = ["cosine", "cross_entropy", "deconfound+tde"]
    folders = [f"{row}-seed{seed}" for row in rows for seed in (0, 1)]
    assert sorted(path.name for path in out.iterdir()) == sorted([*folders, "comparison.json", "report.html"])
    assert shown.splitlines()[-1] == "report: out/report.html"
    assert "* best of its column" in shown
    for folder in folders:
        run, cost = (json.loads((out / folder / name).read_text()) for name in ("run.json", "cost.json"))
        assert run["seed"] == int(folder[-1])
        assert cost["training_seconds"] > 0
        assert cost["seconds_per_image"] > 0
        assert (out / folder / "report.html").exists()
    drawn = {(out / folder / "drawn.json").read_bytes() for folder in folders}
    assert len(drawn) == 1, "all rows see the same images"


def test_compare_again_trains_nothing_and_prints_the_same_object(comparison: Trained, warm: Any) -> None:
    out, _ = comparison
    written = json.loads((out / "comparison.json").read_text())
    again = warm(*COMPARE, *BRIEFLY, "--json", cwd=out.parent)
    assert again.code == 0, again.err
    assert "steps" not in again.out + again.err
    found = as_json(again.out)
    assert {**found, "command": ""} == {**written, "command": ""}
    assert [row["name"] for row in found["rows"]] == ["cross_entropy", "cosine", "deconfound+tde"]
    assert found["rows"][2]["words"][1]["arguments"]["alpha"] == 1
    for row in found["rows"]:
        overall = [evaluation_of(out.parent / folder)["overall"] for folder in row["folders"]]
        assert row["scores"]["overall"]["seeds"] == overall


def test_the_command_of_a_row_finds_its_run(comparison: Trained, warm: Any) -> None:
    out, _ = comparison
    command = json.loads((out / "comparison.json").read_text())["rows"][2]["command"]
    again = warm(*command.split()[1:], cwd=out.parent)
    assert again.code == 0, again.err
    assert again.out.splitlines()[-1] == "out/deconfound+tde-seed0"
    assert "steps" not in again.out


def test_compare_refuses_a_row_before_any_is_trained(warm: Any, tmp_path: Path) -> None:
    refused = warm("compare", "cosine", "cross_entropy+tde", "--data", "digits", "--out", "o", cwd=tmp_path)
    assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)
    assert list(tmp_path.iterdir()) == []

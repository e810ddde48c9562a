"""The command line: a trained run becomes one file that answers as `counterpoise predict` does."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import pytest
from PIL import Image

Trained = tuple[Path, str]
Session = onnxruntime.InferenceSession


def exported(warm: Any, *words: object, cwd: Path) -> list[str]:
    """What the command prints, line by line."""
    finished = warm("export", *words, cwd=cwd)
    assert (finished.code, finished.err) == (0, ""), finished.err
    return finished.out.splitlines()


def predicted(warm: Any, run: Path, *words: object, cwd: Path) -> pd.DataFrame:
    """What the library itself predicts."""
    finished = warm("predict", run, *words, "--out", "found.csv", cwd=cwd)
    assert finished.code == 0, finished.err
    return pd.read_csv(cwd / "found.csv")


def about(session: Session) -> dict[str, Any]:
    return json.loads(session.get_modelmeta().custom_metadata_map["counterpoise"])


def everything(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def test_the_example_serves_what_predict_predicts(
    trained: Trained, shapes: Path, repo: Path, warm: Any, tmp_path: Path
) -> None:
    lines = exported(warm, trained[0], "--out", "served/shapes.onnx", "--target-prior", "train", cwd=tmp_path)
    assert lines[-1] == "served/shapes.onnx"
    assert "largest difference from PyTorch" in lines[-3] and "samples of shapes (test)" in lines[-3]
    shutil.copytree(shapes / "test", tmp_path / "images")
    served = warm.script(repo / "examples" / "serve.py", "served/shapes.onnx", "images", cwd=tmp_path)
    assert served.code == 0, served.err
    found = pd.DataFrame([json.loads(line) for line in served.out.splitlines()])
    known = predicted(warm, trained[0], "images", "--target-prior", "train", cwd=tmp_path)
    assert found.path.tolist() == known.path.tolist()
    assert found.label.tolist() == known.label.tolist()
    assert found.probability.tolist() == pytest.approx(known.probability.tolist(), abs=1e-5)


def test_the_description_lies_beside_the_file_and_in_it(trained: Trained, warm: Any, tmp_path: Path) -> None:
    exported(warm, trained[0], "--out", "x.onnx", "--alpha", 2, cwd=tmp_path)
    beside = json.loads((tmp_path / "x.onnx.json").read_text())
    assert about(Session(tmp_path / "x.onnx")) == beside
    assert (beside["alpha"], beside["choices"][0]) == (2, "alpha 2, as given")
    assert beside["class_names"] == ["circle", "cross", "ring", "square"]
    assert beside["before"]["shorter_side"] == 16
    assert beside["prior"] == [0.25] * 4


def test_alpha_as_input_turns_the_dial(trained: Trained, shapes: Path, warm: Any, tmp_path: Path) -> None:
    exported(warm, trained[0], "--out", "dial.onnx", "--alpha-input", cwd=tmp_path)
    session = Session(tmp_path / "dial.onnx")
    picture = shapes / "test" / "ring" / "0.png"
    pixels = np.asarray(Image.open(picture).resize((16, 16), Image.Resampling.BILINEAR))[None]
    square = shapes.parent / "square.png"
    Image.fromarray(pixels[0]).save(square)
    for alpha in (0.0, about(session)["alpha"], 4.0):
        (probabilities,) = session.run(
            ["probabilities"], {"images": pixels, "alpha": np.array(alpha, np.float32)}
        )
        known = predicted(warm, trained[0], square, "--alpha", alpha, cwd=tmp_path)
        assert probabilities.max() == pytest.approx(known.probability[0], abs=1e-5)


@pytest.mark.parametrize(("form", "ending"), [("torchscript", "pt"), ("safetensors", "safetensors")])
def test_other_formats_are_told_as_json(
    form: str, ending: str, trained: Trained, warm: Any, tmp_path: Path
) -> None:
    finished = warm("export", trained[0], "--format", form, "--out", f"x.{ending}", "--json", cwd=tmp_path)
    assert finished.code == 0, finished.err
    told = json.loads(finished.out)
    assert (told["path"], told["format"]) == (f"x.{ending}", form)
    assert told["bytes"] == (tmp_path / f"x.{ending}").stat().st_size
    assert 0 <= told["difference"] <= 1e-5
    assert told["description"] == json.loads((tmp_path / f"x.{ending}.json").read_text())


def test_without_its_data_a_run_is_tried_on_made_up_samples(
    without_tde: Path, warm: Any, tmp_path: Path
) -> None:
    shutil.copytree(without_tde, tmp_path / "run")
    told = json.loads((tmp_path / "run" / "run.json").read_text())
    told["source"]["data"] = "gone"
    (tmp_path / "run" / "run.json").write_text(json.dumps(told))
    lines = exported(warm, "run", cwd=tmp_path)
    assert lines[-1] == "run/predictor.onnx"
    assert "made-up samples, as the run's own data are not here" in lines[-3]


def test_rows_are_scaled_inside(warm: Any, tmp_path: Path) -> None:
    rows = [f"{i},{'xy'[i % 2]},{i * i if i % 7 else ''},{3 * i + 5 * (i % 2)}" for i in range(80)]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,c,y", *rows]))
    options = ("--data", "t.csv", "--target", "y", "--epochs", 2, "--device", "cpu", "--out", "run")
    assert warm("train", "regression", *options, cwd=tmp_path).code == 0
    exported(warm, "run", cwd=tmp_path)
    session = Session(tmp_path / "run" / "predictor.onnx")
    columns = about(session)["before"]["columns"]
    assert [(one["name"], one["categories"]) for one in columns] == [("a", []), ("b", ["x", "y"]), ("c", [])]
    (tmp_path / "new.csv").write_text("a,b,c\n3,y,\n40,x,1600\n5,z,25\n")
    (values,) = session.run(None, {"rows": np.array([[3, 0, 1, np.nan], [40, 1, 0, 1600], [5, 0, 0, 25]])})
    known = predicted(warm, Path("run"), "new.csv", cwd=tmp_path)
    assert values.tolist() == pytest.approx(known.prediction.tolist(), rel=1e-5)


def test_a_detector_finds_what_it_found(warm: Any, tmp_path: Path) -> None:
    assert warm("data", "scenes", "--out", "scattered", "--images", 20, "--size", 64, cwd=tmp_path).code == 0
    options = ("--data", "scattered", "--epochs", 1, "--batch_size", 8, "--device", "cpu", "--out", "run")
    assert warm("train", "detection_deconfound_tde", *options, cwd=tmp_path).code == 0
    exported(warm, "run", cwd=tmp_path)
    session = Session(tmp_path / "run" / "predictor.onnx")
    names = about(session)["class_names"]
    known = predicted(warm, Path("run"), "scattered/images/val", cwd=tmp_path)
    for path, objects in known.groupby("path"):
        found = session.run(None, {"image": np.asarray(Image.open(tmp_path / str(path)).convert("RGB"))})
        boxes, labels, scores, masks = map(np.asarray, found)
        assert masks.shape == (len(boxes), 64, 64)
        assert sorted(scores) == pytest.approx(sorted(objects.score), abs=1e-5)
        assert sorted(names[label] for label in labels) == sorted(map(str, objects.label))
        assert sorted(boxes[:, 0]) == pytest.approx(sorted(objects.x1), abs=1e-3)


REFUSED: dict[str, tuple[str, str]] = {
    "no run": ("export nowhere", "is this a run folder of counterpoise?"),
    "format": ("export {run} --format onx", "--format expected onnx, torchscript, safetensors, but onx came"),
    "ending": ("export {run} --out x.pt", "--out must end in .onnx for this --format, but x.pt came"),
    "taken": ("export {run} --out taken.onnx", "there is a file taken.onnx already"),
    "under a file": ("export {run} --out taken.onnx/x.onnx", "is no folder that can be written to"),
    "estimate": (
        "export {run} --out x.onnx --target-prior estimate",
        "--target-prior estimate looks at the images that are predicted",
    ),
    "alpha": ("export {run} --out x.onnx --alpha 1", "no total direct effect, so --alpha has no meaning"),
    "dial": ("export {run} --out x.onnx --alpha-input", "no total direct effect, so --alpha-input has no"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_one_line_and_leaves_nothing(
    case: str, without_tde: Path, warm: Any, tmp_path: Path
) -> None:
    command, reason = REFUSED[case]
    (tmp_path / "taken.onnx").write_text("mine")
    before = everything(tmp_path) | everything(without_tde)
    found = warm(*command.format(run=without_tde).split(), cwd=tmp_path)
    assert reason in found.err
    assert (found.code, found.out, found.err.count("\n")) == (2, "", 1)
    assert everything(tmp_path) | everything(without_tde) == before


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (
            lambda run: (run / "checkpoints" / "predictor.safetensors").unlink(),
            "has no trained predictor yet",
        ),
        (lambda run: (run / "choices.json").write_text('{"choices": []}'), "is a run of an earlier version"),
    ],
    ids=["unfinished", "earlier version"],
)
def test_what_is_no_finished_run_is_refused(
    spoil: Callable[[Path], Any], reason: str, without_tde: Path, warm: Any, tmp_path: Path
) -> None:
    shutil.copytree(without_tde, tmp_path / "run")
    spoil(tmp_path / "run")
    before = everything(tmp_path)
    found = warm("export", "run", cwd=tmp_path)
    assert reason in found.err
    assert (found.code, found.out, found.err.count("\n")) == (2, "", 1)
    assert everything(tmp_path) == before

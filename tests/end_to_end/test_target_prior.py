"""Another class mix on the command line, on pictures of shapes."""

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

CLASSES = ["circle", "cross", "ring", "square"]
Trained = tuple[Path, str]


@pytest.fixture(scope="module")
def skewed(shapes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Test pictures with the class mix of the training data."""
    folder = tmp_path_factory.mktemp("skewed")
    for name, count in zip(CLASSES, (6, 3, 2, 1), strict=True):
        (folder / name).mkdir()
        for number in range(count):
            shutil.copy(shapes / "test" / name / f"{number}.png", folder / name)
    return folder


def evaluated(warm: Any, run: Path, *options: object, cwd: Path) -> dict[str, Any]:
    finished = warm("evaluate", run, "--json", *options, cwd=cwd)
    assert finished.code == 0, finished.err
    return json.loads(finished.out)


def probabilities(warm: Any, run: Path, images: Path, *options: object, cwd: Path) -> pd.DataFrame:
    finished = warm("predict", run, images, "--out", "out.csv", *options, cwd=cwd)
    assert finished.code == 0, finished.err
    return pd.read_csv(cwd / "out.csv").set_index("path")


def test_a_run_is_calibrated_without_being_asked(trained: Trained) -> None:
    choices = json.loads((trained[0] / "choices.json").read_text())["choices"]
    assert [choice.split()[0] for choice in choices] == ["alpha", "temperature"]
    told = json.loads((trained[0] / "evaluation.json").read_text())["calibration"]
    assert f"temperature {told['temperature']:.2f}" in choices[1] or told["temperature"] == 1
    assert 0 <= told["ece"] <= 1
    assert sum(one["count"] for one in told["bins"]) == 24
    assert told["before"].keys() == told.keys() - {"temperature", "before"}


def test_evaluate_with_the_training_prior_gives_what_was_promised(
    trained: Trained, skewed: Path, warm: Any, tmp_path: Path
) -> None:
    plain = evaluated(warm, trained[0], "--data", skewed, cwd=tmp_path)
    moved = evaluated(warm, trained[0], "--data", skewed, "--target-prior", "train", cwd=tmp_path)
    assert plain["target_prior"]["answered"] == "uniform"
    assert plain["target_prior"]["overall_with_train_prior"] == moved["overall"]
    assert plain["target_prior"]["overall_with_uniform_prior"] == plain["overall"]
    assert (moved["target_prior"]["answered"], moved["target_prior"]["warning"]) == ("train", None)
    assert moved["target_prior"]["prior"] == pytest.approx([24 / 46, 12 / 46, 6 / 46, 4 / 46], abs=1e-6)
    assert plain["target_prior"]["warning"] is not None
    shown = " ".join(warm("evaluate", trained[0], "--data", skewed, cwd=tmp_path).out.split())
    assert f"warning: the {plain['split']} split looks like the training data" in shown
    assert "Expected calibration error" in shown


def test_a_prior_for_which_the_scores_answer_already_changes_nothing(
    trained: Trained, without_tde: Path, shapes: Path, warm: Any, tmp_path: Path
) -> None:
    for run, own, other in ((trained[0], "uniform", "train"), (without_tde, "train", "uniform")):
        plain = probabilities(warm, run, shapes / "test", cwd=tmp_path)
        same = probabilities(warm, run, shapes / "test", "--target-prior", own, cwd=tmp_path)
        moved = probabilities(warm, run, shapes / "test", "--target-prior", other, cwd=tmp_path)
        assert same.probability.tolist() == pytest.approx(plain.probability.tolist(), abs=1e-5)
        assert (moved.probability - plain.probability).abs().max() > 0.01


@pytest.mark.parametrize("name", ["mix.json", "mix.csv"])
def test_a_file_can_rule_a_class_out(
    name: str, trained: Trained, shapes: Path, warm: Any, tmp_path: Path
) -> None:
    weights = {"circle": 0, "cross": 10, "ring": 10, "square": 20}
    rows = "\n".join(f"{key},{value}" for key, value in weights.items())
    (tmp_path / name).write_text(json.dumps(weights) if name.endswith("json") else f"class,weight\n{rows}\n")
    found = evaluated(warm, trained[0], "--target-prior", name, cwd=tmp_path)
    assert found["per_class"]["circle"] == 0
    assert found["calibration"]["nll"] is None
    assert found["target_prior"]["prior"] == pytest.approx([0, 0.25, 0.25, 0.5])
    assert "circle" not in set(
        probabilities(warm, trained[0], shapes / "test", "--target-prior", name, cwd=tmp_path).label
    )


def test_estimate_says_what_it_found(trained: Trained, shapes: Path, warm: Any, tmp_path: Path) -> None:
    finished = warm(
        "predict", trained[0], shapes / "test" / "circle", "--target-prior", "estimate", cwd=tmp_path
    )
    assert finished.code == 0, finished.err
    assert finished.out.startswith("class prior estimated on 6 images: circle ")
    found = evaluated(warm, trained[0], "--target-prior", "estimate", cwd=tmp_path)
    assert "class prior estimated on 24 images" in found["choices"][-1]
    assert sum(found["target_prior"]["prior"]) == pytest.approx(1)
    assert math.isfinite(found["overall"])


@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_a_wrong_prior_is_one_line(
    command: str, trained: Trained, shapes: Path, warm: Any, tmp_path: Path
) -> None:
    (tmp_path / "mix.json").write_text('{"circle": 1, "cros": 1}')
    images = [shapes / "test"] if command == "predict" else []
    for prior, said in (
        ("mix.json", "lacks cross, ring, square and has cros"),
        ("trian", "but trian is neither"),
    ):
        finished = warm(command, trained[0], *images, "--target-prior", prior, cwd=tmp_path)
        assert (finished.code, finished.out) == (2, "")
        assert said in finished.err
        assert finished.err.count("\n") == 1


def test_a_prior_can_be_settled_in_training(shapes: Path, warm: Any, tmp_path: Path) -> None:
    (tmp_path / "mix.csv").write_text("class,weight\ncircle,1\ncross,1\nring,1\nsquare,5\n")
    common = ("--data", shapes, "--epochs", 1, "--image_size", 16, "--out", "run")
    options = ("--with", "target_prior", "--target_prior.prior", "mix.csv")
    finished = warm("train", "cross_entropy", *options, *common, cwd=tmp_path)
    assert finished.code == 0, finished.err
    (tmp_path / "mix.csv").unlink()
    found = evaluated(warm, tmp_path / "run", cwd=tmp_path)
    assert found["target_prior"]["prior"] == pytest.approx([1 / 8, 1 / 8, 1 / 8, 5 / 8])

"""What cannot work is refused in one line, with exit code 2, and leaves nothing behind."""

import shutil
from pathlib import Path
from typing import Any

import pytest

TRAIN = "train deconfound_tde --epochs 1 --image_size 16 --out run --data"

REFUSED = {
    "no data": ("train cosine", "the following arguments are required: data"),
    "missing folder": (f"{TRAIN} nowhere", "there is no 'nowhere'"),
    "nearly a word": (f"{TRAIN} digit", "did you mean digits?"),
    "empty folder": (f"{TRAIN} empty", "found no images in empty"),
    "a file": (
        f"{TRAIN} plain",
        "expected a folder, a .csv, .tsv or .json file, or embeddings (.npz, .safetensors, .parquet), "
        "but got the file plain",
    ),
    "one class": (f"{TRAIN} one_class", "at least 2 classes, but found only circle"),
    "class in test alone": (f"{TRAIN} extra", "test has class 'hexagon'"),
    "class without images": (f"{TRAIN} hollow", "class 'void' has none"),
    "broken image": (
        f"{TRAIN} broken",
        "cannot read the image train/cross/3.png (1 unreadable images in all)",
    ),
    "split of another name": (f"{TRAIN} misnamed", "'tset', which is no split; did you mean test?"),
    "label out of range": (f"{TRAIN} labels", "but test has label 9"),
    "label no number": (f"{TRAIN} words", "LABEL an integer of 0 or more, in line 2"),
    "listed file missing": (f"{TRAIN} lost", "cannot find the image lost/gone.png"),
    "table without label": (f"{TRAIN} bare.csv", "'label' is missing"),
    "groups": (f"{TRAIN} shapes --groups 3", "groups=3 for 64 features"),
    "gamma": (f"{TRAIN} shapes --gamma -1", "gamma must not be negative, but -1.0 came"),
    "ratio": (f"{TRAIN} shapes --imbalance step --ratio 0.5", "at least 1, but got 0.5"),
    "too few for the ratio": (
        f"{TRAIN} shapes --imbalance exponential --ratio 100",
        "a ratio of 100 leaves 3 without",
    ),
    "image size": ("train cosine --data shapes --image_size 4 --out run", "at least 8 pixels, but got 4"),
    "epochs": (f"{TRAIN} shapes --epochs 0", "epochs and batch_size must be at least 1, but 0"),
    "not a number": (f"{TRAIN} shapes --lr fast", "--lr expected float, but fast came"),
    "not a choice": (f"{TRAIN} shapes --schedule slow", "--schedule"),
    "alpha": (f"{TRAIN} shapes --alpha big", "--alpha expected float or auto, but big came"),
    "alpha nan": (f"{TRAIN} shapes --alpha nan", "--alpha expected float or auto, but nan came"),
    "direction momentum": (f"{TRAIN} shapes --direction_momentum 2", "momentum must lie in 0 .. 1, but 2"),
    "seed": (f"{TRAIN} shapes --seed -1", "seeds of 0 or more, but got (-1,)"),
    "backbone": (f"{TRAIN} shapes --backbone resnet33", "did you mean resnet33ts, resnet34"),
    "device": (f"{TRAIN} shapes --device mps", "there is no mps device here"),
    "devices": (f"{TRAIN} shapes --devices 0", "devices and nodes must be at least 1, but 0"),
    "strategy": (f"{TRAIN} shapes --strategy fsdp", "among several devices, but one trains"),
    "unknown option": (f"{TRAIN} shapes --wings 2", "--wings"),
    "option of another word": ("train cosine --data shapes --out run --gamma 1", "--gamma"),
    "unknown recipe": (
        "train deconfund --data shapes --out run",
        "did you mean deconfound or deconfound_tde or detection_deconfound?",
    ),
    "modifier as recipe": ("train tde --data shapes --out run", "'tde' is a modifier, not a recipe"),
    "recipe as modifier": (
        "train cosine --with capsule --data shapes",
        "'capsule' is a recipe, not a modifier",
    ),
    "unknown modifier": ("train cosine --with tdee --data shapes --out run", "did you mean tde?"),
    "modifier twice": ("train cosine --with tde tde --data shapes", "--with names tde twice"),
    "no modifier": ("train cosine --with --data shapes --out run", "--with expects the names of modifiers"),
    "tde over linear": ("train cross_entropy --with tde --data shapes", "but LinearClassifier does not"),
    "no recipe": ("train --data shapes", "train expects the name of a recipe first"),
    "unknown preset": (f"{TRAIN} shapes --preset cifar", "unknown preset 'cifar'"),
    "unknown command": ("trian deconfound", "unknown command 'trian'; did you mean train?"),
    "out under a file": (
        "train cosine --data shapes --image_size 16 --out plain/run",
        "cannot write plain/run",
    ),
    "evaluate no run": ("evaluate shapes", "is this a run folder of counterpoise?"),
    "evaluate nothing": ("evaluate nowhere", "is this a run folder of counterpoise?"),
    "evaluate other classes": ("evaluate {run} --data extra", "'hexagon'"),
    "evaluate another split": ("evaluate {run} --split night", "has no split 'night', only train, val, test"),
    "alpha without tde": ("evaluate {run} --alpha 1", "no total direct effect, so --alpha has no meaning"),
    "predict nothing": ("predict {run} nowhere.png", "there is no image or folder nowhere.png"),
    "predict empty": ("predict {run} empty", "found no images at empty"),
    "predict broken": (
        "predict {run} broken/train/cross/3.png",
        "cannot read the image broken/train/cross/3.png",
    ),
    "predict to text": ("predict {run} shapes --out found.txt", "--out must end in .csv or .parquet"),
    "predict under a file": (
        "predict {run} shapes/test --out plain/found.csv",
        "cannot write plain/found.csv",
    ),
    "report no run": ("report shapes", "cannot read shapes/evaluation.json"),
    "inspect nothing": ("inspect nowhere", "there is no 'nowhere'"),
}


@pytest.fixture(scope="module")
def place(shapes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder full of data that something is wrong with."""
    here = tmp_path_factory.mktemp("place")
    (here / "shapes").symlink_to(shapes)
    (here / "empty").mkdir()
    (here / "plain").write_text("just a file")
    for name in ("extra", "hollow", "broken", "misnamed"):
        shutil.copytree(shapes, here / name)
    shutil.copytree(shapes / "train" / "circle", here / "one_class" / "train" / "circle")
    shutil.copytree(shapes / "test" / "ring", here / "extra" / "test" / "hexagon")
    (here / "hollow" / "train" / "void").mkdir()
    (here / "broken" / "train" / "cross" / "3.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    (here / "misnamed" / "test").rename(here / "misnamed" / "tset")
    listed(here / "labels", "train.txt", "train/circle/0.png 0", "train/ring/0.png 1")
    listed(here / "labels", "test.txt", "test/circle/0.png 9")
    listed(here / "words", "train.txt", "train/circle/0.png 0", "train/ring/0.png ring")
    listed(here / "lost", "train.txt", "gone.png 0", "gone_too.png 1")
    (here / "bare.csv").write_text("path,class\nshapes/train/circle/0.png,circle\n")
    return here


def listed(folder: Path, name: str, *lines: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(lines))


def everything(folder: Path) -> set[str]:
    return {str(path) for path in folder.rglob("*")}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_one_line_and_leaves_nothing(
    case: str, place: Path, without_tde: Path, warm: Any
) -> None:
    command, reason = REFUSED[case]
    before = everything(place) | everything(without_tde)
    found = warm(*command.format(run=without_tde).split(), cwd=place)
    assert found.err.startswith("counterpoise: error: ")
    assert reason in found.err
    assert (found.code, found.err.count("\n")) == (2, 1)
    assert everything(place) | everything(without_tde) == before


def test_an_unfinished_run_is_no_run_to_evaluate(without_tde: Path, warm: Any, tmp_path: Path) -> None:
    shutil.copytree(without_tde, tmp_path / "run")
    (tmp_path / "run" / "checkpoints" / "predictor.safetensors").unlink()
    found = warm("evaluate", "run", cwd=tmp_path)
    assert (found.code, found.err.count("\n")) == (2, 1)
    assert "run has no trained predictor yet; repeat its train command to finish it" in found.err


def test_a_run_whose_data_have_changed_says_so(shapes: Path, warm: Any, tmp_path: Path) -> None:
    shutil.copytree(shapes, tmp_path / "data")
    options = ("--data", "data", "--epochs", 1, "--image_size", 16, "--out", "run")
    assert warm("train", "cosine", *options, cwd=tmp_path).code == 0
    (tmp_path / "data" / "test" / "ring" / "0.png").unlink()
    found = warm("evaluate", "run", cwd=tmp_path)
    assert found.code == 2
    assert "the data at data are not those of this run any more" in found.err
    shutil.rmtree(tmp_path / "data")
    assert "there is no 'data'" in warm("evaluate", "run", cwd=tmp_path).err


def test_a_traceback_is_shown_to_who_asks_for_it(place: Path, warm: Any) -> None:
    found = warm("evaluate", "nowhere", cwd=place, env={"COUNTERPOISE_TRACEBACK": "1"})
    assert found.code == 1
    assert "Traceback" in found.err

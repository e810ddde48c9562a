"""``counterpoise embed --backbone``: from images to a folder that every command takes as data."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from counterpoise.backbones import Resized, timm_backbone
from counterpoise.cli import embed_images
from counterpoise.cli.main import main
from counterpoise.data.sources import Source, load

SMALL = ("--batch_size", "8", "--shard_rows", "8", "--workers", "0", "--device", "cpu")
UNTRAINED = ("--backbone", "test_resnet", "--pretrained", "false", *SMALL)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """30 training images in 3 classes, and 12 test images, each class of another colour."""
    folder, chance = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for split, counts in {"train": (16, 9, 5), "test": (4, 4, 4)}.items():
        for label, count in enumerate(counts):
            (folder / split / "abc"[label]).mkdir(parents=True)
            for number in range(count):
                pixels = chance.integers(0, 60, (16, 16, 3), dtype=np.uint8)
                pixels[..., label] += 150
                Image.fromarray(pixels).save(folder / split / "abc"[label] / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def embedded(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their embeddings."""
    out = tmp_path_factory.mktemp("embedded") / "e"
    assert main(["embed", "--data", str(images), "--out", str(out), *UNTRAINED]) == 0
    return out


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_folder_is_data(embedded: Path) -> None:
    data = load(Source(str(embedded)))
    assert data.facts.class_counts == (16, 9, 5)
    assert data.facts.class_names == ("a", "b", "c")
    assert data.facts.split_sizes == {"train": 30, "test": 12}
    assert data.splits["test"].names[0] == "test/a/0.png"
    told = json.loads((embedded / "embeddings.json").read_text())
    assert told["backbone"]["timm"] == "test_resnet"
    assert (told["dim"],) == data.facts.shape


def test_train_evaluate_predict_and_inspect_take_it(
    embedded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, quick = str(tmp_path / "run"), ("--epochs", "3", "--batch_size", "10", "--device", "cpu")
    assert main(["inspect", str(embedded)]) == 0
    assert main(["train", "deconfound_tde", "--data", str(embedded), *quick, "--out", run]) == 0
    capsys.readouterr()
    assert main(["evaluate", run, "--data", str(embedded), "--device", "cpu", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["samples"] == 12
    assert again["overall"] == json.loads((tmp_path / "run" / "evaluation.json").read_text())["overall"]
    out = tmp_path / "found.csv"
    assert main(["predict", run, str(embedded), "--device", "cpu", "--out", str(out)]) == 0
    assert len(out.read_text().splitlines()) == 43


def test_recipes_are_compared_on_it(embedded: Path, tmp_path: Path) -> None:
    words = [
        "balanced_softmax",
        "--data",
        str(embedded),
        "--epochs",
        "2",
        "--batch_size",
        "10",
        "--seeds",
        "1",
    ]
    assert main(["compare", *words, "--device", "cpu", "--out", str(tmp_path / "c")]) == 0
    found = json.loads((tmp_path / "c" / "comparison.json").read_text())
    assert found["source"]["data"] == str(embedded)
    assert (tmp_path / "c" / "balanced_softmax-seed0" / "report.html").exists()


def test_a_killed_command_leaves_the_same_bytes(
    images: Path, embedded: Path, tmp_path: Path, warm: Callable[..., Any]
) -> None:
    words = ("embed", "--data", images, "--out", "e", *UNTRAINED)
    (first,) = warm.ask(words, tmp_path, seconds=0, ended_by=signal.SIGKILL, watch=Path("e/train/00001.npy"))  # pyright: ignore
    assert first.code != 0
    assert not (tmp_path / "e" / "embeddings.json").exists()
    assert main(["embed", "--data", str(images), "--out", str(tmp_path / "e"), *UNTRAINED]) == 0
    left = {name: found for name, found in content(tmp_path / "e").items() if not name.endswith(".partial")}
    assert left == content(embedded)


def test_a_finished_run_is_a_backbone(images: Path, tmp_path: Path) -> None:
    run = str(tmp_path / "run")
    quick = ("--epochs", "1", "--batch_size", "10", "--backbone", "small_cnn", "--device", "cpu")
    assert main(["train", "cross_entropy", "--data", str(images), *quick, "--out", run]) == 0
    out = str(tmp_path / "e")
    assert main(["embed", "--data", str(images), "--backbone", run, "--out", out, *SMALL]) == 0
    assert load(Source(out)).facts.shape == (64,)
    assert main(["embed", "--data", "digits", "--backbone", run, "--out", str(tmp_path / "d"), *SMALL]) == 2


def test_a_size_that_is_asked_for_is_that_of_the_images(tmp_path: Path) -> None:
    words = (
        "embed",
        "--data",
        "digits",
        "--image_size",
        "16",
        "--shard_rows",
        "5000",
        "--out",
        str(tmp_path),
    )
    assert main([*words, *UNTRAINED[:4], "--device", "cpu"]) == 0
    assert json.loads((tmp_path / "embeddings.json").read_text())["shape"] == [1, 16, 16]


def test_a_pretrained_model_receives_the_size_it_was_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def untrained(name: str, *, pretrained: bool, **options: Any) -> Any:
        assert pretrained
        return timm_backbone(name, pretrained=False, **options)

    monkeypatch.setattr(embed_images, "timm_backbone", untrained)
    words = ["--data", "digits", "--backbone", "test_resnet", "--out", "o"]
    data, frozen = embed_images.of_timm(embed_images.image_parser().parse_args(words))
    assert data.facts.shape == (1, 8, 8)
    assert isinstance(frozen.backbone, Resized)
    assert frozen.backbone.size == frozen.told["size"] == 160
    images = frozen.plain.batch(data.splits["test"].samples.read(torch.arange(2)), torch.empty(2, 0))
    assert frozen.backbone.eval()(images).shape == (2, frozen.backbone.num_features)


REFUSED = {
    "nothing there": ("--data nowhere --out o --backbone test_resnet", "there is no 'nowhere'"),
    "no such model": ("--data {images} --out o --backbone resnet999", "no backbone 'resnet999'"),
    "other options": (
        "--data {images} --out {embedded} --backbone test_resnet --pretrained false --dtype float32",
        "holds other embeddings (their dtype, shard_rows, batch_size differ)",
    ),
    "embeddings": (
        "--data {embedded} --out o --backbone test_resnet --pretrained false",
        "embed is for images with one class each, but e has embeddings",
    ),
    "numbers": ("--data {images} --out o --backbone test_resnet --batch_size 0", "must be at least 1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_work_is_one_line(
    case: str,
    images: Path,
    embedded: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    words, reason = REFUSED[case]
    pretrained = [] if "--pretrained" in words else ["--pretrained", "false"]
    assert main(["embed", *words.format(images=images, embedded=embedded).split(), *pretrained]) == 2
    shown = capsys.readouterr().err
    assert reason in shown
    assert shown.count("\n") == 1
    assert not (tmp_path / "o").exists()

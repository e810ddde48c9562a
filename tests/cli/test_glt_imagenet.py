"""ImageNet-GLT from the command line, on a tiny folder like ImageNet's."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from counterpoise.cli.glt_imagenet import pretrained_features, training_images
from counterpoise.cli.main import main
from counterpoise.data.protocols.imagenet_glt import imagenet_glt_sizes
from counterpoise.data.sources import Source, load
from counterpoise.errors import InputError

PER_CLUSTER = {
    "n01440764": (24, 20, 18, 14, 12, 8),
    "n01443537": (48, 36, 30, 20, 14, 12),
    "n02084071": (36, 28, 22, 16, 10, 8),
}


@pytest.fixture(scope="module")
def imagenet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with train/ and val/, and features in which the clusters of a class lie far apart."""
    folder, rows = tmp_path_factory.mktemp("ILSVRC2012"), []
    Image.new("RGB", (9, 8), (90, 30, 10)).save(folder / "one.jpg")
    for wnid, sizes in PER_CLUSTER.items():
        (folder / "train" / wnid).mkdir(parents=True)
        kinds = np.repeat(np.arange(6), sizes)
        for number, kind in enumerate(kinds):
            (folder / "train" / wnid / f"{wnid}_{number:04d}.JPEG").write_bytes(
                (folder / "one.jpg").read_bytes()
            )
            rows.append(np.eye(6)[kind] * 9)
    (folder / "val").mkdir()
    np.save(folder / "features.npy", np.stack(rows) + np.random.default_rng(0).normal(0, 0.1, (len(rows), 6)))
    return folder


def drawn(imagenet: Path, out: Path, *options: str, data: str = "") -> int:
    argv = ["data", "glt", "--preset", "imagenet_glt", "--data", str(imagenet / data), "--out", str(out)]
    return main([*argv, "--test", "8", *options])


def test_the_tables_are_those_of_the_rules(imagenet: Path, tmp_path: Path, capsys) -> None:
    features = ("--features", str(imagenet / "features.npy"))
    assert drawn(imagenet, tmp_path / "splits", *features) == 0
    shown = capsys.readouterr().out
    assert "lt.csv: 116 train, 36 val, 72 test" in shown
    assert f"train cross_entropy --data {tmp_path / 'splits' / 'glt.csv'} --image-size 112" in shown
    for name, wanted in (("clt", 3 * 20), ("glt", 3 * (5 + 6 + 4)), ("alt", 3 * (5 + 6 + 4)), ("lt", 72)):
        assert load(Source(str(tmp_path / "splits" / f"{name}.csv"))).facts.split_sizes["test"] == wanted
    alt = load(Source(str(tmp_path / "splits" / "alt.csv")))
    assert set(Counter(alt.splits["val"].targets.tolist()).values()) == {10}
    assert (tmp_path / "splits" / "attributes.html").exists()


def test_the_recipe_says_what_is_ours(imagenet: Path, tmp_path: Path) -> None:
    drawn(imagenet / "train", tmp_path, "--features", str(imagenet / "features.npy"))
    recipe = json.loads((tmp_path / "splits.json").read_text())
    assert recipe["preset"] == "imagenet_glt"
    assert "interpolated in their logarithm" in recipe["rules"]
    assert recipe["sizes"] == dict(
        zip(["n01443537", "n02084071", "n01440764"], imagenet_glt_sizes(3).tolist(), strict=True)
    )
    assert recipe["data"]["images"] == sum(map(sum, PER_CLUSTER.values()))


def test_features_are_those_of_raw_pixels(tmp_path: Path, monkeypatch) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 260, 300, 3), dtype=np.uint8)
    for wnid, picture in zip(("n01", "n02"), pixels, strict=True):
        (tmp_path / wnid).mkdir()
        Image.fromarray(picture).save(tmp_path / wnid / "0.png")
    backbone = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    monkeypatch.setattr(backbone, "num_features", 3, raising=False)
    monkeypatch.setattr("counterpoise.cli.glt_imagenet.timm_backbone", lambda *_, **__: backbone)
    monkeypatch.setattr("counterpoise.cli.glt_imagenet.PORTION", 1)
    _, pool, names = training_images(tmp_path)
    assert names == ("n01", "n02")
    centres = torch.from_numpy(pixels[:, 2:258, 22:278]).double().mean(dim=(1, 2)) / 255
    torch.testing.assert_close(pretrained_features(pool, "cpu").double(), centres, rtol=0, atol=1e-6)


def test_without_weights_features_are_asked_for(imagenet: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    def offline(*_, **__) -> nn.Module:
        raise InputError("cannot build resnet50.tv_in1k (with pretrained weights): no network")

    monkeypatch.setattr("counterpoise.cli.glt_imagenet.timm_backbone", offline)
    assert drawn(imagenet, tmp_path / "out") == 2
    assert "no network; name a file of features of your own with --features" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--mix", "3", "2", "1", "--val-share", "0.1"),
            "imagenet_glt settles --mix, --val-share; leave it out",
        ),
        (("--image-size", "64"), "imagenet_glt settles --image-size; leave it out"),
        (("--features", "one.npy"), "cannot read features from one.npy"),
        (("--test", "0"), "a test size below 8"),
        (("--preset", "imagenet"), "--preset expected"),
    ],
)
def test_options_that_make_no_sense(options, message: str, imagenet: Path, tmp_path: Path, capsys) -> None:
    given = options if "--features" in options else ("--features", str(imagenet / "features.npy"), *options)
    try:
        assert drawn(imagenet, tmp_path / "out", *given) == 2
    except SystemExit as refused:
        assert refused.code == 2
    assert message in capsys.readouterr().err


def test_a_folder_in_use_is_refused_before_anything_is_encoded(
    imagenet: Path, tmp_path: Path, capsys
) -> None:
    (tmp_path / "mine").write_text("")
    assert drawn(imagenet, tmp_path) == 2
    assert "expected a new or empty folder for the splits" in capsys.readouterr().err


def test_a_folder_of_images_is_needed(imagenet: Path, tmp_path: Path, capsys) -> None:
    assert drawn(imagenet, tmp_path / "out", data="features.npy") == 2
    assert "draws from the folder of the training images of ILSVRC 2012" in capsys.readouterr().err

"""Features that are named on the command line."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from counterpoise.classifiers import LinearClassifier
from counterpoise.cli.glt_features import digest, named_features, read_features
from counterpoise.data.data import Data, Split
from counterpoise.data.samples import ImageFiles, PackedImages
from counterpoise.errors import InputError
from counterpoise.net import Net


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [
        (np.float16, torch.float32),
        (np.float32, torch.float32),
        (np.float64, torch.float64),
        (np.int32, torch.float64),
    ],
)
def test_numbers_take_no_more_memory_than_they_need(stored, wanted, tmp_path: Path) -> None:
    np.save(tmp_path / "own.npy", np.arange(6, dtype=stored).reshape(3, 2))
    found = read_features(tmp_path / "own.npy", 3)
    assert found.dtype == wanted
    assert found.tolist() == [[0, 1], [2, 3], [4, 5]]


def test_image_files_are_brought_to_the_size_of_a_run(tiny: Data, tmp_path: Path, monkeypatch) -> None:
    facts = replace(tiny.facts, shape=(3, 8, 8), mean=(0.0,) * 3, std=(1.0,) * 3)
    run, net = SimpleNamespace(data=SimpleNamespace(facts=facts)), Net(nn.Flatten(), LinearClassifier(192, 2))
    monkeypatch.setattr("counterpoise.cli.glt_features.recreate", lambda _: (run, net))
    Image.new("RGB", (30, 20), (51, 0, 0)).save(tmp_path / "red.png")
    files = Split(ImageFiles([str(tmp_path / "red.png")], 20), torch.tensor([0]), ("red.png",))
    assert named_features(str(tmp_path), files, "cpu").sum() == pytest.approx(64 * 0.2)
    packed = Split(PackedImages(files.samples.read(torch.tensor([0]))), files.targets, files.names)
    with pytest.raises(
        InputError, match=r"of shape \(3, 8, 8\), but the images are \(3, 20, 20\); give --image-size"
    ):
        named_features(str(tmp_path), packed, "cpu")


def test_files_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "two.npz", np.zeros((3, 2)), np.zeros((3, 2)))
    np.save(tmp_path / "words.npy", np.array([["a"], ["b"], ["c"]]))
    for name in ("two.npz", "words.npy"):
        with pytest.raises(InputError, match="expected one array of numbers with 3 rows"):
            read_features(tmp_path / name, 3)


def test_a_digest_is_one_of_the_numbers() -> None:
    features = torch.randn(4, 3)
    assert digest(features) == digest(features.clone()) != digest(features + 1)
    assert digest(features.T.contiguous().T) == digest(features)

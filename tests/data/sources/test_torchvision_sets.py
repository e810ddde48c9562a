import hashlib
import pickle
from pathlib import Path

import numpy as np
import pytest
from torchvision.datasets import CIFAR10

from counterpoise.data.sources import Source, load
from counterpoise.data.sources.torchvision_sets import cache_folder, cifar10
from counterpoise.errors import InputError


@pytest.fixture
def local_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tiny CIFAR-10 in torchvision's own format."""
    folder = tmp_path / CIFAR10.base_folder
    folder.mkdir()

    def write(name: str, content: dict) -> str:
        (folder / name).write_bytes(pickle.dumps(content))
        return hashlib.md5((folder / name).read_bytes()).hexdigest()

    def batch(labels: list[int]) -> dict:
        pixels = np.random.default_rng(0).integers(0, 256, (len(labels), 3072), dtype=np.uint8)
        return {"data": pixels, "labels": labels}

    train, test = write("train", batch([0, 1, 1, 0])), write("test", batch([1, 0]))
    meta = write("meta", {"label_names": ["plane", "car"]})
    monkeypatch.setattr(CIFAR10, "train_list", [["train", train]])
    monkeypatch.setattr(CIFAR10, "test_list", [["test", test]])
    monkeypatch.setattr(CIFAR10, "meta", {"filename": "meta", "key": "label_names", "md5": meta})
    return tmp_path


def test_a_local_copy_needs_no_network(local_copy: Path) -> None:
    data = load(Source(data="cifar10", root=str(local_copy)))
    assert data.facts.class_names == ("plane", "car")
    assert data.facts.shape == (3, 32, 32)
    assert data.facts.mean == (0.4914, 0.4822, 0.4465)
    assert data.facts.std == (0.2023, 0.1994, 0.2010)
    assert data.splits["train"].targets.tolist() == [0, 1, 1, 0]
    assert data.splits["test"].names == ("test/0", "test/1")


def test_a_failed_download_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: CIFAR10) -> None:
        raise OSError("no route\nto host")

    monkeypatch.setattr(CIFAR10, "download", fail)
    with pytest.raises(InputError, match=r"cannot get cifar10.*no route to host.*--root") as caught:
        cifar10(root=tmp_path)
    assert "\n" not in str(caught.value)


def test_the_cache_follows_the_users_wish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "counterpoise"

import hashlib
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.io import savemat
from torchvision.datasets import CIFAR10, SVHN

from counterpoise.counts import count_classes
from counterpoise.data.profiles import by_digit, draw_long_tail, exponential_counts, unlabeled_counts
from counterpoise.data.sources import Source, load
from counterpoise.data.sources.torchvision_sets import cache_folder, cifar10, svhn
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


@pytest.fixture
def house_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small SVHN in its own format: in the files digit 0 has the label 10."""
    sizes = {"train": 60, "test": 2, "extra": 50}
    places = {}
    for seed, (split, per_class) in enumerate(sizes.items()):
        labels = np.tile(np.arange(1, 11, dtype=np.uint8), per_class)
        pixels = np.random.default_rng(seed).integers(0, 256, (32, 32, 3, len(labels)), dtype=np.uint8)
        file = tmp_path / f"{split}_32x32.mat"
        savemat(file, {"X": pixels, "y": labels[:, None]})
        places[split] = ["http://nowhere.invalid", file.name, hashlib.md5(file.read_bytes()).hexdigest()]
    monkeypatch.setattr(SVHN, "split_list", places)
    return tmp_path


def test_house_numbers_have_the_class_of_their_digit(house_numbers: Path) -> None:
    data = load(Source("svhn", root=str(house_numbers)))
    assert data.facts.class_names == tuple("0123456789")
    assert data.facts.split_sizes == {"train": 600, "test": 20}
    assert data.splits["train"].targets[:11].tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert data.splits["test"].names[-1] == "test/19"
    assert (data.facts.mean, data.facts.std) == ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    assert data.facts.shape == (3, 32, 32)
    rows = np.random.default_rng(0).integers(0, 256, (32, 32, 3, 600), dtype=np.uint8)
    assert torch.equal(
        data.splits["train"].samples.read(torch.tensor([7]))[0], torch.from_numpy(rows[..., 7])
    )


def test_the_long_tail_of_house_numbers_goes_from_digit_1_to_0(house_numbers: Path) -> None:
    data = load(Source("svhn", root=str(house_numbers), imbalance="exponential", ratio=10))
    ranked = exponential_counts(600, 10, 10)
    assert data.class_counts.tolist() == by_digit(ranked).tolist()
    assert data.class_counts[[1, 9, 0]].tolist() == [60, 7, 6]
    whole = load(Source("svhn", root=str(house_numbers)))
    assert data.drawn is not None
    assert torch.equal(data.drawn, draw_long_tail(whole.splits["train"].targets, by_digit(ranked)))


def test_the_head_has_at_most_a_thousand_house_numbers(
    house_numbers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert svhn(root=house_numbers).head == 1000
    monkeypatch.setattr("counterpoise.data.sources.torchvision_sets.SVHN_HEAD", 40)
    data = load(Source("svhn", root=str(house_numbers), imbalance="exponential", ratio=10))
    assert data.class_counts.tolist() == by_digit(exponential_counts(400, 10, 10)).tolist()


def test_extra_house_numbers_are_unlabeled_ones(house_numbers: Path) -> None:
    options = {"root": str(house_numbers), "imbalance": "exponential", "ratio": 10}
    alone = load(Source("svhn", **options))
    data = load(Source("svhn", **options, unlabeled="extra", unlabeled_amount=0.5, unlabeled_ratio=5.0))
    assert data.splits["train"].names == alone.splits["train"].names
    asked = by_digit(unlabeled_counts(0.5 * int(alone.class_counts.sum()), 10, 5))
    unlabeled = data.splits["unlabeled"]
    assert count_classes(unlabeled.targets, 10).tolist() == asked.tolist()
    assert data.facts.unlabeled == (*asked.tolist(), 0)
    assert all(name.startswith("extra/") for name in unlabeled.names)
    assert data.facts.notes == ()


def test_extra_house_numbers_that_are_too_few_are_told(house_numbers: Path) -> None:
    options = {"imbalance": "exponential", "ratio": 10, "unlabeled": "extra", "unlabeled_amount": 2.0}
    (note,) = load(Source("svhn", root=str(house_numbers), **options)).facts.notes
    assert "class 1: 50 of " in note


def test_without_a_long_tail_all_extra_house_numbers_are_unlabeled(house_numbers: Path) -> None:
    data = load(Source("svhn", root=str(house_numbers), unlabeled="extra", image_size=16))
    assert data.facts.unlabeled == (*[50] * 10, 0)
    assert data.splits["unlabeled"].samples.shape == data.facts.shape == (3, 16, 16)


def test_extra_house_numbers_are_read_only_when_asked_for(house_numbers: Path) -> None:
    (house_numbers / "extra_32x32.mat").unlink()
    assert load(Source("svhn", root=str(house_numbers))).facts.split_sizes == {"train": 600, "test": 20}
    with pytest.raises(InputError, match=r"cannot get svhn.*extra_32x32.mat with --root"):
        load(Source("svhn", root=str(house_numbers), unlabeled="extra"))

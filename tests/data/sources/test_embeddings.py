"""Embeddings in arrays that people have: what is found, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.numpy import save_file

from counterpoise.data import inspect
from counterpoise.data.data import Data
from counterpoise.data.sources import Source, load
from counterpoise.data.sources import embeddings as ours
from counterpoise.data.sources.embeddings import labeled_embeddings, unlabeled_embeddings
from counterpoise.errors import InputError

N, D = 60, 5
FEATURES = np.random.default_rng(0).normal(2, 3, (N, D)).astype(np.float32)
LABELS = np.arange(N) % 3
SPLIT = np.array(["train"] * 40 + ["val"] * 8 + ["test"] * 12)


def arrays(**changed: Any) -> dict[str, Any]:
    """Features, labels and split; None leaves one out."""
    found = {"features": FEATURES, "labels": LABELS, "split": SPLIT, **changed}
    return {name: array for name, array in found.items() if array is not None}


def found_in(path: Path, **options: Any) -> Data:
    return load(Source(str(path), **options))


def write(kind: str, place: Path) -> Path:
    """The same 40, 8 and 12 rows in one of the layouts."""
    if kind == "npz":
        np.savez(place / "e.npz", **arrays())
        return place / "e.npz"
    if kind == "compressed":
        np.savez_compressed(place / "e.npz", X=FEATURES, y=LABELS, split=SPLIT)
        return place / "e.npz"
    if kind == "parquet":
        frame = pd.DataFrame({"id": LABELS, "embeddings": list(FEATURES), "labels": LABELS, "split": SPLIT})
        frame.to_parquet(place / "e.parquet")
        return place / "e.parquet"
    if kind == "three arrays":
        for name, array in arrays().items():
            np.save(place / f"{name}.npy", array)
        return place
    for split in ("train", "val", "test"):
        some = {"features": FEATURES[split == SPLIT], "labels": LABELS[split == SPLIT]}
        if kind == "npz of splits":
            np.savez(place / f"{split}.npz", **some)
        elif kind == "safetensors of splits":
            save_file(some, place / f"{split}.safetensors")
        else:
            np.save(place / f"{split}_X.npy", some["features"])
            np.save(place / f"{split}_y.npy", some["labels"])
    return place


LAYOUTS = (
    "npz",
    "compressed",
    "parquet",
    "three arrays",
    "npz of splits",
    "safetensors of splits",
    "npy of splits",
)


@pytest.mark.parametrize("kind", LAYOUTS)
def test_every_layout_gives_the_same_data(kind: str, tmp_path: Path) -> None:
    data = found_in(write(kind, tmp_path))
    assert (data.facts.kind, data.facts.task, data.facts.shape) == ("embedding", "classification", (D,))
    assert data.facts.split_sizes == {"train": 40, "val": 8, "test": 12}
    assert data.facts.class_names == ("0", "1", "2")
    for split, part in data.splits.items():
        assert torch.equal(
            part.samples.read(torch.arange(len(part))), torch.from_numpy(FEATURES[split == SPLIT])
        )
        assert part.targets.tolist() == LABELS[split == SPLIT].tolist()


def test_features_are_standardised_by_training(tmp_path: Path) -> None:
    np.savez(tmp_path / "e.npz", **arrays())
    facts = found_in(tmp_path / "e.npz").facts
    train = FEATURES[:40].astype(np.float64)
    assert facts.mean == pytest.approx(train.mean(0))
    assert facts.std == pytest.approx(train.std(0))


def test_at_most_some_rows_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours, "LOOKED_AT", 3)
    np.savez(tmp_path / "e.npz", **arrays())
    assert found_in(tmp_path / "e.npz").facts.mean == pytest.approx(FEATURES[[0, 20, 39]].mean(0))


def test_zeros_stay_zeros(tmp_path: Path) -> None:
    np.savez(tmp_path / "e.npz", **arrays(features=np.zeros((N, D), np.float16)))
    assert found_in(tmp_path / "e.npz").facts.std == (1.0,) * D


def test_rows_without_a_split_are_shared_out(tmp_path: Path) -> None:
    np.savez(tmp_path / "e.npz", **arrays(split=None))
    data, other = (found_in(tmp_path / "e.npz", split_seed=seed) for seed in (0, 1))
    assert data.facts.split_sizes == {"train": 42, "val": 6, "test": 12}
    assert data.splits["test"].names[0].startswith("e.npz:")
    assert data.facts.fingerprint != other.facts.fingerprint
    assert data.facts.fingerprint == found_in(tmp_path / "e.npz").facts.fingerprint


def test_texts_are_class_names_and_numbers_stand_by_value(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", **arrays(labels=np.array(["cat", "ant", "bee"])[LABELS]))
    data = found_in(tmp_path / "t.npz")
    assert data.facts.class_names == ("ant", "bee", "cat")
    assert data.splits["train"].targets[:3].tolist() == [2, 0, 1]
    np.savez(tmp_path / "n.npz", **arrays(labels=np.array([10, 9, -2])[LABELS]))
    assert found_in(tmp_path / "n.npz").facts.class_names == ("-2", "9", "10")
    np.savez(tmp_path / "s.npz", **arrays(labels=np.array([b"10", b"9", b"x"])[LABELS]))
    assert found_in(tmp_path / "s.npz").facts.class_names == ("10", "9", "x")


def test_a_long_tail_is_drawn_by_positions_alone(tmp_path: Path) -> None:
    path = write("npy of splits", tmp_path)
    data = found_in(path, imbalance="exponential", ratio=4, val_share=0.0)
    train = data.splits["train"].samples
    assert data.facts.class_counts == (13, 6, 3)
    assert isinstance(train.arrays.arrays[0], np.memmap)  # pyright: ignore
    assert data.drawn is not None
    assert torch.equal(train.read(torch.arange(22)), torch.from_numpy(FEATURES[:40])[data.drawn])


def test_validation_is_set_aside(tmp_path: Path) -> None:
    np.savez(tmp_path / "train.npz", features=FEATURES[:40], labels=LABELS[:40])
    data = found_in(tmp_path, val_share=0.25)
    assert data.facts.split_sizes == {"train": 30, "val": 10}


def test_the_usual_look_at_data_works(tmp_path: Path) -> None:
    features = np.concatenate([FEATURES[:59], FEATURES[:1]])
    np.savez(tmp_path / "e.npz", **arrays(features=features))
    assert inspect(found_in(tmp_path / "e.npz")).duplicates == (("e.npz:0", "e.npz:59"),)


def test_other_embeddings_are_measured_in_the_trained_classes(tmp_path: Path) -> None:
    np.savez(tmp_path / "e.npz", **arrays(labels=np.array(["cat", "ant", "bee"])[LABELS]))
    trained = found_in(tmp_path / "e.npz").facts
    np.savez(tmp_path / "o.npz", features=FEATURES[:2], labels=["cat", "ant"])
    data = labeled_embeddings(tmp_path / "o.npz", trained)
    assert data.facts is trained
    assert data.splits["test"].targets.tolist() == [2, 0]
    np.savez(tmp_path / "o.npz", features=FEATURES[:2], labels=["cat", "elk"])
    with pytest.raises(InputError, match=r"o.npz:1 in .* is of class 'elk'"):
        labeled_embeddings(tmp_path / "o.npz", trained)
    np.savez(tmp_path / "o.npz", features=FEATURES[:2, :3], labels=["cat", "ant"])
    with pytest.raises(InputError, match=r"of 5 features, as in training, but .* has 3"):
        labeled_embeddings(tmp_path / "o.npz", trained)


def test_new_embeddings_need_no_labels(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=FEATURES[:2])
    np.savez(tmp_path / "b.npz", **arrays())
    split = unlabeled_embeddings([tmp_path / "a.npz", tmp_path / "b.npz"], (D,))
    assert len(split) == 62
    assert split.names[:3] == ("a.npz:0", "a.npz:1", "b.npz:0")
    assert torch.equal(split.samples.read(torch.arange(2)), torch.from_numpy(FEATURES[:2]))


def test_unlabeled_embeddings_stand_beside_labeled_ones(tmp_path: Path) -> None:
    np.savez(tmp_path / "e.npz", **arrays())
    np.savez(tmp_path / "u.npz", X=FEATURES[:7])
    data = found_in(tmp_path / "e.npz", unlabeled=str(tmp_path / "u.npz"))
    assert data.facts.split_sizes["unlabeled"] == 7
    assert data.facts.unlabeled == (0, 0, 0, 7)


HOLED = FEATURES.copy()
HOLED[17, 2] = np.nan
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no features": (arrays(features=None, foo=LABELS), "found only labels, split, foo"),
    "no labels": (arrays(labels=None), r"expected labels \(N,\) beside the features of train"),
    "nan": (arrays(features=HOLED), r"row 17 \(from 0\) has nan"),
    "infinite": (arrays(features=np.where(HOLED > 9, np.inf, FEATURES)), "infinite"),
    "one number each": (arrays(features=FEATURES[:, 0]), r"got float32 \(60,\)"),
    "maps": (arrays(features=FEATURES[:, :, None]), r"got float32 \(60, 5, 1\)"),
    "whole features": (arrays(features=FEATURES.astype(int)), "got int64"),
    "no width": (arrays(features=FEATURES[:, :0]), r"\(60, 0\)"),
    "no rows": (arrays(features=FEATURES[:0], labels=LABELS[:0], split=SPLIT[:0]), "there are no rows"),
    "fewer labels": (arrays(labels=LABELS[:50]), "a label for each of 60 rows in .*, but got 50"),
    "fractions": (arrays(labels=LABELS + 0.5), "as whole numbers or texts in .*, but got float64"),
    "one-hot": (arrays(labels=np.eye(3, dtype=int)[LABELS]), r"got int64 \(60, 3\)"),
    "objects": (arrays(labels=np.array(["a", 1, None] * 20, dtype=object)), "Object arrays cannot be loaded"),
    "one class": (arrays(labels=LABELS * 0), "at least 2 classes in .*, but train has only 0"),
    "unseen class": (
        arrays(labels=np.where(np.arange(N) == 50, 7, LABELS)),
        "e.npz:50 in .* is of class '7'",
    ),
    "unknown split": (arrays(split=np.where(SPLIT == "val", "valid", SPLIT)), "'valid'; did you mean val"),
    "fewer splits": (arrays(split=SPLIT[:9]), r"a split for each of 60 rows in .*, but got \(9,\)"),
    "no train": (arrays(split=np.array(["test"] * N)), "of the split train in .*, but found only test"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_named(case: str, tmp_path: Path) -> None:
    content, reason = REFUSED[case]
    np.savez(tmp_path / "e.npz", allow_pickle=True, **content)
    with pytest.raises(InputError, match=reason) as error:
        found_in(tmp_path / "e.npz")
    assert "\n" not in str(error.value)


def test_splits_of_other_widths_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "train.npz", **arrays(split=None))
    np.savez(tmp_path / "test.npz", features=FEATURES[:, :4], labels=LABELS)
    with pytest.raises(InputError, match=r"of one width in .*, but train has 5, test has 4"):
        found_in(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("e.npz", b"no zip", "cannot read the arrays of .*no .npz file"),
        ("e.safetensors", b"short", "cannot read the arrays of"),
        ("e.parquet", b"short", "cannot read the arrays of"),
        ("e.npy", b"short", r"or a folder with train_features.npy and train_labels.npy, but .* is neither"),
        ("e.pt", b"short", "but got the file"),
    ],
)
def test_files_of_other_kinds_are_refused(name: str, content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=reason):
        found_in(tmp_path / name)


def test_images_have_a_size_and_embeddings_none(tmp_path: Path) -> None:
    np.savez(tmp_path / "e.npz", **arrays())
    with pytest.raises(InputError, match="--image-size is for images, but e has embeddings"):
        found_in(tmp_path / "e.npz", image_size=32)

"""A classifier that starts from embeddings of the class names: what is read, and what is refused."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.testing import assert_close

from counterpoise.data.data import Data, Facts
from counterpoise.errors import InputError
from counterpoise.recipes import class_name_init, cosine, cross_entropy, deconfound, rotation, self_training
from counterpoise.recipes.class_names import class_rows
from counterpoise.training import Experiment, Now, Training

TRAINING = Training(epochs=1, batch_size=8)
CLASSES = ("cat", "a dog", "5")
ROWS = np.array([[3.0, 4.0], [0.0, -2.0], [1.0, 0.0]])
UNIT = torch.tensor([[0.6, 0.8], [0.0, -1.0], [1.0, 0.0]])
OTHER = [2, 0, 1]
"""Another order of the rows."""


def npy(path: Path) -> Path:
    np.save(path / "rows.npy", ROWS)
    return path / "rows.npy"


def npz_with_names(path: Path) -> Path:
    names = np.array([*[CLASSES[i] for i in OTHER], "bird"])
    np.savez(path / "rows.npz", embeddings=np.vstack([ROWS[OTHER], [[9.0, 9.0]]]), names=names)
    return path / "rows.npz"


def npz_with_numbers(path: Path) -> Path:
    np.savez(path / "rows.npz", embeddings=ROWS[OTHER].astype(np.float16), class_id=np.array(OTHER) + 1)
    return path / "rows.npz"


def safetensors_in_order(path: Path) -> Path:
    save_file({"embeddings": torch.tensor(ROWS)}, path / "rows.safetensors")
    return path / "rows.safetensors"


def safetensors_by_name(path: Path) -> Path:
    save_file({CLASSES[i]: torch.tensor(ROWS[i]).bfloat16() for i in OTHER}, path / "rows.safetensors")
    return path / "rows.safetensors"


def csv(path: Path) -> Path:
    table = pd.DataFrame(ROWS[OTHER], index=pd.Index([CLASSES[i] for i in OTHER], name="class"))
    table.to_csv(path / "rows.csv")
    return path / "rows.csv"


def parquet(path: Path) -> Path:
    columns = {"names": [CLASSES[i] for i in OTHER], "embeddings": ROWS[OTHER].tolist()}
    pq.write_table(pa.table(columns), path / "rows.parquet")
    return path / "rows.parquet"


FORMS = [npy, npz_with_names, npz_with_numbers, safetensors_in_order, safetensors_by_name, csv, parquet]


@pytest.mark.parametrize("written", FORMS, ids=lambda form: form.__name__)
def test_rows_stand_in_the_order_of_the_classes_with_length_one(
    written: Callable[[Path], Path], tmp_path: Path
) -> None:
    assert_close(class_rows(written(tmp_path), CLASSES), UNIT, atol=2e-3, rtol=0)


def test_names_of_a_csv_are_texts(tmp_path: Path) -> None:
    """Also those that look like numbers, or like nothing."""
    path = tmp_path / "rows.csv"
    path.write_text("class,x,y\n007,1,0\nnull,0,1\n")
    assert_close(class_rows(path, ("null", "007")), torch.tensor([[0.0, 1.0], [1.0, 0.0]]))


def test_the_vectors_of_lvis_are_read(shared_data: Path) -> None:
    rows = class_rows(
        shared_data / "lvis_v1_class_name_embeddings" / "clip_text.npz", [str(i) for i in range(1203)]
    )
    assert rows.shape == (1203, 512)
    assert_close(rows.norm(dim=1), torch.ones(1203))


def weight(experiment: Experiment) -> Tensor:
    """Of the classifier with which the main stage begins."""
    (main,) = (stage for stage in experiment.stages if stage.role == "main")
    return main.prepare(Now(experiment.data, experiment.net())).classifier.weight  # pyright: ignore


@pytest.fixture
def file(tmp_path: Path) -> str:
    """64 numbers for each of four classes."""
    np.save(tmp_path / "rows.npy", np.random.default_rng(0).normal(size=(4, 64)))
    return str(tmp_path / "rows.npy")


@pytest.mark.parametrize("recipe", [cosine, deconfound])
def test_the_classifier_starts_from_the_rows(
    recipe: Callable[..., Experiment], file: str, tiny: Data
) -> None:
    rows = class_rows(Path(file), tiny.facts.class_names)
    plain = recipe(tiny, training=TRAINING)
    assert torch.equal(weight(class_name_init(plain, file=file)), rows)
    assert torch.equal(weight(rotation(class_name_init(plain, file=file), epochs=1)), rows)
    assert torch.equal(weight(class_name_init(rotation(plain, epochs=1), file=file)), rows)
    assert not torch.equal(weight(plain), rows)


def test_the_note_changes_with_the_numbers(file: str, tiny: Data) -> None:
    plain = cosine(tiny, training=TRAINING)
    first, second = class_name_init(plain, file=file).notes, class_name_init(plain, file=file).notes
    np.save(file, np.random.default_rng(1).normal(size=(4, 64)))
    assert first == second != class_name_init(plain, file=file).notes


def test_it_is_rebuilt_without_the_file(file: str, tiny: Data) -> None:
    without = Data(Facts.from_json(tiny.facts.as_json()))
    Path(file).unlink()
    rebuilt = class_name_init(cosine(without, training=TRAINING), file=file)
    assert rebuilt.calls[-1].arguments == {"file": file}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("rows.npy", np.ones((3, 64)), "expected a row for each of 4 classes in .*, but got 3"),
        ("rows.npy", np.ones((4, 9)), "have 9 numbers each, but the backbone makes 64 features"),
        ("rows.npy", np.zeros((4, 64)), "that are finite and not zero"),
        ("rows.npy", np.full((4, 64), np.nan), "that are finite and not zero"),
        ("rows.npy", np.ones(4), r"expected class embeddings \(C, D\) .* but got \(4,\)"),
        (
            "rows.npy",
            np.array(["a"] * 4),
            "expected class embeddings as numbers in .*, but got <U1; save float32",
        ),
        ("rows.txt", np.ones((4, 64)), "expected an .npy, .npz, .safetensors, .parquet or .csv file"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(
    name: str, content: np.ndarray, reason: str, tiny: Data, tmp_path: Path
) -> None:
    with (tmp_path / name).open("wb") as file:
        np.save(file, content)
    with pytest.raises(InputError, match=reason):
        class_name_init(cosine(tiny, training=TRAINING), file=str(tmp_path / name))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("class,x\na,1\nb,1\n", "has no row for the class 'c' and 1 more; embed these names too"),
        ("class,x\na,1\nb,one\n", "cannot read the class embeddings"),
        ("", "cannot read the class embeddings"),
    ],
)
def test_a_csv_that_does_not_fit_is_refused(text: str, reason: str, tiny: Data, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(text)
    with pytest.raises(InputError, match=reason):
        class_name_init(cosine(tiny, training=TRAINING), file=str(tmp_path / "rows.csv"))


def test_a_name_twice_and_arrays_without_vectors_are_refused(tiny: Data, tmp_path: Path) -> None:
    plain = cosine(tiny, training=TRAINING)
    (tmp_path / "rows.csv").write_text("class,x\na,1\na,2\nb,1\nc,1\nd,1\n")
    with pytest.raises(InputError, match="has two rows for 'a'; leave one of them out"):
        class_name_init(plain, file=str(tmp_path / "rows.csv"))
    np.savez(tmp_path / "rows.npz", embeddings=np.ones((4, 64)), names=np.array(["a", "b"]))
    with pytest.raises(
        InputError, match=r"expected a name or number for each of 4 rows in .* but got \(2,\)"
    ):
        class_name_init(plain, file=str(tmp_path / "rows.npz"))
    np.savez(tmp_path / "rows.npz", a=np.ones(3), b=np.ones(4))
    with pytest.raises(InputError, match=r"expected an array embeddings \(C, D\), or one vector for each"):
        class_name_init(plain, file=str(tmp_path / "rows.npz"))


def test_what_has_no_such_classifier_is_refused(file: str, tiny: Data, tiny_unlabeled: Data) -> None:
    with pytest.raises(InputError, match="needs a classifier that normalises its weights, but Linear"):
        class_name_init(cross_entropy(tiny, training=TRAINING), file=file)
    with pytest.raises(InputError, match="class_name_init needs a file of class embeddings"):
        class_name_init(cosine(tiny, training=TRAINING))
    several = self_training(cosine(tiny_unlabeled, training=TRAINING))
    with pytest.raises(InputError, match=r"class_name_init comes before .*; name it before self_training"):
        class_name_init(several, file=file)

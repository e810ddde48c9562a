"""Text as features: what is fitted, how it is applied, and the file that keeps it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save
from sklearn.feature_extraction.text import TfidfVectorizer

from counterpoise.data.text import TextEmbedding, TextSettings, as_bytes, fitted, read_embedding
from counterpoise.errors import InputError

PAIRS = pd.DataFrame(
    {
        "first": ["A cat sat on a mat.", "The dogs are barking", "a dog barks at a cat", "rain on the mat"],
        "second": ["a CAT sits on the mat", "A dog barked", "the rain in Spain", "No rain, no mat"],
    }
)
WORDS = TextSettings(pieces="words", dim=3)
LETTERS = TextSettings(dim=3)


@pytest.fixture(params=[WORDS, LETTERS], ids=["words", "letters"])
def embedding(request: pytest.FixtureRequest) -> TextEmbedding:
    return fitted(PAIRS, request.param, "4 rows")


def test_vectors_are_those_of_scikit_learn() -> None:
    corpus = [*PAIRS["first"], *PAIRS["second"]]
    wanted = TfidfVectorizer(token_pattern=r"\b\w+\b", min_df=2).fit(corpus)
    found = fitted(PAIRS, WORDS, "")
    assert found.terms == tuple(wanted.get_feature_names_out())
    assert {"a", "cat", "rain"} <= set(found.terms)
    assert "spain" not in found.terms, "only one text has it"
    other = ["a cat and a zebra", "RAIN"]
    assert np.array_equal(found.vectors(other).toarray(), wanted.transform(other).toarray())


def test_directions_are_singular_vectors_of_training(embedding: TextEmbedding) -> None:
    both = embedding.vectors([*PAIRS["first"], *PAIRS["second"]]).toarray()
    values = np.linalg.svd(both, compute_uv=False)[:3]
    assert embedding.directions.shape == (3, len(embedding.terms))
    assert embedding.directions.dtype == np.float32
    assert np.linalg.norm(both @ embedding.directions.T, axis=0) == pytest.approx(values, rel=1e-5)
    assert embedding.directions @ embedding.directions.T == pytest.approx(np.eye(3), abs=1e-6)


def test_a_pair_is_compared_as_the_released_model_does(embedding: TextEmbedding) -> None:
    found = embedding.features(PAIRS)
    assert found.shape == (4, 13)
    assert list(found)[::3] == ["first_1", "second_1", "difference_1", "product_1", "cosine"]
    u, v, difference, product = np.split(found.to_numpy()[:, :12], 4, axis=1)
    first, second = (embedding.vectors(PAIRS[name].tolist()).toarray() for name in PAIRS)
    assert u == pytest.approx(first @ embedding.directions.T, abs=1e-6)
    assert v == pytest.approx(second @ embedding.directions.T, abs=1e-6)
    assert np.array_equal(difference, abs(u - v))
    assert np.array_equal(product, u * v)
    assert found["cosine"].to_numpy() == pytest.approx((first * second).sum(axis=1))


def test_equal_texts_have_the_cosine_one_and_unknown_ones_zeros(embedding: TextEmbedding) -> None:
    texts = pd.DataFrame({"first": ["a dog barks", "Ωμέγα"], "second": ["A dog barks!", "a dog"]})
    same, unknown = embedding.features(texts).to_numpy()
    assert same[-1] == pytest.approx(1)
    assert same[6:9].tolist() == [0, 0, 0]
    assert unknown[:3].tolist() == [0, 0, 0]
    assert unknown[-1] == 0


def test_three_letters_find_forms_of_a_word() -> None:
    texts = pd.DataFrame({"first": ["dogs"], "second": ["dog"]})
    assert fitted(PAIRS, WORDS, "").features(texts)["cosine"].item() == 0
    assert fitted(PAIRS, LETTERS, "").features(texts)["cosine"].item() > 0.5


def test_one_column_stands_alone_and_rows_keep_their_index() -> None:
    alone = pd.DataFrame({"second": PAIRS["second"].tolist()}, index=[3, 5, 7, 9])
    found = fitted(alone, TextSettings(dim=2), "").features(alone)
    assert list(found) == ["second_1", "second_2"]
    assert found.index.tolist() == [3, 5, 7, 9]


def test_the_same_seed_gives_the_same_file(embedding: TextEmbedding) -> None:
    settings = TextSettings(pieces=embedding.pieces, dim=3)
    assert as_bytes(fitted(PAIRS, settings, "4 rows")) == as_bytes(embedding)


def test_what_is_read_gives_the_same_features(embedding: TextEmbedding, tmp_path: Path) -> None:
    """Also where the memory of an array is not in the order of its rows."""
    turned = replace(embedding, directions=np.asfortranarray(embedding.directions))
    (tmp_path / "file").write_bytes(as_bytes(turned))
    found = read_embedding(tmp_path / "file")
    assert (found.columns, found.pieces, found.fitted_on) == (("first", "second"), embedding.pieces, "4 rows")
    assert found.features(PAIRS).equals(embedding.features(PAIRS))


@pytest.mark.parametrize(("dim", "seed"), [(0, 0), (1, -1), (1, 2**32)])
def test_settings_outside_their_range_are_refused(dim: int, seed: int) -> None:
    with pytest.raises(InputError, match=r"dim of at least 1 and a seed from 0 to 2\^32 - 1"):
        TextSettings(dim=dim, seed=seed)


@pytest.mark.parametrize(
    ("texts", "dim", "reason"),
    [
        (["a b", "a c", "a b"], 4, "but there are 3 texts and 2 such pieces"),
        (["a b c", "a b c"], 3, "but there are 2 texts and 3 such pieces"),
        (["a", "b"], 1, "but there are 2 texts and 0 such pieces; add texts or lower --dim"),
        (["!", "?"], 1, "0 such pieces"),
    ],
)
def test_too_little_to_fit_on_is_refused(texts: list[str], dim: int, reason: str) -> None:
    with pytest.raises(InputError, match=f"at least {dim} texts .*{reason}"):
        fitted(pd.DataFrame({"text": texts}), TextSettings(pieces="words", dim=dim), "")


def damaged(embedding: TextEmbedding, damage: str) -> bytes:
    whole = as_bytes(embedding)
    match damage:
        case "cut":
            return whole[:-5]
        case "other":
            return save({"weight": np.ones(3)})
        case "facts":
            return save(
                {"idf": embedding.idf, "directions": embedding.directions}, {"text": json.dumps({"a": 1})}
            )
        case "terms":
            return as_bytes(replace(embedding, terms=embedding.terms[:-1]))
        case "twice":
            return as_bytes(replace(embedding, terms=(*embedding.terms[:-1], embedding.terms[0])))
        case "pieces":
            return whole.replace(embedding.pieces.encode() + b'\\"', b"x" * len(embedding.pieces) + b'\\"')
        case "columns":
            return as_bytes(replace(embedding, columns=("a", "b", "c")))
        case "nan":
            return as_bytes(replace(embedding, idf=embedding.idf * np.nan))
        case "shape":
            return as_bytes(replace(embedding, directions=embedding.directions[0]))
    return damage.encode()


@pytest.mark.parametrize(
    "damage", ["", "text", "cut", "other", "facts", "terms", "twice", "pieces", "columns", "nan", "shape"]
)
def test_a_broken_file_is_refused(embedding: TextEmbedding, damage: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(damaged(embedding, damage))
    with pytest.raises(InputError, match=f"cannot read the embedding {path}: ") as caught:
        read_embedding(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="name a folder that counterpoise embed has fitted"):
        read_embedding(tmp_path / "none")

"""Text as features: what is fitted on the texts of training, how it is applied, and the file that keeps it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save
from scipy.sparse import csr_matrix
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from counterpoise.errors import InputError

Pieces = Literal["letters", "words"]

ANALYSES: dict[str, dict[str, Any]] = {
    "letters": {"analyzer": "char_wb", "ngram_range": (3, 3)},
    "words": {"token_pattern": r"\b\w+\b"},
}
FEWEST_TEXTS = 2
"""A piece that only one text of training has compares it with no other, and is not counted (ours)."""


@dataclass(frozen=True)
class TextSettings:
    """How texts become features. All defaults are ours, chosen on the dev split of STS-B-DIR.

    Args:
        pieces: what is counted in a text: each three letters of a word in a row, its ends included, which finds dance
            in dancing, or whole words. Capitals count as small letters.
        dim: number of features of one text.
        seed: of the search for them.

    Raises:
        InputError: for a value outside its range.
    """

    pieces: Pieces = "letters"
    dim: int = 16
    seed: int = 0

    def __post_init__(self) -> None:
        if self.dim < 1 or not 0 <= self.seed < 2**32:
            raise InputError(
                f"expected a dim of at least 1 and a seed from 0 to 2^32 - 1, but got {self.dim} and {self.seed}"
            )


@dataclass(frozen=True, eq=False)
class TextEmbedding:
    """A bag of pieces: counts of V pieces, weighted by TF-IDF and projected on D directions.

    It is fitted once, see `fitted`, and then the same for texts of training and of any other table. It stands where
    the released model of STS-B-DIR has GloVe vectors and a BiLSTM (ours: no pretrained weights are needed).

    Attributes:
        columns: names of one or two text columns.
        pieces: see `TextSettings`.
        terms: the V different pieces.
        idf: inverse document frequency of each piece; (V,) float64.
        directions: the first right singular vectors of the weighted counts of training; (D, V) float32.
        fitted_on: the rows of training, in words.
    """

    columns: tuple[str, ...]
    pieces: Pieces
    terms: tuple[str, ...]
    idf: np.ndarray
    directions: np.ndarray
    fitted_on: str

    def vectors(self, texts: Sequence[str]) -> csr_matrix:
        """Weighted counts of length 1, or 0 for a text without a known piece; N texts -> (N, V)."""
        vectorizer = TfidfVectorizer(**ANALYSES[self.pieces], vocabulary=self.terms)
        vectorizer.idf_ = self.idf
        return vectorizer.transform(texts)

    def features(self, texts: pd.DataFrame) -> pd.DataFrame:
        """The features of N rows, from their text columns.

        For one column they are its projection u, D features. For two they are [u; v; |u - v|; u * v], as the released
        model of STS-B-DIR combines two texts, and the cosine of the two vectors before they are projected (ours),
        4 D + 1 features.
        """
        vectors = [self.vectors(texts[column].tolist()) for column in self.columns]
        projected = [one @ self.directions.T.astype(np.float64) for one in vectors]
        blocks = list(zip(self.columns, projected, strict=True))
        if len(vectors) == 1:
            return _frame(blocks, texts.index)
        (u, v), (first, second) = projected, vectors
        compared = _frame([*blocks, ("difference", abs(u - v)), ("product", u * v)], texts.index)
        return compared.assign(cosine=np.asarray(first.multiply(second).sum(axis=1)).ravel())


def _frame(blocks: Sequence[tuple[str, np.ndarray]], index: pd.Index) -> pd.DataFrame:
    """Blocks (N, D) side by side, the columns of each named name_1 ... name_D."""
    names = [f"{name}_{i + 1}" for name, block in blocks for i in range(block.shape[1])]
    return pd.DataFrame(np.concatenate([block for _, block in blocks], axis=1), index=index, columns=names)


def fitted(texts: pd.DataFrame, settings: TextSettings, fitted_on: str) -> TextEmbedding:
    """An embedding of texts; each field of a pair is a text by itself.

    The weights and directions are those of scikit-learn's `TfidfVectorizer` and, with a seed, `TruncatedSVD`.

    Args:
        texts: the one or two text columns of the training rows, and of no others.
        settings: how texts become features.
        fitted_on: which rows these are, in words.

    Raises:
        InputError: there are fewer texts, or pieces that at least two texts have, than ``dim``.
    """
    corpus = texts.to_numpy().ravel().tolist()
    vectorizer = TfidfVectorizer(**ANALYSES[settings.pieces], min_df=FEWEST_TEXTS)
    try:
        vectors = vectorizer.fit_transform(corpus)
    except ValueError:
        raise _too_few(len(corpus), 0, settings) from None
    terms = tuple(vectorizer.get_feature_names_out().tolist())
    if min(len(corpus), len(terms)) < settings.dim:
        raise _too_few(len(corpus), len(terms), settings)
    reduction = TruncatedSVD(settings.dim, random_state=settings.seed).fit(vectors)
    return TextEmbedding(
        columns=tuple(texts),
        pieces=settings.pieces,
        terms=terms,
        idf=vectorizer.idf_,
        directions=np.asarray(reduction.components_, dtype=np.float32),
        fitted_on=fitted_on,
    )


def _too_few(num_texts: int, num_terms: int, settings: TextSettings) -> InputError:
    return InputError(
        f"expected at least {settings.dim} texts to fit on, and as many different pieces ({settings.pieces}) that at "
        f"least {FEWEST_TEXTS} texts have, but there are {num_texts} texts and {num_terms} such pieces; add texts or "
        "lower --dim"
    )


def as_bytes(embedding: TextEmbedding) -> bytes:
    """The content of a safetensors file that `read_embedding` reads."""
    facts = {name: getattr(embedding, name) for name in ("columns", "pieces", "terms", "fitted_on")}
    arrays = {name: np.ascontiguousarray(getattr(embedding, name)) for name in ("idf", "directions")}
    return save(arrays, metadata={"text": json.dumps(facts)})


def read_embedding(path: Path) -> TextEmbedding:
    """Read what `as_bytes` made; nothing is unpickled.

    Raises:
        InputError: the file is missing or damaged, or its parts do not fit together.
    """
    try:
        with safe_open(path, framework="np") as file:
            facts = json.loads(file.metadata()["text"])
            idf, directions = file.get_tensor("idf"), file.get_tensor("directions")
        columns, terms = tuple(facts.pop("columns")), tuple(facts.pop("terms"))
        found = TextEmbedding(columns=columns, terms=terms, idf=idf, directions=directions, **facts)
        _require_whole(found)
    except (OSError, SafetensorError, LookupError, TypeError, ValueError) as error:
        raise InputError(
            f"cannot read the embedding {path}: {error}; name a folder that counterpoise embed has fitted"
        ) from error
    return found


def _require_whole(found: TextEmbedding) -> None:
    sizes = {len(set(found.terms)), len(found.terms), *found.idf.shape, *found.directions.shape[1:]}
    finite = np.isfinite(found.idf).all() and np.isfinite(found.directions).all()
    named = len(found.columns) in (1, 2) and found.pieces in ANALYSES
    if len(sizes) > 1 or found.directions.ndim != 2 or not named or not finite:
        raise ValueError("its parts do not fit together")

"""Embeddings as they lie on a disk: the folders of ``counterpoise embed``, and arrays that people have already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from counterpoise.data.numbered import names_at, numbered
from counterpoise.data.rows.mapped_rows import MappedRows
from counterpoise.data.sources.array_files import READERS, mapped, named_arrays
from counterpoise.data.sources.found import SPLITS, hint
from counterpoise.data.sources.multi_label import in_order
from counterpoise.errors import InputError
from counterpoise.files import read_json

FACTS, REQUEST, LABELS, NAMES = "embeddings.json", "request.json", "labels.npy", "names.json"
FORMAT = 1
"""Of the folders that ``counterpoise embed`` writes."""

NO_SPLIT = ""
"""The split of rows whose file does not say."""

FEATURES, CLASSES, SPLIT = ("features", "embeddings", "X"), ("labels", "y"), ("split",)
"""What the arrays may be called."""

CHUNK = 1024
"""Rows that are looked at together, few enough to stay in the cache of a CPU."""
WHAT = "features (N, D), labels (N,) and, if wanted, split (N,)"


@dataclass(frozen=True, eq=False)
class Part:
    """Embeddings of one split, or `NO_SPLIT`.

    Attributes:
        samples: N rows.
        names: N names for people.
        labels: (N,) int64 positions in ``classes``; None where there are none.
        classes: names of classes.
    """

    samples: MappedRows
    names: Sequence[str]
    labels: Tensor | None = None
    classes: tuple[str, ...] = ()

    def subset(self, index: Tensor) -> "Part":
        """The rows at positions (M,), in this order."""
        labels = None if self.labels is None else self.labels[index]
        names = names_at(self.names, index)
        return replace(self, samples=self.samples.subset(index), names=names, labels=labels)


def is_embeddings(path: Path) -> bool:
    """Whether a path looks like embeddings: by its ending, or by the names of the files in a folder."""
    if path.is_dir():
        return _is_own(path) or bool(_files_of(path))
    return path.is_file() and path.suffix.lower() in (*READERS, ".npy")


def embedding_parts(path: Path) -> dict[str, Part]:
    """The embeddings at a path by their split, `NO_SPLIT` where nothing says; every number is looked at once.

    Raises:
        InputError: nothing of the kind is there; a file cannot be read, lacks an array or has one of the wrong shape
            or kind; a number is not finite; or splits differ in the number of features.
    """
    parts = _own_parts(path) if path.is_dir() and _is_own(path) else _plain_parts(path)
    widths = {split: part.samples.shape[0] for split, part in parts.items()}
    if len(set(widths.values())) > 1:
        found = ", ".join(f"{split} has {width}" for split, width in widths.items())
        raise InputError(f"expected embeddings of one width in {path}, but {found}; embed all with one model")
    return parts


def _is_own(folder: Path) -> bool:
    return (folder / FACTS).exists() or (folder / REQUEST).exists()


def _own_parts(folder: Path) -> dict[str, Part]:
    if not (folder / FACTS).exists():
        raise InputError(f"the embeddings in {folder} are not complete; repeat their embed command")
    facts = read_json(folder / FACTS)
    if facts.get("format") != FORMAT:
        raise InputError(
            f"expected embeddings of the format {FORMAT}, but {folder} has {facts.get('format')}; embed the data again"
        )
    return {split: _own_part(folder / split, facts) for split in facts["splits"]}


def _own_part(folder: Path, facts: Mapping) -> Part:
    wanted = facts["splits"][folder.name]
    shards = [mapped(folder / shard_name(number)) for number in range(wanted["shards"])]
    samples, labels = _rows(shards, folder), np.array(mapped(folder / LABELS))
    has_names = (folder / NAMES).exists()
    names = tuple(read_json(folder / NAMES)) if has_names else numbered(f"{folder.name}/", len(labels))
    if {len(samples), len(labels), len(names)} != {wanted["rows"]}:
        raise InputError(
            f"expected {wanted['rows']} rows in {folder}, but {len(samples)} features, {len(labels)} labels and "
            f"{len(names)} names are there; remove the folder and embed the data again"
        )
    return Part(samples, names, torch.from_numpy(labels).long(), tuple(facts["classes"]))


def shard_name(number: int) -> str:
    """The file of some rows of a split."""
    return f"{number:05d}.npy"


def _files_of(folder: Path) -> dict[str, list[Path]]:
    """The files with the arrays of each split: one for all, or .npy files."""
    by_split = {split: _files(folder, split, f"{split}_") for split in SPLITS}
    found = {split: files for split, files in by_split.items() if files}
    alone = _files(folder, "embeddings", "")
    return found or ({NO_SPLIT: alone} if alone else {})


def _files(folder: Path, stem: str, prefix: str) -> list[Path]:
    whole = [path for ending in READERS if (path := folder / f"{stem}{ending}").exists()]
    names = {name: folder / f"{prefix}{name}.npy" for name in (*FEATURES, *CLASSES, *SPLIT)}
    there = {name: path for name, path in names.items() if path.exists()}
    return whole[:1] or (list(there.values()) if there.keys() & {*FEATURES} else [])


def _plain_parts(path: Path) -> dict[str, Part]:
    files = _files_of(path) if path.is_dir() else {NO_SPLIT: [path]}
    if [path] in files.values() and path.suffix.lower() not in READERS:
        raise InputError(
            f"expected an .npz, .safetensors or .parquet file with {WHAT}, or a folder with train_features.npy and "
            f"train_labels.npy, but {path} is neither"
        )
    parts: dict[str, Part] = {}
    for split, some in files.items():
        arrays, origin = _arrays(some, split), some[0] if len(some) == 1 else path
        part = _part(arrays, origin, f"{split}/" if split else f"{origin.name}:")
        told = None if split else _named(arrays, SPLIT)
        parts |= {split: part} if told is None else _by_split(part, told, origin)
    return parts


def _arrays(files: Sequence[Path], split: str) -> Mapping[str, np.ndarray]:
    if len(files) == 1 and files[0].suffix.lower() in READERS:
        return named_arrays(files[0])
    return {path.stem.removeprefix(f"{split}_"): mapped(path) for path in files}


def _named(arrays: Mapping[str, np.ndarray], names: Sequence[str]) -> np.ndarray | None:
    return next((arrays[name] for name in names if name in arrays), None)


def _part(arrays: Mapping[str, np.ndarray], origin: Path, start: str) -> Part:
    features, labels = _named(arrays, FEATURES), _named(arrays, CLASSES)
    if features is None:
        raise InputError(f"expected {WHAT} in {origin}, but found only {', '.join(arrays) or 'nothing'}")
    samples = _rows([features], origin)
    names = numbered(start, len(samples))
    if labels is None:
        return Part(samples, names)
    codes, classes = _coded(labels, origin)
    if len(codes) != len(samples):
        raise InputError(
            f"expected a label for each of {len(samples)} rows in {origin}, but got {len(codes)}"
        )
    return Part(samples, names, codes, classes)


def _rows(arrays: Sequence[np.ndarray], origin: Path) -> MappedRows:
    """Arrays of features as samples.

    Raises:
        InputError: one is no (N, D) of real numbers, there are no rows, or a number is not finite.
    """
    for one in arrays:
        if one.ndim != 2 or one.dtype.kind != "f" or not one.shape[1]:
            raise InputError(
                f"expected features (N, D) as float16, float32 or float64 in {origin}, but got {one.dtype} "
                f"{one.shape}; save one row for each sample"
            )
    if not sum(map(len, arrays)):
        raise InputError(f"expected embeddings in {origin}, but there are no rows")
    first = 0
    for one in arrays:
        _require_finite(one, first, origin)
        first += len(one)
    return MappedRows(arrays)


def _require_finite(rows: np.ndarray, first: int, origin: Path) -> None:
    for number, chunk in enumerate(torch.from_numpy(rows).split(CHUNK)):
        wrong = ~torch.linalg.vector_norm(chunk.float(), dim=1).isfinite()
        if wrong.any():
            row = first + number * CHUNK + int(wrong.nonzero()[0])
            raise InputError(
                f"expected finite features in {origin}, but row {row} (from 0) has nan, infinite or huge numbers; "
                "embed that sample again, or leave it out"
            )


def _coded(labels: np.ndarray, origin: Path) -> tuple[Tensor, tuple[str, ...]]:
    """Whole numbers or texts (N,) as positions among their values in order; -> (N,), class names."""
    if labels.ndim != 1 or labels.dtype.kind not in "biuUS":
        raise InputError(
            f"expected labels (N,) as whole numbers or texts in {origin}, but got {labels.dtype} {labels.shape}; save "
            "one class for each row"
        )
    texts = labels.astype(str) if labels.dtype.kind == "S" else labels
    values, codes = np.unique(texts, return_inverse=True)
    names = [str(value) for value in values.tolist()]
    classes = in_order(set(names))
    places = torch.tensor([classes.index(name) for name in names])
    return places[torch.from_numpy(codes)], classes


def _by_split(part: Part, told: np.ndarray, origin: Path) -> dict[str, Part]:
    if told.shape != (len(part.samples),):
        raise InputError(
            f"expected a split for each of {len(part.samples)} rows in {origin}, but got {told.shape}"
        )
    told = told.astype(str)
    unknown = sorted(set(np.unique(told).tolist()) - {*SPLITS})
    if unknown:
        raise InputError(
            f"expected the splits {', '.join(SPLITS)} in {origin}, but found {unknown[0]!r}{hint(unknown[0])}"
        )
    positions = {split: torch.from_numpy((told == split).nonzero()[0]) for split in SPLITS}
    return {split: part.subset(index) for split, index in positions.items() if len(index)}

"""Protocols as tables of image files, each an ordinary data set of its own."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import torch
from PIL import Image
from torch import Tensor

from counterpoise.data.data import Split
from counterpoise.data.protocols.plan import Planned
from counterpoise.data.sources.split_record import RECIPE, TABLES, record
from counterpoise.errors import InputError
from counterpoise.files import read_json, write_json, write_text

IMAGES = "images"

Places = Callable[[Path, Sequence[int]], Mapping[int, str]]
"""The paths of some images of the pool relative to the folder of the tables; writes those that have no file."""


class Part(NamedTuple):
    """One split of a protocol.

    Attributes:
        positions: of its samples in the pool, (n,).
        attributes: rank of the attribute of each, (n,), 0 for the most frequent.
    """

    positions: Tensor
    attributes: Tensor


Protocols = Mapping[str, Mapping[str, Part]]
"""The splits train, val and test of each protocol."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """What is drawn from a pool of N images.

    Attributes:
        targets: labels of the pool, (N,).
        class_names: C.
        kinds: what the attributes were ranked by, N values: clusters, or labelled attributes.
        protocols: the tables by their names.
    """

    targets: Tensor
    class_names: Sequence[str]
    kinds: Sequence[str]
    protocols: Protocols


def protocol_positions(planned: Planned) -> dict[str, dict[str, Tensor]]:
    """Positions of train, val and test of each protocol.

    CLT and GLT train on the same images: one run can be evaluated on both. Where there is a Test-LT, of the same
    distribution as their training images, it is the test of a fourth table, lt.
    """
    tailed, balanced = planned.long_tailed, planned.balanced
    learned = {"train": tailed.train, "val": tailed.val}
    drawn_alike = {"lt": {**learned, "test": tailed.test_lt}} if len(tailed.test_lt) else {}
    return {
        "clt": {**learned, "test": tailed.test_cbl},
        "glt": {**learned, "test": tailed.test_gbl},
        "alt": {"train": balanced.train, "val": balanced.val, "test": balanced.test_gbl},
        **drawn_alike,
    }


def ranked(positions: Mapping[str, Mapping[str, Tensor]], attributes: Tensor) -> Protocols:
    """Protocols in which an image has the same rank in every table; attributes (N,)."""
    return {
        name: {split: Part(part, attributes[part]) for split, part in splits.items()}
        for name, splits in positions.items()
    }


def write_tables(
    out: Path, drawn: Drawn, *, places: Places, recipe: Mapping[str, Any]
) -> dict[str, dict[str, int]]:
    """Write clt.csv, glt.csv, alt.csv and splits.json; the sizes of their splits.

    The tables have the columns path, label, split, attribute and kind. By ``splits.json`` they are known again when
    they are read, see `require_as_drawn`.

    Args:
        out: folder of the tables, new, empty, or of the same recipe.
        drawn: what they say.
        places: where the images lie, see `in_files` and `as_pictures`.
        recipe: how the splits were made, for splits.json.

    Raises:
        InputError: the folder holds splits of another recipe, or cannot be written.
    """
    written = {**recipe, "counts": counts_of(drawn)}
    require_same(out, written)
    used = torch.cat([part.positions for splits in drawn.protocols.values() for part in splits.values()])
    paths = places(out, used.unique().tolist())
    tables = {f"{name}.csv": _frame(drawn, splits, paths) for name, splits in drawn.protocols.items()}
    contents = {name: frame.to_csv(index=False) for name, frame in tables.items()}
    for name, content in contents.items():
        write_text(out / name, content)
    records = {
        name: record(content.encode(), out, tables[name]["path"].tolist())
        for name, content in contents.items()
    }
    write_json(out / RECIPE, {**written, TABLES: records})
    return {
        name: {split: len(part.positions) for split, part in splits.items()}
        for name, splits in drawn.protocols.items()
    }


def _frame(drawn: Drawn, splits: Mapping[str, Part], paths: Mapping[int, str]) -> pd.DataFrame:
    rows = [
        (paths[i], drawn.class_names[int(drawn.targets[i])], split, rank, drawn.kinds[i])
        for split, part in splits.items()
        for i, rank in zip(part.positions.tolist(), part.attributes.tolist(), strict=True)
    ]
    return pd.DataFrame(rows, columns=["path", "label", "split", "attribute", "kind"])


def require_same(out: Path, recipe: Mapping[str, Any]) -> None:
    """Refuse a folder with splits of another recipe, or with anything else."""
    require_folder(out)
    known = read_json(out / RECIPE) if (out / RECIPE).exists() else recipe
    if {key: value for key, value in known.items() if key != TABLES} != recipe:
        raise InputError(f"{out} holds splits that were made in another way; choose another --out")


def require_folder(out: Path) -> None:
    """Refuse a folder for splits that has something else in it."""
    if out.exists() and not (out / RECIPE).exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(
            f"expected a new or empty folder for the splits, but {out} is none; choose another --out"
        )


def counts_of(drawn: Drawn) -> dict[str, dict[str, dict[str, list[int]]]]:
    """Images of each attribute by class, for each split of each table."""
    return {
        name: {split: _counts(drawn, part) for split, part in splits.items()}
        for name, splits in drawn.protocols.items()
    }


def _counts(drawn: Drawn, part: Part) -> dict[str, list[int]]:
    ranks = int(part.attributes.max()) + 1 if len(part.attributes) else 1
    table = torch.zeros(len(drawn.class_names), ranks, dtype=torch.int64)
    labels = drawn.targets[part.positions]
    table.index_put_((labels, part.attributes), torch.ones_like(labels), accumulate=True)
    return dict(zip(drawn.class_names, table.tolist(), strict=True))


def in_files(folder: Path, names: Sequence[str]) -> Places:
    """Images that lie in files and stay there; N names relative to a folder."""

    def places(out: Path, used: Sequence[int]) -> dict[int, str]:
        base, home = out.resolve(), folder.resolve()
        return {i: Path(os.path.relpath(home / names[i], base)).as_posix() for i in used}

    return places


def as_pictures(pool: Split) -> Places:
    """Images that are in memory alone: they are written beside the tables as PNG."""

    def places(out: Path, used: Sequence[int]) -> dict[int, str]:
        (out / IMAGES).mkdir(parents=True, exist_ok=True)
        paths = {i: f"{IMAGES}/{i:06d}.png" for i in used}
        for i, path in paths.items():
            pixels = pool.samples.read(torch.tensor([i]))[0].squeeze(-1)
            Image.fromarray(pixels.numpy()).save(out / path)
        return paths

    return places

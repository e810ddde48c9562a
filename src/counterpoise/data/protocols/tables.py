"""Protocols as tables of image files, each an ordinary data set of its own."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from PIL import Image
from torch import Tensor

from counterpoise.data.data import Split
from counterpoise.data.protocols.plan import Planned
from counterpoise.errors import InputError
from counterpoise.files import read_json, write_json, write_text

RECIPE, IMAGES = "splits.json", "images"
PROTOCOLS = ("clt", "glt", "alt")


def protocol_positions(planned: Planned) -> dict[str, dict[str, Tensor]]:
    """Positions of train, val and test of each protocol.

    CLT and GLT train on the same images, and GLT and ALT are tested on the same: one run can be evaluated on several.
    """
    tailed, balanced = planned.long_tailed, planned.balanced
    return {
        "clt": {"train": tailed.train, "val": tailed.val, "test": tailed.test_cbl},
        "glt": {"train": tailed.train, "val": tailed.val, "test": tailed.test_gbl},
        "alt": {"train": balanced.train, "val": balanced.val, "test": balanced.test_gbl},
    }


def write_tables(
    out: Path,
    pool: Split,
    class_names: Sequence[str],
    *,
    planned: Planned,
    attributes: Tensor,
    kinds: Sequence[str],
    folder: Path | None,
    recipe: Mapping[str, Any],
) -> dict[str, dict[str, int]]:
    """Write clt.csv, glt.csv, alt.csv and splits.json; the sizes of their splits.

    The tables have the columns path, label, split, attribute and kind. Images that lie in files stay there; others are
    written beside the tables as PNG.

    Args:
        out: folder of the tables, new, empty, or of the same recipe.
        pool: from which they are drawn.
        class_names: of the pool.
        planned: see `planned_splits`.
        attributes: ranks of the attributes, (N,), written as the attribute.
        kinds: what the attributes were ranked by, N values: clusters or labelled attributes.
        folder: where the names of the pool are files; None where they are not.
        recipe: how they were made, for splits.json.

    Raises:
        InputError: the folder holds splits of another recipe, or cannot be written.
    """
    written, positions = dict(recipe), protocol_positions(planned)
    written["counts"] = {
        name: {
            split: _counts(pool.targets[part], attributes[part], class_names)
            for split, part in splits.items()
        }
        for name, splits in positions.items()
    }
    require_same(out, written)
    used = torch.cat([part for splits in positions.values() for part in splits.values()]).unique().tolist()
    paths = _paths(out, pool, used, folder)
    for name, splits in positions.items():
        rows = [
            (paths[i], class_names[int(pool.targets[i])], split, int(attributes[i]), kinds[i])
            for split, part in splits.items()
            for i in part.tolist()
        ]
        frame = pd.DataFrame(rows, columns=["path", "label", "split", "attribute", "kind"])
        write_text(out / f"{name}.csv", frame.to_csv(index=False))
    write_json(out / RECIPE, written)
    return {name: {split: len(part) for split, part in splits.items()} for name, splits in positions.items()}


def require_same(out: Path, recipe: Mapping[str, Any]) -> None:
    """Refuse a folder with splits of another recipe, or with anything else."""
    if (out / RECIPE).exists():
        if read_json(out / RECIPE) != recipe:
            raise InputError(f"{out} holds splits that were made in another way; choose another --out")
    elif out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(
            f"expected a new or empty folder for the splits, but {out} is none; choose another --out"
        )


def _counts(labels: Tensor, attributes: Tensor, class_names: Sequence[str]) -> dict[str, list[int]]:
    """Images of each attribute by class."""
    ranks = int(attributes.max()) + 1 if len(attributes) else 0
    table = torch.zeros(len(class_names), max(ranks, 1), dtype=torch.int64)
    table.index_put_((labels, attributes), torch.ones_like(labels), accumulate=True)
    return dict(zip(class_names, table.tolist(), strict=True))


def _paths(out: Path, pool: Split, used: Sequence[int], folder: Path | None) -> dict[int, str]:
    """Paths of images relative to the tables; those without files are written."""
    if folder is not None:
        base = out.resolve()
        return {i: Path(os.path.relpath((folder / pool.names[i]).resolve(), base)).as_posix() for i in used}
    paths = {i: f"{IMAGES}/{i:06d}.png" for i in used}
    (out / IMAGES).mkdir(parents=True, exist_ok=True)
    for i, path in paths.items():
        pixels = pool.samples.read(torch.tensor([i]))[0].squeeze(-1)
        Image.fromarray(pixels.numpy()).save(out / path)
    return paths

"""The end of ``counterpoise data glt``: tables are written, and shown."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from counterpoise.data.data import Split
from counterpoise.data.protocols.tables import Drawn, Places, write_tables
from counterpoise.report.attributes_page import write_attributes


def write(out: Path, drawn: Drawn, *, places: Places, recipe: Mapping[str, Any]) -> None:
    """Write the tables and print their sizes; see `write_tables`."""
    for name, splits in write_tables(out, drawn, places=places, recipe=recipe).items():
        parts = ", ".join(f"{size:,} {split}" for split, size in splits.items())
        print(f"{out / name}.csv: {parts}")


def write_page(out: Path, pool: Split, drawn: Drawn, attributes: Tensor) -> None:
    """Write a page with images of each attribute, and print where it is."""
    page = write_attributes(
        out / "attributes.html", pool, drawn.class_names, attributes=attributes, kinds=drawn.kinds
    )
    print(f"what the attributes look like: {page}")


def print_next(out: Path, options: str = "") -> None:
    """Print what to do with the tables, with further options of train."""
    print(f"next: counterpoise train cross_entropy --data {out / 'glt.csv'}{options}")
    print(f"then: counterpoise evaluate RUN --data {out / 'clt.csv'}; alt.csv needs a run of its own")

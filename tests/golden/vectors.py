"""Finds the golden vectors: numbers made with the code that the methods' own authors released.

A family is a folder with a cases.json (what each case is: method, parameters, names and shapes of its arrays)
and one npz file per case (the arrays). The families beside this file are the default; GOLDEN_DIR names
another family, or a folder of families, to run instead.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

SHIPPED = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    folder: Path
    described: Mapping[str, Any]

    @property
    def id(self) -> str:
        return f"{self.folder.name}/{self.described['id']}"

    @property
    def method(self) -> str:
        """Name of the method; source and outputs tell apart what has the same name and arrays."""
        name, source = self.described["method"], self.described["source"]
        if name == "IFL" and source.endswith("CenterCosLoss"):
            return "IFL (cosine)"
        if name == "IFL" and "environment_3_sampling_weights" in self.described["outputs"]:
            return "IFL (three environments)"
        return "RIDE (GLT code)" if name == "RIDE" and source.startswith("KaihuaTang/") else name

    def arrays(self, kind: str) -> dict[str, np.ndarray]:
        """The arrays of a kind, "inputs" or "outputs"; one that the npz file lacks is a KeyError."""
        with np.load(self.folder / f"{self.described['id']}.npz", allow_pickle=False) as file:
            return {name: file[name] for name in self.described[kind]}


def golden_folder() -> Path:
    return Path(os.environ.get("GOLDEN_DIR") or SHIPPED)


def families(folder: Path) -> list[Path]:
    return sorted(listing.parent for listing in [*folder.glob("cases.json"), *folder.glob("*/cases.json")])


def cases(folder: Path) -> list[Case]:
    return [
        Case(family.resolve(), described)
        for family in families(folder)
        for described in json.loads((family / "cases.json").read_text())
    ]

"""Tables of the protocols: ordinary data, from which nothing is written twice in two ways."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from counterpoise.data.data import Split
from counterpoise.data.protocols.plan import Planned, planned_splits
from counterpoise.data.protocols.tables import (
    Drawn,
    as_pictures,
    in_files,
    protocol_positions,
    ranked,
    require_folder,
    write_tables,
)
from counterpoise.data.samples import PackedImages
from counterpoise.data.sources import Source, load
from counterpoise.errors import InputError

NAMES = ("one", "two")


def made() -> tuple[Split, torch.Tensor, Planned]:
    attributes = torch.tensor([0] * 60 + [1] * 40).repeat(2)
    targets = torch.tensor([0, 1]).repeat_interleave(100)
    images = torch.randint(0, 255, (200, 8, 8, 1), dtype=torch.uint8)
    pool = Split(PackedImages(images), targets, tuple(f"{i}" for i in range(200)))
    planned = planned_splits(targets, attributes, NAMES, mix=[2, 1], ratio=2.0, test_size=5)
    return pool, attributes, planned


def written(out: Path, *, seed: int = 0) -> dict[str, dict[str, int]]:
    torch.manual_seed(0)
    pool, attributes, planned = made()
    kinds = ["blue" if rank else "red" for rank in attributes.tolist()]
    drawn = Drawn(pool.targets, NAMES, kinds, ranked(protocol_positions(planned), attributes))
    return write_tables(out, drawn, places=as_pictures(pool), recipe={"seed": seed})


def test_each_table_is_an_ordinary_data_set(tmp_path: Path) -> None:
    sizes = written(tmp_path)
    for name in ("clt", "glt", "alt"):
        data = load(Source(str(tmp_path / f"{name}.csv")))
        assert data.facts.split_sizes == {split: size for split, size in sizes[name].items() if size}
        assert data.facts.class_names == NAMES
    test = load(Source(str(tmp_path / "glt.csv"))).splits["test"]
    assert sorted(zip(test.targets.tolist(), test.attributes or (), strict=True)) == [
        (label, rank) for label in (0, 1) for rank in "00000" + "11111"
    ]


def test_pictures_are_those_of_the_pool(tmp_path: Path) -> None:
    written(tmp_path)
    planned = made()[2]
    data = load(Source(str(tmp_path / "alt.csv")))
    first = int(planned.balanced.train[0])
    assert data.splits["train"].names[0] == f"images/{first:06d}.png"
    (found,) = data.splits["train"].samples.read(torch.tensor([0]))
    torch.manual_seed(0)
    (wanted,) = made()[0].samples.read(torch.tensor([first]))
    assert torch.equal(found, wanted.expand(-1, -1, 3))


def test_the_recipe_and_the_counts_are_beside_them(tmp_path: Path) -> None:
    written(tmp_path)
    recipe = json.loads((tmp_path / "splits.json").read_text())
    assert recipe["seed"] == 0
    assert recipe["counts"]["glt"]["test"] == {"one": [5, 5], "two": [5, 5]}
    assert recipe["counts"]["clt"]["train"] == recipe["counts"]["glt"]["train"]


def test_the_same_recipe_gives_the_same_files_and_another_one_is_refused(tmp_path: Path) -> None:
    written(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.*")}
    written(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.*")} == before
    with pytest.raises(InputError, match="made in another way"):
        written(tmp_path, seed=1)


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    require_folder(tmp_path)
    (tmp_path / "mine").write_text("")
    for refused in (written, require_folder):
        with pytest.raises(InputError, match="expected a new or empty folder"):
            refused(tmp_path)


def test_files_are_named_from_the_tables(tmp_path: Path) -> None:
    (tmp_path / "photos" / "cat").mkdir(parents=True)
    places = in_files(tmp_path / "photos", ["cat/0.png", "../dog.png"])
    assert places(tmp_path / "splits", [1, 0]) == {1: "../dog.png", 0: "../photos/cat/0.png"}


def test_each_table_is_known_again(tmp_path: Path) -> None:
    written(tmp_path)
    tables = json.loads((tmp_path / "splits.json").read_text())["tables"]
    assert set(tables) == {"clt.csv", "glt.csv", "alt.csv"}
    (tmp_path / "clt.csv").write_bytes((tmp_path / "glt.csv").read_bytes())
    with pytest.raises(InputError, match="comes from other splits"):
        load(Source(str(tmp_path / "clt.csv")))


def test_a_test_like_training_has_a_table_of_its_own() -> None:
    planned = made()[2]
    drawn = replace(planned.long_tailed, test_lt=torch.tensor([3, 4]))
    positions = protocol_positions(planned._replace(long_tailed=drawn))
    assert positions["lt"]["test"].tolist() == [3, 4]
    assert torch.equal(positions["lt"]["train"], positions["glt"]["train"])
    assert "lt" not in protocol_positions(planned)


def test_a_run_can_be_tested_on_two_protocols() -> None:
    positions = protocol_positions(made()[2])
    assert torch.equal(positions["clt"]["train"], positions["glt"]["train"])
    assert torch.equal(positions["alt"]["test"], positions["glt"]["test"])
    assert not torch.equal(positions["clt"]["test"], positions["glt"]["test"])

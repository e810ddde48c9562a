"""MSCOCO-GLT from the command line, on a tiny COCO and on tables."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counterpoise.cli.main import main
from counterpoise.data.sources import Source, load

CATEGORIES = {"bear": (81, 80), "cat": (18, 120), "person": (1, 400)}
NAMES = ("red", "wet", "old", "big")
SHARES = np.array([0.9, 0.4, 0.2, 0.1])


@pytest.fixture(scope="module")
def coco(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of COCO, each picture with 40 objects of one class, and cocottributes.json."""
    root, draws = tmp_path_factory.mktemp("coco"), np.random.default_rng(0)
    lists = {split: {"images": [], "annotations": []} for split in ("train2014", "val2014")}
    scores: dict[int, list[float]] = {}
    for category, count in CATEGORIES.values():
        for start in range(0, count, 40):
            number = len(scores) // 40
            split = "val2014" if start == 40 else "train2014"
            name = f"COCO_{split}_{number:012d}.jpg"
            lists[split]["images"].append({"id": number, "file_name": name})
            (root / split).mkdir(exist_ok=True)
            Image.new("RGB", (60, 40), (200, 10, 10)).save(root / split / name)
            for _ in range(40):
                one = 1000 + len(scores)
                box = {"id": one, "image_id": number, "category_id": category, "bbox": [5, 5, 20, 10]}
                lists[split]["annotations"].append(box)
                scores[one] = (draws.random(4) < SHARES).astype(float).tolist()
    (root / "annotations").mkdir()
    for split, content in lists.items():
        content["categories"] = [{"id": one, "name": name} for name, (one, _) in CATEGORIES.items()]
        (root / "annotations" / f"instances_{split}.json").write_text(json.dumps(content))
    described = {
        "attributes": [{"id": i, "name": name} for i, name in enumerate(NAMES)],
        "ann_vecs": {str(one): row for one, row in scores.items()},
        "patch_id_to_ann_id": {str(one): one for one in scores},
    }
    (root / "cocottributes.json").write_text(json.dumps(described))
    return root


def drawn(out: Path, data: Path, *options: str) -> int:
    argv = ["data", "glt", "--preset", "mscoco_glt", "--data", str(data), "--out", str(out), "--test", "8"]
    return main([*argv, *options])


def test_objects_are_cut_out_and_drawn_by_the_rules(coco: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "splits"
    assert drawn(out, coco / "cocottributes.json", "--root", str(coco)) == 0
    most = 400 - 16
    assert int(most / 200**0.5) < 120 - 16
    pool = most + int(most / 200**0.5) + most // 200
    assert f"glt.csv: {pool - 36:,} train, 12 val, 24 test" in capsys.readouterr().out
    alt = load(Source(str(out / "alt.csv"), image_size=32))
    assert alt.facts.split_sizes == {"train": 3 * (80 - 8 - 2), "val": 6, "test": 12}
    assert alt.facts.class_names == ("bear", "cat", "person")
    with Image.open(out / "images" / "1000.jpg") as crop:
        pixels = np.asarray(crop)
    assert pixels.shape == (60, 60, 3)
    assert pixels[30, 30, 0] > 150 and pixels[3, 30].sum() < 30


def test_every_image_of_the_tables_is_written_and_no_other(coco: Path, tmp_path: Path) -> None:
    drawn(tmp_path, coco / "cocottributes.json", "--root", str(coco))
    named = {
        line.split(",")[0]
        for name in ("clt", "glt", "alt", "lt")
        for line in (tmp_path / f"{name}.csv").read_text().splitlines()[1:]
    }
    assert named == {f"images/{path.name}" for path in (tmp_path / "images").iterdir()}


def test_attributes_are_thirds_and_kinds_are_their_names(coco: Path, tmp_path: Path) -> None:
    drawn(tmp_path, coco / "cocottributes.json", "--root", str(coco))
    rows = [line.split(",") for line in (tmp_path / "clt.csv").read_text().splitlines()[1:]]
    ranks = [rank for _, _, split, rank, _ in rows if split == "test"]
    assert sorted(ranks) == sorted("012" * 8)
    usual = {kind for *_, rank, kind in rows if rank == "0"}
    assert all("red" in kind.split(";") for kind in usual)
    recipe = json.loads((tmp_path / "splits.json").read_text())
    assert recipe["data"]["objects"] == 600 and recipe["test"] == 8


def test_a_table_may_list_the_attributes_of_each_image(tmp_path: Path, capsys) -> None:
    draws, rows = np.random.default_rng(1), ["path,label,split,tags"]
    Image.new("RGB", (8, 8)).save(tmp_path / "one.png")
    for label, count in (("cat", 800), ("dog", 40)):
        for number in range(count):
            (tmp_path / f"{label}{number}.png").write_bytes((tmp_path / "one.png").read_bytes())
            tags = ["red", *np.array(NAMES)[draws.random(4) < SHARES]]
            rows.append(f"{label}{number}.png,{label},train,{';'.join(dict.fromkeys(tags))}")
    (tmp_path / "all.csv").write_text("\n".join(rows) + "\n")
    out = tmp_path / "splits"
    assert drawn(out, tmp_path / "all.csv", "--attribute", "tags") == 0
    assert "../cat" in (out / "glt.csv").read_text()
    assert json.loads((out / "splits.json").read_text())["data"]["values"] == sorted(NAMES)
    (tmp_path / "holes.csv").write_text(
        "\n".join([*rows[:-2], "dog38.png,dog,train,", "dog39.png,dog,train,"])
    )
    capsys.readouterr()
    assert drawn(tmp_path / "more", tmp_path / "holes.csv", "--attribute", "tags") == 2
    assert "2 of 840 have none: line 840 (dog38.png), line 841 (dog39.png)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "reads --data cocottributes.json with --root, the folder of COCO 2014"),
        (
            ("--root", "{0}", "--features", "x.npy", "--clusters", "3"),
            "mscoco_glt settles --features, --clusters",
        ),
        (("--root", "{0}", "--image-size", "32"), "and no --image-size"),
        (
            ("--root", "{0}", "--test", "30"),
            "at least 120 of them in all, but class 'bear' has 80; lower --test",
        ),
        (("--root", "{0}/annotations"), "lacks annotation 1000 (600 of 600 are missing)"),
    ],
)
def test_what_cannot_be_is_refused(options, message: str, coco: Path, tmp_path: Path, capsys) -> None:
    given = [option.format(coco) for option in options]
    assert drawn(tmp_path / "out", coco / "cocottributes.json", *given) == 2
    assert message in capsys.readouterr().err


def test_a_pickle_is_refused_with_the_line_that_converts_it(coco: Path, tmp_path: Path, capsys) -> None:
    assert drawn(tmp_path / "out", coco / "cocottributes_eccv_version.jbl", "--root", str(coco)) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and "joblib.load('cocottributes_eccv_version.jbl')" in lines[0]

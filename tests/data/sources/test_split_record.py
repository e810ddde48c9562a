"""Tables of splits and what lies beside them."""

import json
from pathlib import Path

import pytest

from counterpoise.data.sources import Source, load
from counterpoise.data.sources.split_record import LOOKED_AT, record, require_as_drawn
from counterpoise.data.sources.table import table_rows
from counterpoise.errors import InputError

TEXT = "path,label,split\n" + "".join(f"images/{i}.png,{'ab'[i % 2]},train\n" for i in range(40))
PATHS = [f"images/{i}.png" for i in range(40)]


@pytest.fixture
def table(make_folder) -> Path:
    """A table of 40 images, and the record of it."""
    folder = make_folder({"images": 40})
    (folder / "glt.csv").write_text(TEXT)
    (folder / "splits.json").write_text(
        json.dumps({"tables": {"glt.csv": record(TEXT.encode(), folder, PATHS)}})
    )
    return folder / "glt.csv"


def other(table: Path, position: int, folder: Path | None = None) -> None:
    """Another image in the place of one of them."""
    path = (folder or table.parent) / PATHS[position]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((table.parent / PATHS[position]).read_bytes() + b"other")


def test_a_table_that_was_not_changed_is_taken(table: Path) -> None:
    assert load(Source(str(table))).facts.split_sizes == {"train": 40}
    table.write_bytes(TEXT.replace("\n", "\r\n").encode())
    require_as_drawn(table, table.parent)


@pytest.mark.parametrize("read", [lambda table: load(Source(str(table))), lambda t: table_rows(t, t.parent)])
def test_an_edited_table_is_refused(read, table: Path) -> None:
    table.write_text(TEXT.replace("0.png,a", "0.png,b", 1))
    with pytest.raises(InputError, match="it was edited, or comes from other splits; draw the splits anew"):
        read(table)
    (table.parent / "splits.json").unlink()
    read(table)


def test_other_images_of_the_same_names_are_refused(table: Path, tmp_path: Path) -> None:
    for position in (0, 1, 2):
        other(table, position)
    with pytest.raises(
        InputError, match=r"images/0.png has another size in bytes \(2 of 20 that were looked at"
    ):
        load(Source(str(table)))


def test_images_in_another_folder_are_looked_at_there(table: Path, tmp_path_factory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for position in range(40):
        other(table, position, elsewhere)
    with pytest.raises(InputError, match=rf"the images in {elsewhere} that .*\(20 of 20"):
        load(Source(str(table), root=str(elsewhere)))
    require_as_drawn(table, table.parent)


def test_missing_images_are_left_to_whom_they_concern(table: Path) -> None:
    (table.parent / PATHS[0]).unlink()
    require_as_drawn(table, table.parent)
    with pytest.raises(InputError, match=r"cannot find the image .*0.png \(1 of 40"):
        load(Source(str(table)))


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"tables": []}', '{"tables": {"clt.csv": {}}}'])
def test_a_file_of_that_name_that_tells_nothing_of_the_table_is_passed_over(text: str, table: Path) -> None:
    (table.parent / "splits.json").write_text(text)
    table.write_text(TEXT.replace("0.png,a", "0.png,b", 1))
    require_as_drawn(table, table.parent)


def test_few_images_are_looked_at_whatever_the_size(make_folder) -> None:
    folder = make_folder({"images": 40})
    assert len(record(b"", folder, PATHS)["bytes"]) == LOOKED_AT
    assert set(record(b"", folder, PATHS[:2])["bytes"]) == set(PATHS[:2])
    assert record(b"", folder, [])["bytes"] == {}

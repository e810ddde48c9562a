"""Other data on which runs are measured."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from counterpoise.cli.elsewhere import elsewhere
from counterpoise.data.sources.load import load
from counterpoise.data.sources.source import Source
from counterpoise.errors import InputError

Written = Callable[..., str]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Write pictures and a table of them; rows are "label split number"."""

    def write(name: str, *rows: str) -> str:
        parts = [row.split() for row in rows]
        for label, _, number in parts:
            Image.new("RGB", (8, 8), (int(number), 0, 0)).save(tmp_path / f"{label}{number}.png")
        listed = [(f"{label}{number}.png", label, split) for label, split, number in parts]
        pd.DataFrame(listed, columns=["path", "label", "split"]).to_csv(tmp_path / name, index=False)
        return str(tmp_path / name)

    return write


@pytest.fixture
def source(written: Written) -> Source:
    rows = ("cat train 1", "cat train 2", "dog train 3", "cat test 4", "dog test 5")
    return Source(written("clt.csv", *rows), image_size=8)


def test_the_test_split_of_other_data_is_found(written: Written, source: Source) -> None:
    path = written("glt.csv", "cat train 1", "cat test 4", "dog test 7", "dog test 8")
    there = elsewhere(path, source, load(source))
    assert (there.path, there.split, len(there.data.splits["test"])) == (path, "test", 3)
    only_val = written("val.csv", "dog val 7")
    assert elsewhere(only_val, source, load(source)).split == "val"


def test_samples_that_were_trained_on_are_refused_and_the_first_named(
    written: Written, source: Source
) -> None:
    path = written("leak.csv", "cat test 2", "cat test 4", "dog test 3")
    reason = r"2 of 3 samples of .*leak.csv are training samples of .*clt.csv, such as .*/cat2.png"
    with pytest.raises(InputError, match=reason):
        elsewhere(path, source, load(source))


def test_they_are_found_below_another_folder(written: Written, source: Source, tmp_path: Path) -> None:
    written("ignored.csv", "dog test 3")
    (tmp_path / "below").mkdir()
    path = tmp_path / "below" / "leak.csv"
    path.write_text("path,label\n../dog3.png,dog\n")
    with pytest.raises(InputError, match="1 of 1 samples"):
        elsewhere(str(path), source, load(source))


def test_other_classes_are_refused(written: Written, source: Source) -> None:
    path = written("birds.csv", "bird test 9")
    with pytest.raises(InputError, match="'bird'; remove it"):
        elsewhere(path, source, load(source))

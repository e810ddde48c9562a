import base64
import json

import pytest

from counterpoise.errors import InputError
from counterpoise.report.sample_pictures import sample_pictures
from counterpoise.training.sample_pictures import PICTURES


@pytest.fixture
def folder(tmp_path):
    listed = tmp_path / PICTURES
    listed.parent.mkdir()
    listed.with_name("a.jpg").write_bytes(b"there")
    listed.with_name("b.jpg").write_bytes(b"found")
    row = {"name": "val/1.png", "there": "a.jpg", "found": "b.jpg"}
    listed.write_text(json.dumps({"pictures": [row]}))
    return tmp_path


def test_pictures_become_addresses_without_a_file(folder):
    (picture,) = sample_pictures(folder)
    assert picture.name == "val/1.png"
    for address, content in ((picture.there, b"there"), (picture.found, b"found")):
        start, _, code = address.partition(",")
        assert start == "data:image/jpeg;base64"
        assert base64.b64decode(code) == content


def test_a_run_without_pictures_has_none(tmp_path):
    assert sample_pictures(tmp_path) == []


def test_a_missing_picture_is_named(folder):
    (folder / PICTURES).with_name("b.jpg").unlink()
    with pytest.raises(InputError, match=r"cannot read .*b.jpg"):
        sample_pictures(folder)

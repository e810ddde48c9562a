import errno
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from counterpoise.errors import InputError
from counterpoise.files import read_json, require_empty, write_bytes, write_json, write_text

LIMITED = """
import resource, signal, sys
from pathlib import Path
from counterpoise.errors import InputError
from counterpoise.files import write_bytes
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_bytes(Path(sys.argv[1]), b"new" * 1000)
except InputError as error:
    sys.exit(str(error))
"""


def test_bytes_text_and_json_come_back(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"\x00\xff")
    write_text(tmp_path / "b", "Größe\n")
    write_json(tmp_path / "c", {"many": 0.5, "few": None})
    assert (tmp_path / "a").read_bytes() == b"\x00\xff"
    assert (tmp_path / "b").read_text(encoding="utf-8") == "Größe\n"
    assert read_json(tmp_path / "c") == {"many": 0.5, "few": None}


def test_an_old_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_text(path, "a long old text")
    write_text(path, "new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_missing_folders_are_made(tmp_path: Path) -> None:
    write_text(tmp_path / "a" / "b" / "file", "new")
    assert (tmp_path / "a" / "b" / "file").read_text() == "new"


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    path = tmp_path / "file"
    write_text(path, "old")

    def full(*arguments: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os if broken == "fsync" else Path, broken, full)
    with pytest.raises(InputError, match=r"cannot write .*file: No space left on device; free some space"):
        write_text(path, "new")
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interruption_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_text(path, "old")

    def interrupt(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    script = tmp_path / "limited.py"
    script.write_text(LIMITED)
    ended = subprocess.run([sys.executable, script, path], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"cannot write {path}: File too large; free some space")
    assert path.read_text() == "old"
    assert sorted(tmp_path.iterdir()) == [path, script]


def test_a_folder_that_cannot_be_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError) as caught:
        write_text(tmp_path / "file" / "below", "new")
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"cannot write {tmp_path / 'file' / 'below'}: ")
    assert "choose another --out" in message


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_numbers_that_json_does_not_know_are_refused(tmp_path: Path, number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "file", {"few": number})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [None, "{not json", ""])
def test_what_is_no_json_is_refused(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "run.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=r"cannot read .*run\.json: .*; is this a run folder"):
        read_json(path)


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    for empty in (tmp_path, tmp_path / "new"):
        require_empty(empty, "the rooms")
    (tmp_path / "file").write_text("mine")
    for used in (tmp_path, tmp_path / "file"):
        with pytest.raises(InputError, match=f"expected an empty folder for the rooms, but {used} is none"):
            require_empty(used, "the rooms")

"""Data sets that are made by a command."""

import pytest

from counterpoise.cli.data import MAKERS
from counterpoise.cli.main import main


@pytest.mark.parametrize("argv", [["data"], ["data", "rooms", "--help"], ["data", "--help"]])
def test_what_can_be_made_is_listed(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    if argv[-1] == "--help":
        with pytest.raises(SystemExit) as end:
            main(argv)
        assert end.value.code == 0
    else:
        assert main(argv) == 0
    shown = capsys.readouterr().out
    if "rooms" in argv:
        assert shown.startswith("usage: counterpoise data rooms")
    else:
        assert all(f"\n  {name} " in shown for name in MAKERS)


def test_another_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "room"]) == 2
    assert capsys.readouterr().err.endswith("but 'room' came; did you mean rooms?\n")
    assert main(["data", "xyz"]) == 2
    assert f"there are {', '.join(MAKERS)}" in capsys.readouterr().err

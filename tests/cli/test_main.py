"""The command line as a whole: commands, exit codes, and errors of one line."""

import importlib
import inspect

import pytest

from counterpoise.cli import main as module
from counterpoise.cli.main import COMMANDS, command, main
from counterpoise.errors import InputError
from counterpoise.version import __version__


@pytest.mark.parametrize("argv", [[], ["--help"], ["-h"], ["help"]])
def test_help_lists_every_command(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_module_with_a_main(name: str) -> None:
    found = importlib.import_module(f"counterpoise.cli.{name}").main
    assert list(inspect.signature(found).parameters) == ["argv"]
    assert command(name) is found


def test_the_demo_needs_a_seed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--seeds", "0"]) == 2
    assert capsys.readouterr().err == "counterpoise: error: expected at least 1 seed, but --seeds 0 came\n"


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "train"])
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([name, "--help"])
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: counterpoise {name}")


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"counterpoise {__version__}\n"


def test_an_unknown_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evalute"]) == 2
    assert capsys.readouterr().err == (
        "counterpoise: error: unknown command 'evalute'; did you mean evaluate?\n"
    )
    assert main(["xyz"]) == 2
    assert f"there are {', '.join(COMMANDS)}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "shown"),
    [
        (InputError("two\nlines"), 2, "counterpoise: error: two lines\n"),
        (FileNotFoundError(2, "gone", "x"), 2, "counterpoise: error: [Errno 2] gone: 'x'\n"),
        (
            KeyboardInterrupt(),
            130,
            "counterpoise: stopped; the same command goes on from the last checkpoint\n",
        ),
    ],
)
def test_errors_of_input_are_one_line(
    error: BaseException,
    code: int,
    shown: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(argv: list[str]) -> int:
        raise error

    monkeypatch.setattr(module, "command", lambda name: fail)
    assert main(["train"]) == code
    assert capsys.readouterr().err == shown


def test_errors_of_ours_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(argv: list[str]) -> int:
        raise TypeError("a defect")

    monkeypatch.setattr(module, "command", lambda name: fail)
    with pytest.raises(TypeError, match="a defect"):
        main(["train"])


def test_a_traceback_is_shown_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERPOISE_TRACEBACK", "1")
    with pytest.raises(InputError):
        main(["evalute"])

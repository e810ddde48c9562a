"""The parser: names, flags, types, and errors of one line."""

from typing import Literal

import pytest

from counterpoise.cli.parser import OneLineParser, fields, one_line, parser, underscored


def example() -> OneLineParser:
    """A parser with one option of each sort."""
    made = parser("try", "An example.")
    made.add_argument("--skip_corrupt", type=bool, default=False)
    made.add_argument("--image_size", type=int | None, default=None)
    made.add_argument("--alpha", type=float | Literal["auto"], default="auto")
    made.add_argument("--words", type=str, nargs="*", default=[])
    return made


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("--skip-corrupt", "--skip_corrupt"),
        ("--image-size=a-b", "--image_size=a-b"),
        ("--tde.direction-momentum", "--tde.direction_momentum"),
        ("resnet-50", "resnet-50"),
        ("-1", "-1"),
    ],
)
def test_dashes_in_names_are_underscores(argument: str, expected: str) -> None:
    assert underscored(argument) == expected


def test_options_may_be_written_with_dashes() -> None:
    found = example().parse_args(["--image-size", "8", "--skip-corrupt", "true"])
    assert (found.image_size, found.skip_corrupt) == (8, True)


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ([], False),
        (["--skip_corrupt"], True),
        (["--skip_corrupt", "--image_size", "9"], True),
        (["--skip_corrupt=false"], False),
        (["--skip_corrupt", "false"], False),
    ],
)
def test_a_flag_may_stand_alone(argv: list[str], expected: bool) -> None:
    assert example().parse_args(argv).skip_corrupt is expected


def test_a_negative_number_is_a_value() -> None:
    assert example().parse_args(["--alpha", "-1.5"]).alpha == -1.5
    assert example().parse_args(["--alpha=-1"]).alpha == -1


def test_fields_are_taken_by_name() -> None:
    found = example().parse_args(["--alpha", "2"])
    assert fields(found, ["alpha", "image_size"]) == {"alpha": 2.0, "image_size": None}


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (["--image_size", "big"], "--image_size expected int, but big came"),
        (["--alpha", "big"], "--alpha expected float or auto, but big came"),
        (["--skip_corrupt", "maybe"], "--skip_corrupt expected bool, but maybe came"),
        (["--wings", "2"], "--wings"),
        (["--imgae-size", "2"], "unrecognized arguments: --imgae_size 2; did you mean --image_size?"),
    ],
)
def test_an_error_is_one_line_and_ends_with_2(
    argv: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        example().parse_args(argv)
    shown = capsys.readouterr()
    assert end.value.code == 2
    assert shown.out == ""
    assert shown.err.startswith("counterpoise: error: ")
    assert shown.err.endswith(" (see counterpoise try --help)\n")
    assert reason in shown.err
    assert shown.err.count("\n") == 1


def test_a_message_that_is_not_understood_is_kept_on_one_line() -> None:
    assert one_line("something\n  else  went\nwrong") == "something else went wrong"

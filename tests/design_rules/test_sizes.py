"""Files and functions stay short, and only the command line prints."""

import ast

import pytest

from .source import File, Function, files

LONGEST_FILE, LONGEST_BODY = 300, 40
every_file = pytest.mark.parametrize("file", files(), ids=lambda file: file.name)


def body_lines(function: Function) -> int:
    """Lines of the body without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


@every_file
def test_no_file_is_long(file: File) -> None:
    assert len(file.text.splitlines()) <= LONGEST_FILE


@every_file
def test_no_function_is_long(file: File) -> None:
    long = {function.name: body_lines(function) for function in file.functions}
    assert {name: lines for name, lines in long.items() if lines > LONGEST_BODY} == {}


def test_most_functions_are_very_short() -> None:
    lengths = sorted(body_lines(function) for file in files() for function in file.functions)
    assert lengths[len(lengths) // 2] <= 5


@every_file
def test_only_the_command_line_prints(file: File) -> None:
    calls = [node.func for node in file.nodes if isinstance(node, ast.Call)]
    prints = [call.lineno for call in calls if isinstance(call, ast.Name) and call.id == "print"]
    assert file.room == "cli" or not prints

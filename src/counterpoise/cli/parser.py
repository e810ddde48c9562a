"""The parser of all commands: typed options, and errors of one line."""

import argparse
import dataclasses
import difflib
import re
import sys
from typing import Any, NoReturn, TypeVar, cast

from jsonargparse import ArgumentParser

T = TypeVar("T")


class OneLineParser(ArgumentParser):
    """A jsonargparse parser whose errors are one line and exit with 2."""

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Print why and how to get help, and exit."""
        print(
            f"counterpoise: error: {one_line(message)}{self._nearest(message)} (see {self.prog} --help)",
            file=sys.stderr,
        )
        raise SystemExit(2)

    def parse_args(self, args: Any = None, **options: Any) -> Any:
        """Parse; a flag may stand alone, and dashes in option names may be underscores."""
        for action in self._actions:
            if getattr(action, "_typehint", None) is bool:
                action.nargs, action.const = "?", True
        return super().parse_args([underscored(arg) for arg in args or []], **options)

    def _nearest(self, message: str) -> str:
        """The option that a misspelt one may have meant."""
        found = re.search(r"unrecognized arguments: (--[\w.]+)", message)
        near = difflib.get_close_matches(found[1], self._option_string_actions, n=1) if found else []
        return f"; did you mean {near[0]}?" if near else ""

    def hide_group_option(self, name: str) -> None:
        """Leave the option ``--name FILE`` that a nested group grows out of the help."""
        for action in self._actions:
            if action.dest == name:
                action.help = argparse.SUPPRESS


def parser(command: str, description: str) -> OneLineParser:
    """An empty parser for one command."""
    return OneLineParser(prog=f"counterpoise {command}", description=description, exit_on_error=True)


def fields(namespace: Any, names: Any) -> dict[str, Any]:
    """The named values of a namespace."""
    return {name: namespace[name] for name in names}


def instance(cls: type[T], namespace: Any) -> T:
    """A dataclass from the options of the same names."""
    return cls(**fields(namespace, [field.name for field in dataclasses.fields(cast(Any, cls))]))


def underscored(argument: str) -> str:
    """``--skip-corrupt`` as ``--skip_corrupt``; values stay as they are."""
    if not argument.startswith("--"):
        return argument
    name, equals, value = argument.partition("=")
    return "--" + name[2:].replace("-", "_") + equals + value


def one_line(message: str) -> str:
    """The message of jsonargparse in our grammar: which option expected what, and what came."""
    flat = " ".join(message.split())
    found = re.match(
        r'(?:Parser key )?"(?P<option>[^"]+)"(?: element \d+)?: .*(?:Got|Given) value: (?P<value>.*)$', flat
    )
    wanted = re.findall(r"Expected an? <class '(\w+)'>|Expected a typing\.Literal\[([^\]]*)\]", flat)
    if not found or not wanted:
        return flat
    kinds = dict.fromkeys(kind or choices.replace("'", "") for kind, choices in wanted if kind != "NoneType")
    return f"--{found['option']} expected {' or '.join(kinds)}, but {found['value']} came"

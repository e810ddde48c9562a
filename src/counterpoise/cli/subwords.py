"""Commands whose first word names one of several things to do, each in a module of its own."""

import difflib
import importlib
from collections.abc import Mapping

from counterpoise.errors import InputError


def run_subword(command: str, what: str, words: Mapping[str, str], argv: list[str]) -> int:
    """Run ``counterpoise.cli.COMMAND_WORD``; without a word, list them.

    Args:
        command: of the command line, such as study.
        what: a word stands for, such as "a study".
        words: what each is about.
        argv: the word and its options.

    Raises:
        InputError: there is no such word.
    """
    if not argv or argv[0] in ("-h", "--help"):
        listed = "\n".join(f"  {name:<10} {text}" for name, text in words.items())
        print(
            f"usage: counterpoise {command} NAME ...\n\n{listed}\n\ncounterpoise {command} NAME --help tells more."
        )
        if argv:
            raise SystemExit(0)
        return 0
    name, *rest = argv
    if name not in words:
        near = difflib.get_close_matches(name, words, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(words)}"
        raise InputError(f"{command} expects the name of {what} first, but {name!r} came; {hint}")
    return importlib.import_module(f"counterpoise.cli.{command}_{name}").main(rest)

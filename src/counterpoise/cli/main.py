"""The command line: ``counterpoise COMMAND ...``."""

import importlib
import os
import sys

from counterpoise.errors import InputError
from counterpoise.memory import keep_freed_memory
from counterpoise.version import __version__

COMMANDS = {
    "demo": "see a long tail being repaired: of digits in a minute, of scenes in three",
    "train": "train a recipe on your data",
    "compare": "train several recipes on the same data, and say which differ",
    "study": "the paper's studies: momentum, alpha, feature norms, activation maps",
    "evaluate": "measure a run again: other data, another alpha, other shot groups",
    "predict": "label and probability for images",
    "export": "one file that serves a trained predictor: ONNX, TorchScript, safetensors",
    "embed": "write the features of a frozen model once, or turn texts into columns",
    "data": "make data to try things on: long tails, rooms with their depth, scenes",
    "inspect": "what a data set looks like before you train on it",
    "recipes": "the recipes and modifiers there are, with their published numbers",
    "report": "write a run's HTML page again",
}

USAGE = "usage: counterpoise COMMAND ...\n\n" + "\n".join(
    f"  {name:<10} {text}" for name, text in COMMANDS.items()
)


def main(argv: list[str] | None = None) -> int:
    """Run a command; 0, or 2 with one line on standard error where the input is at fault.

    ``COUNTERPOISE_TRACEBACK=1`` shows where an error arose.
    """
    keep_freed_memory()
    words = sys.argv[1:] if argv is None else argv
    if not words or words[0] in ("-h", "--help", "help"):
        print(f"{USAGE}\n\ncounterpoise COMMAND --help tells more.")
        return 0
    if words[0] in ("--version", "-V"):
        print(f"counterpoise {__version__}")
        return 0
    try:
        return command(words[0])(words[1:])
    except (InputError, OSError) as error:
        if os.environ.get("COUNTERPOISE_TRACEBACK"):
            raise
        print(f"counterpoise: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("counterpoise: stopped; the same command goes on from the last checkpoint", file=sys.stderr)
        return 130


def command(name: str):
    """The function that runs a command; only its module is imported."""
    if name not in COMMANDS:
        import difflib

        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(COMMANDS)}"
        raise InputError(f"unknown command {name!r}; {hint}")
    return importlib.import_module(f"counterpoise.cli.{name}").main


if __name__ == "__main__":
    sys.exit(main())

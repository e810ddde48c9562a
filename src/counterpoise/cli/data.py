"""``counterpoise data NAME ...``: data sets that are made on the spot."""

import difflib
import importlib

from counterpoise.errors import InputError

MAKERS = {
    "rooms": "pictures of made-up rooms with the depth of every pixel",
}

USAGE = "usage: counterpoise data NAME ...\n\n" + "\n".join(
    f"  {name:<10} {text}" for name, text in MAKERS.items()
)


def main(argv: list[str]) -> int:
    """Make a data set; without a name, list what can be made."""
    if not argv or argv[0] in ("-h", "--help"):
        print(f"{USAGE}\n\ncounterpoise data NAME --help tells more.")
        if argv:
            raise SystemExit(0)
        return 0
    name, *rest = argv
    if name not in MAKERS:
        near = difflib.get_close_matches(name, MAKERS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(MAKERS)}"
        raise InputError(f"data expects the name of a data set to make first, but {name!r} came; {hint}")
    return importlib.import_module(f"counterpoise.cli.data_{name}").main(rest)

"""``counterpoise data NAME ...``: data sets that are made on the spot."""

from counterpoise.cli.subwords import run_subword

MAKERS = {
    "glt": "long tails of classes and of attributes, drawn from any labelled images",
    "rooms": "pictures of made-up rooms with the depth of every pixel",
    "scenes": "pictures of scattered digits with their boxes and masks, some digits frequent and some rare",
}


def main(argv: list[str]) -> int:
    """Make a data set; without a name, list what can be made."""
    return run_subword("data", "a data set to make", MAKERS, argv)

"""``counterpoise demo [NAME]``: a long tail being repaired in front of you."""

from counterpoise.cli.subwords import run_subword

SHOWN = {
    "digits": "handwritten digits, classified; about a minute, and what is shown without a name",
    "scenes": "digits scattered over pictures, detected; about three minutes on a core",
}


def main(argv: list[str]) -> int:
    """Show one."""
    named = argv and (argv[0] in ("-h", "--help") or not argv[0].startswith("-"))
    return run_subword("demo", "a demo", SHOWN, argv if named else ["digits", *argv])

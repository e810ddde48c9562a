"""``counterpoise study NAME ...``: the figures of papers, on your own data and runs."""

import difflib
import importlib

from counterpoise.errors import InputError

STUDIES = {
    "momentum": "train anew with several momenta of SGD: what it does to head and tail (figure 1c)",
    "alpha": "accuracies against alpha for a trained run with TDE (figure 4)",
    "norms": "mean feature norm of every class, head to tail, for one run or several (figure 1b)",
    "maps": "Grad-CAM activation maps of several runs side by side (figure 5)",
    "features": "training and test features in one plane, and leakage of the tail (value of labels, figures 1, 4)",
    "unlabeled": "error against relevance, ratio and amount of unlabeled data (value of labels, figures 2, 3)",
}

USAGE = "usage: counterpoise study NAME ...\n\n" + "\n".join(
    f"  {name:<10} {text}" for name, text in STUDIES.items()
)


def main(argv: list[str]) -> int:
    """Run a study; without a name, list them."""
    if not argv or argv[0] in ("-h", "--help"):
        print(f"{USAGE}\n\ncounterpoise study NAME --help tells more.")
        if argv:
            raise SystemExit(0)
        return 0
    name, *rest = argv
    if name not in STUDIES:
        near = difflib.get_close_matches(name, STUDIES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(STUDIES)}"
        raise InputError(f"study expects the name of a study first, but {name!r} came; {hint}")
    return importlib.import_module(f"counterpoise.cli.study_{name}").main(rest)

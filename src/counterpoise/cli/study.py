"""``counterpoise study NAME ...``: the figures of papers, on your own data and runs."""

from counterpoise.cli.subwords import run_subword

STUDIES = {
    "momentum": "train anew with several momenta of SGD: what it does to head and tail (figure 1c)",
    "alpha": "accuracies against alpha for a trained run with TDE (figure 4)",
    "norms": "mean feature norm of every class, head to tail, for one run or several (figure 1b)",
    "maps": "Grad-CAM activation maps of several runs side by side (figure 5)",
    "features": "training and test features in one plane, and leakage of the tail (value of labels, figures 1, 4)",
    "unlabeled": "error against relevance, ratio and amount of unlabeled data (value of labels, figures 2, 3)",
}


def main(argv: list[str]) -> int:
    """Run a study; without a name, list them."""
    return run_subword("study", "a study", STUDIES, argv)

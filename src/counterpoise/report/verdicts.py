"""Which numbers of a comparison may be told apart from the best of their column and from the baseline."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from counterpoise.report.compared import ComparedRun
from counterpoise.report.evaluation import CLASS_PRECISIONS, GROUPS, Evaluation, weighs_classes
from counterpoise.report.scale import scale_of
from counterpoise.report.significance import Difference, paired_difference
from counterpoise.report.spread import Spread

BEST, LIKE_BEST, LIKE_BASELINE = "*", "=", "~"


class Verdict(NamedTuple):
    """One number of a comparison and how it stands to the others of its column.

    Attributes:
        spread: mean and deviation over the seeds.
        best: whether its mean is the best.
        to_best: its difference to the best; None for the best itself and where it cannot be judged.
        to_baseline: its difference to the baseline; None for the baseline and where it cannot be judged.
    """

    spread: Spread
    best: bool = False
    to_best: Difference | None = None
    to_baseline: Difference | None = None

    @property
    def marks(self) -> str:
        """``*`` best, ``=`` not distinguishable from the best, ``~`` not distinguishable from the baseline."""
        like_best, like_baseline = map(_alike, (self.to_best, self.to_baseline))
        return BEST * self.best + LIKE_BEST * like_best + LIKE_BASELINE * like_baseline


def _alike(difference: Difference | None) -> bool:
    return difference is not None and not difference.distinguishable


def verdicts(runs: Sequence[ComparedRun], score: str, baseline: str | None) -> list[Verdict]:
    """One column of a comparison; without knowledge of single images, or with one run, nothing is marked."""
    spreads = [run.score(score) for run in runs]
    pieces = _pieces(runs, score)
    if pieces is None:
        return [Verdict(spread) for spread in spreads]
    best = scale_of(runs[0].evaluations[0]).better([one.mean for one in spreads])
    first = next((position for position, run in enumerate(runs) if run.name == baseline), None)

    def difference(position: int, other: int | None) -> Difference | None:
        if other is None or position == other:
            return None
        return paired_difference(pieces[position], pieces[other])

    return [
        Verdict(spread, position == best, difference(position, best), difference(position, first))
        for position, spread in enumerate(spreads)
    ]


def _pieces(runs: Sequence[ComparedRun], score: str) -> list[NDArray] | None:
    """What each image adds to a score of each seed, (S, N) for each run; None where it cannot be judged."""
    shapes = {None if run.outcomes is None else run.outcomes.shape for run in runs}
    truth, evaluation = runs[0].truth, runs[0].evaluations[0]
    if len(runs) < 2 or None in shapes or len(shapes) > 1 or truth is None:
        return None
    if score in CLASS_PRECISIONS:
        members = _members(evaluation, score.removeprefix("precision_"), truth)
        named = [run.named for run in runs if run.named is not None]
        known = len(named) == len(runs) and members.any()
        return [precision_pieces(one, truth, members) for one in named] if known else None
    weights = image_weights(evaluation, score, truth)
    return None if weights is None else [weights * run.outcomes for run in runs]


def _members(evaluation: Evaluation, score: str, truth: NDArray) -> NDArray:
    """Which classes with images a score is a mean over, (C,) bool."""
    members = np.zeros(len(evaluation["class_names"]), dtype=bool)
    members[evaluation["shots"]["groups"][score] if score in GROUPS else slice(None)] = True
    return members & (np.bincount(truth, minlength=len(members)) > 0)


def image_weights(evaluation: Evaluation, score: str, truth: NDArray) -> NDArray | None:
    """What each image adds to an accuracy or error, (N,), summing to 1; None for a group without images.

    Overall, all images weigh the same. In a group, and in a balanced mean, all classes with images do.
    """
    if score == "mae" or (score == "overall" and not weighs_classes(evaluation)):
        return np.full(len(truth), 1 / len(truth))
    members = _members(evaluation, score, truth)
    if not members.any():
        return None
    counts = np.bincount(truth, minlength=len(members))
    return np.where(members, 1 / np.maximum(counts, 1), 0.0)[truth] / members.sum()


def precision_pieces(named: NDArray, truth: NDArray, members: NDArray) -> NDArray:
    """What each image adds to the mean precision of some classes, (S, N); the sums over the images are that mean.

    A precision is no sum over images, so each image counts by what the mean would lose without it (the jackknife). In
    simulations of equal methods with rarely named classes, the intervals of `paired_difference` then called at most
    5 % different; to first order alone, up to a third.

    Args:
        named: class that each seed names for each image, (S, N).
        truth: class of each image, (N,).
        members: over which classes the mean goes, (C,) bool.
    """
    return np.stack([_precision_pieces(own, truth, members) for own in named])


def _precision_pieces(named: NDArray, truth: NDArray, members: NDArray) -> NDArray:
    right = named == truth
    counts = np.bincount(named, minlength=len(members))
    hits = np.bincount(named, weights=right, minlength=len(members))
    precision = hits / np.maximum(counts, 1)
    without = (hits[named] - right) / np.maximum(counts[named] - 1, 1)
    lost = (members / members.sum())[named] * (precision[named] - without)
    return lost - lost.mean() + precision[members].mean() / len(truth)


def legend(runs: Sequence[ComparedRun], baseline: str | None) -> list[str]:
    """The marks and the rule behind them in words; empty where nothing is marked."""
    outcomes = runs[0].outcomes
    if outcomes is None or _pieces(runs, "overall") is None:
        return []
    seeds, images = outcomes.shape
    to_baseline = f"; {LIKE_BASELINE} not distinguishable from {baseline}" if baseline else ""
    return [
        f"{BEST} best of its column; {LIKE_BEST} not distinguishable from the best{to_baseline}.",
        "Distinguishable: the 95 % confidence interval of the paired difference leaves out zero. "
        + _paired_over(seeds, images, "McNemar test" if outcomes.dtype == bool else "paired t-test"),
        "Each pair is judged by itself: of twenty pairs of equal methods, one is expected to look different.",
    ]


def _paired_over(seeds: int, images: int, test: str) -> str:
    if seeds == 1:
        return (
            f"With one seed it covers the choice of the {images:,} test images alone (a {test} weighted "
            "by class), not what another seed would give."
        )
    few = (
        " Two seeds say little about the spread between seeds; three or more say more." if seeds == 2 else ""
    )
    return (
        f"It pairs the same {seeds} seeds and the same {images:,} test images, and takes both as samples "
        f"(Obuchowski and Rockette, 1995; Hillis, 2007; Student's t).{few}"
    )

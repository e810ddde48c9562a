"""The sweep over alpha: which of its points matter, and what the slider needs."""

from collections.abc import Sequence
from typing import Any

from counterpoise.report.class_row import ClassRow
from counterpoise.report.evaluation import SCORES, Evaluation


def nearest(alphas: Sequence[float], wanted: float) -> int:
    """Position of the swept alpha closest to ``wanted``."""
    return min(range(len(alphas)), key=lambda position: abs(alphas[position] - wanted))


def zero_position(evaluation: Evaluation) -> int | None:
    """Position of alpha 0, the total effect; None where the sweep has no such point or there is no sweep."""
    curve = evaluation.get("alpha_curve")
    if not curve:
        return None
    position = nearest(curve["alphas"], 0.0)
    return position if abs(curve["alphas"][position]) < 1e-9 else None


def chosen_position(evaluation: Evaluation) -> int:
    """Position closest to the alpha of the evaluation, or to 0 where none was chosen."""
    alpha = evaluation.get("alpha")
    return nearest(evaluation["alpha_curve"]["alphas"], alpha["value"] if alpha else 0.0)


def scores_at_zero(evaluation: Evaluation) -> dict[str, float | None]:
    """Accuracy of each group at alpha 0; empty where `zero_position` has none."""
    zero = zero_position(evaluation)
    return {} if zero is None else {score: evaluation["alpha_curve"][score][zero] for score in SCORES}


def slider_data(evaluation: Evaluation) -> dict[str, Any]:
    """Everything ``alpha.js`` draws from: fractions to four decimals, classes head to tail."""
    curve, row = evaluation["alpha_curve"], ClassRow(evaluation)
    return {
        "alphas": [round(alpha, 6) for alpha in curve["alphas"]],
        "chosen": chosen_position(evaluation),
        "zero": zero_position(evaluation),
        "scores": {score: _rounded(curve[score]) for score in SCORES},
        "per_class": [row.pick(_rounded(accuracies)) for accuracies in curve["per_class"]],
    }


def _rounded(fractions: Sequence[float | None]) -> list[float | None]:
    return [None if fraction is None else round(fraction, 4) for fraction in fractions]

"""The sweep over alpha: which of its points matter, and what the slider needs."""

from collections.abc import Sequence
from typing import Any

from counterpoise.errors import InputError
from counterpoise.report.class_row import ClassRow
from counterpoise.report.evaluation import SCORES, Evaluation, class_metric, detects


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


def swept_metric(evaluation: Evaluation) -> str:
    """What the numbers of the sweep are; of a detector those of boxes, even where masks are evaluated."""
    return "average precision of boxes" if detects(evaluation) else class_metric(evaluation)


def scores_at_zero(evaluation: Evaluation) -> dict[str, float | None]:
    """Accuracy of each group at alpha 0; empty where `zero_position` has none."""
    zero = zero_position(evaluation)
    return {} if zero is None else {score: evaluation["alpha_curve"][score][zero] for score in SCORES}


def at_alpha(evaluation: Evaluation, alpha: float) -> dict[str, Any]:
    """The evaluation that this alpha would have given, taken from the sweep; what was not swept is None.

    Raises:
        InputError: the evaluation has no sweep, or the sweep has no such point.
    """
    curve = evaluation.get("alpha_curve") or {"alphas": ()}
    position = next((at for at, swept in enumerate(curve["alphas"]) if abs(swept - alpha) < 1e-9), None)
    if position is None:
        raise InputError(
            f"expected a sweep with alpha {alpha:g}, but it has none; evaluate the run with that alpha"
        )
    swept = {name: curve[name][position] for name in (*SCORES, "balanced", "per_class")}
    unknown = {"confusion_by_shot": None, "alpha_curve": None}
    if detects(evaluation):
        unknown |= {"metric": f"mean {swept_metric(evaluation)}", "box": None, "mask": None}
    return {**evaluation, **swept, **unknown, "alpha": {"value": alpha, "how": "taken from the sweep"}}


def slider_data(evaluation: Evaluation) -> dict[str, Any]:
    """Everything ``alpha.js`` draws from; classes head to tail, their fractions to four decimals."""
    curve, row = evaluation["alpha_curve"], ClassRow(evaluation)
    return {
        "alphas": [round(alpha, 6) for alpha in curve["alphas"]],
        "chosen": chosen_position(evaluation),
        "zero": zero_position(evaluation),
        "scores": {score: curve[score] for score in SCORES},
        "per_class": [row.pick(_rounded(accuracies)) for accuracies in curve["per_class"]],
    }


def _rounded(fractions: Sequence[float | None]) -> list[float | None]:
    return [None if fraction is None else round(fraction, 4) for fraction in fractions]

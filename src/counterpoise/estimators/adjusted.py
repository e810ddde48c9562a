"""What the two ways of logit adjustment share."""

# ruff: noqa: N803 - X and C are scikit-learn's names

from abc import ABC
from collections.abc import Sequence
from numbers import Real
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval
from torch import Tensor

from counterpoise.estimators.affine import AffineLearner
from counterpoise.estimators.fitting import Solver
from counterpoise.estimators.learned import LearnedClassifier
from counterpoise.estimators.scoring import Prior
from counterpoise.samplers.class_probabilities import power_probabilities


class AdjustedLearner(AffineLearner, ABC):
    """An `AffineLearner` whose scores answer for the prior of training to the power 1 - tau: uniform with tau 1."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = LearnedClassifier._parameter_constraints | {
        "tau": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (),
        *,
        tau: float = 1.0,
        C: float = 1.0,
        solver: Solver = "auto",
        max_iter: int | None = None,
        tol: float = 1e-4,
        validation_fraction: float = 0.0,
        target_prior: Prior = None,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            hidden_layer_sizes,
            C=C,
            solver=solver,
            max_iter=max_iter,
            tol=tol,
            validation_fraction=validation_fraction,
            target_prior=target_prior,
            random_state=random_state,
        )
        self.tau = tau

    def _answered(self, counts: Tensor) -> Tensor:
        return power_probabilities(counts, 1 - self.tau)

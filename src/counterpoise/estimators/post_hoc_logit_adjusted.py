"""Logit adjustment after training."""

# ruff: noqa: N803 - X and C are scikit-learn's names

from collections.abc import Sequence
from numbers import Real
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval
from torch import Tensor

from counterpoise.estimators.affine import AffineLearner
from counterpoise.estimators.fitting import Solver
from counterpoise.estimators.learned import LearnedClassifier
from counterpoise.estimators.rows import Rows, class_totals
from counterpoise.estimators.scoring import Prior
from counterpoise.net import Classifier, Net
from counterpoise.samplers.class_probabilities import power_probabilities


class PostHocLogitAdjustedClassifier(AffineLearner):
    """Softmax regression whose scores are ``z - tau log prior``, `LogitAdjusted` (Menon et al., ICLR 2021, eq. 9).

    They answer for the prior of training to the power 1 - tau: uniform with tau 1.

    Args:
        hidden_layer_sizes: of ReLU layers before the classifier; none is a linear one.
        tau: strength; 1 is the paper's theory.
        C: inverse strength of the L2 penalty, see `SoftmaxClassifier`, as for all that follows.
        solver: "auto", "lbfgs" or "adam".
        max_iter: iterations or epochs.
        tol: where L-BFGS stops.
        validation_fraction: share of each class on which a temperature is fitted; 0 fits none (ours).
        target_prior: class mix for which scores shall answer; None leaves them as they are.
        random_state: decides what is held out, and what is drawn.

    >>> from sklearn.datasets import make_blobs
    >>> X, y = make_blobs([200, 40, 8], centers=[[0, 0], [3, 0], [0, 3]], random_state=0)
    >>> PostHocLogitAdjustedClassifier().fit(X, y).predict([[0, 0], [3, 0], [0, 3]])
    array([0, 1, 2])
    """

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

    def _predictor(self, net: Net, rows: Rows, strength: float | None) -> Classifier:
        from counterpoise.predictors import LogitAdjusted  # see rules

        return LogitAdjusted(net.classifier, class_totals(rows, len(self.classes_)), tau=self.tau)

    def _answered(self, counts: Tensor) -> Tensor:
        return power_probabilities(counts, 1 - self.tau)

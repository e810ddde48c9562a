"""Tau-normalised classifier."""

# ruff: noqa: N803 - X and C are scikit-learn's names

from collections.abc import Sequence
from numbers import Real
from typing import Any, ClassVar, Literal, cast

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions
from torch import Tensor

from counterpoise.estimators.affine import AffineLearner
from counterpoise.estimators.fitting import Solver
from counterpoise.estimators.learned import LearnedClassifier, uniform_like
from counterpoise.estimators.rows import Rows
from counterpoise.estimators.rules import swept_tau
from counterpoise.estimators.scoring import Prior
from counterpoise.net import Classifier, Net
from counterpoise.predictors import TauNormalized


class TauNormalizedClassifier(AffineLearner):
    """Softmax regression whose weights lose a power of their length at inference, `TauNormalized`, and their bias.

    Kang et al., Decoupling, ICLR 2020. Scores count as answering for equally many samples of each class.

    Args:
        hidden_layer_sizes: of ReLU layers before the classifier; none is a linear one.
        tau: power of the length. "auto" takes the best balanced accuracy of 0, 0.1 .. 2 on what is held out, as the
            paper does, and 1 where nothing is.
        C: inverse strength of the L2 penalty, see `SoftmaxClassifier`, as for all that follows.
        solver: "auto", "lbfgs" or "adam".
        max_iter: iterations or epochs.
        tol: where L-BFGS stops.
        validation_fraction: share of each class that is held out (ours: 0.2).
        target_prior: class mix for which scores shall answer; None leaves them as they are.
        random_state: decides what is held out, and what is drawn.

    Attributes:
        tau_: the power.
        taus_: those that were tried on what was held out, (A,); none where it is given.
        balanced_accuracies_: the balanced accuracy of each, (A,).

    >>> from sklearn.datasets import make_blobs
    >>> X, y = make_blobs([200, 40, 8], centers=[[0, 0], [3, 0], [0, 3]], random_state=0)
    >>> TauNormalizedClassifier().fit(X, y).predict([[0, 0], [3, 0], [0, 3]])
    array([0, 1, 2])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = LearnedClassifier._parameter_constraints | {
        "tau": [Interval(Real, 0, None, closed="left"), StrOptions({"auto"})],
    }

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (),
        *,
        tau: float | Literal["auto"] = "auto",
        C: float = 1.0,
        solver: Solver = "auto",
        max_iter: int | None = None,
        tol: float = 1e-4,
        validation_fraction: float = 0.2,
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

    def _forget(self) -> None:
        self.taus_ = self.balanced_accuracies_ = np.zeros(0)

    def _answered(self, counts: Tensor) -> Tensor:
        return uniform_like(counts)

    def _predictor(self, net: Net, rows: Rows, strength: float | None) -> Classifier:
        self.tau_ = strength
        return TauNormalized(net.classifier, tau=strength)

    def _swept(self, predictor: Classifier, features: Tensor, targets: Tensor) -> float:
        if self.tau != "auto":
            return float(self.tau)
        taus, scores, best = swept_tau(cast(TauNormalized, predictor), features, targets)
        self.taus_, self.balanced_accuracies_ = taus.numpy(), scores.numpy()
        return best

    def _ruled(self, net: Net, rows: Rows, seed: int) -> float:
        return 1.0 if self.tau == "auto" else float(self.tau)

"""Cosine classifier."""

# ruff: noqa: N803 - X and C are scikit-learn's names

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval

from counterpoise.classifiers import CosineClassifier
from counterpoise.estimators.fitting import Solver
from counterpoise.estimators.learned import LearnedClassifier
from counterpoise.estimators.normalized import NormalizedLearner
from counterpoise.estimators.scoring import Prior
from counterpoise.estimators.streaming import StreamingLearner
from counterpoise.net import Classifier


class CosineSoftmaxClassifier(NormalizedLearner, StreamingLearner):
    """Softmax over cosines of features and class weights; a baseline of De-confound-TDE (Tang et al., NeurIPS 2020).

    Each channel group of the features gets a constant behind it (`Lifted`), which stands for a bias (ours).

    Args:
        hidden_layer_sizes: of ReLU layers before the classifier; none is a linear one.
        tau: scale of the logits; 16 is the authors' advice, after OLTR.
        groups: channel groups; no source states them for this row (ours: 1).
        C: inverse strength of the L2 penalty of hidden layers, see `SoftmaxClassifier`, as for all that follows;
            the length of the last weights has no say.
        solver: "auto", "lbfgs" or "adam".
        max_iter: iterations or epochs.
        tol: where L-BFGS stops.
        validation_fraction: share of each class on which a temperature is fitted; 0 fits none (ours).
        target_prior: class mix for which scores shall answer; None leaves them as they are, for the mix of training.
        random_state: decides what is held out, and what is drawn.
        allow_new_classes: whether `partial_fit` takes classes that were not told at its first call.

    >>> from sklearn.datasets import make_blobs
    >>> X, y = make_blobs([200, 40, 8], centers=[[0, 0], [3, 0], [0, 3]], random_state=0)
    >>> CosineSoftmaxClassifier().fit(X, y).predict([[0, 0], [3, 0], [0, 3]])
    array([0, 1, 2])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = LearnedClassifier._parameter_constraints | {
        "allow_new_classes": ["boolean"],
        "tau": [Interval(Real, 0, None, closed="neither")],
        "groups": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (),
        *,
        tau: float = 16.0,
        groups: int = 1,
        C: float = 1.0,
        solver: Solver = "auto",
        max_iter: int | None = None,
        tol: float = 1e-4,
        validation_fraction: float = 0.0,
        target_prior: Prior = None,
        random_state: Any = None,
        allow_new_classes: bool = False,
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
        self.allow_new_classes = allow_new_classes
        self.tau = tau
        self.groups = groups

    @property
    def _groups(self) -> int:
        return self.groups

    def _classifier(self, dim: int, num_classes: int) -> Classifier:
        return CosineClassifier(dim, num_classes, tau=self.tau, groups=self.groups)

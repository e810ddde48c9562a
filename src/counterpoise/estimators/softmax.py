"""Plain softmax regression."""

# ruff: noqa: N803 - X and C are scikit-learn's names

from collections.abc import Sequence
from typing import Any, ClassVar

from counterpoise.estimators.affine import AffineLearner
from counterpoise.estimators.fitting import Solver
from counterpoise.estimators.learned import LearnedClassifier
from counterpoise.estimators.scoring import Prior
from counterpoise.estimators.streaming import StreamingLearner


class SoftmaxClassifier(AffineLearner, StreamingLearner):
    """Softmax regression by plain cross-entropy: the baseline of every table.

    With its defaults on small data it is `sklearn.linear_model.LogisticRegression`, to the last digits.

    Args:
        hidden_layer_sizes: of ReLU layers before the classifier; none is a linear one.
        C: inverse strength of the L2 penalty; the objective is the summed loss and ``||W||^2 / (2 C)``, without the
            biases, as in `LogisticRegression` (default 1 too).
        solver: "lbfgs" looks at all samples at once in float64 and draws nothing; "adam" reads batches of 512 in
            float32 where they lie, in an array or a mapped file; "auto" takes L-BFGS for small data (ours).
        max_iter: iterations of L-BFGS (None: 100, as scikit-learn) or epochs of Adam (None: 5, ours).
        tol: largest slope of the mean loss at which L-BFGS stops (scikit-learn: 1e-4).
        validation_fraction: share of the distinct rows of each class on which the temperature is fitted (`Tempered`),
            before all samples are learned from; 0 holds none out and fits none (ours: likelihood is its aim already).
        target_prior: class mix for which scores shall answer (`TargetPrior`): "uniform", "train", weights in the order
            of `classes_`, or weights by class. None leaves them as they are, for the mix of training.
        random_state: decides what is held out, hidden layers at the start, and batches.
        allow_new_classes: whether `partial_fit` takes classes that were not told at its first call.

    >>> from sklearn.datasets import make_blobs
    >>> X, y = make_blobs([200, 40, 8], centers=[[0, 0], [3, 0], [0, 3]], random_state=0)
    >>> SoftmaxClassifier().fit(X, y).predict([[0, 0], [3, 0], [0, 3]])
    array([0, 1, 2])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = LearnedClassifier._parameter_constraints | {
        "allow_new_classes": ["boolean"],
    }

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (),
        *,
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

"""LDAM with deferred re-weighting."""

# ruff: noqa: N803 - X and C are scikit-learn's names

from collections.abc import Sequence
from numbers import Real
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval
from torch import Tensor

from counterpoise.classifiers import CosineClassifier
from counterpoise.counts import effective_number_weights
from counterpoise.estimators.fitting import Plan, Solver
from counterpoise.estimators.learned import LearnedClassifier, fit_net
from counterpoise.estimators.normalized import NormalizedLearner
from counterpoise.estimators.rows import Rows, class_totals
from counterpoise.estimators.scoring import Prior
from counterpoise.losses import ClassWeighted, LDAMLoss
from counterpoise.losses.loss import Loss
from counterpoise.net import Classifier, Net
from counterpoise.samplers.class_probabilities import effective_number_probabilities


class LDAMClassifier(NormalizedLearner):
    """Cosine classifier with a larger margin for a rarer class, `LDAMLoss` (Cao et al., NeurIPS 2019).

    LDAM-DRW: without class weights at first, then with those of the effective number. L-BFGS minimises the one, and
    from there the other, each with its share of the iterations. A constant stands for a bias (`Lifted`, ours).

    Args:
        hidden_layer_sizes: of ReLU layers before the classifier; none is a linear one.
        max_margin: margin of the rarest class, in cosines (release: 0.5).
        scale: factor on all cosines (release: 30).
        beta: of the effective number (release: 0.9999).
        start: share of the work after which the weights hold (release: 160 of 200 epochs); 1 leaves them out.
        C: inverse strength of the L2 penalty of hidden layers, see `SoftmaxClassifier`, as for all that follows;
            the length of the last weights has no say.
        solver: "auto", "lbfgs" or "adam".
        max_iter: iterations or epochs.
        tol: where L-BFGS stops.
        validation_fraction: share of each class on which a temperature is fitted; 0 fits none (ours).
        target_prior: class mix for which scores shall answer; None leaves them as they are.
        random_state: decides what is held out, and what is drawn.

    >>> from sklearn.datasets import make_blobs
    >>> X, y = make_blobs([200, 40, 8], centers=[[0, 0], [3, 0], [0, 3]], random_state=0)
    >>> LDAMClassifier().fit(X, y).predict([[0, 0], [3, 0], [0, 3]])
    array([0, 1, 2])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = LearnedClassifier._parameter_constraints | {
        "max_margin": [Interval(Real, 0, None, closed="left")],
        "scale": [Interval(Real, 0, None, closed="neither")],
        "beta": [Interval(Real, 0, 1, closed="left")],
        "start": [Interval(Real, 0, 1, closed="right")],
    }

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (),
        *,
        max_margin: float = 0.5,
        scale: float = 30.0,
        beta: float = 0.9999,
        start: float = 0.8,
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
        self.max_margin = max_margin
        self.scale = scale
        self.beta = beta
        self.start = start

    def _classifier(self, dim: int, num_classes: int) -> Classifier:
        return CosineClassifier(dim, num_classes, tau=self.scale)

    def _loss(self, counts: Tensor) -> Loss:
        return LDAMLoss(counts, max_margin=self.scale * self.max_margin, scale=1.0)

    def _learn(self, net: Net, rows: Rows, plan: Plan) -> int:
        counts = class_totals(rows, len(self.classes_))
        first, then = plan.shares(self.start)
        iterations = fit_net(net, rows, self._loss(counts), first)
        if self.start == 1:
            return iterations
        weighted = ClassWeighted(self._loss(counts), effective_number_weights(counts, beta=self.beta))
        return iterations + fit_net(net, rows, weighted, then)

    def _answered(self, counts: Tensor) -> Tensor:
        return counts if self.start == 1 else effective_number_probabilities(counts, self.beta)

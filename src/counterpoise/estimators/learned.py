"""Classifiers that are learned: a net, a loss, and perhaps a strength that is chosen on held-out samples."""

# ruff: noqa: N803 - X and C are scikit-learn's names

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from torch import Tensor

from counterpoise.classifiers import CosineClassifier, NormalizedClassifier
from counterpoise.counts import uniform_prior
from counterpoise.estimators.fitting import (
    EPOCHS,
    ITERATIONS,
    Plan,
    Solver,
    Task,
    chosen_solver,
    fit_weights,
)
from counterpoise.estimators.nets import hidden_layers, undrawn
from counterpoise.estimators.rows import Rows, class_totals, held_out
from counterpoise.estimators.rules import answering, best_temperature
from counterpoise.estimators.scoring import Prior, ScoringClassifier
from counterpoise.losses import CrossEntropy
from counterpoise.losses.loss import Loss
from counterpoise.net import Classifier, Net

LEARNING: dict[str, list[Any]] = {
    "hidden_layer_sizes": ["array-like"],
    "C": [Interval(Real, 0, None, closed="neither")],
    "solver": [StrOptions({"auto", "lbfgs", "adam"})],
    "max_iter": [Interval(Integral, 1, None, closed="left"), None],
    "tol": [Interval(Real, 0, None, closed="left")],
    "random_state": ["random_state"],
}
"""What the parameters of every learned estimator may be."""

FLAT_NORMALIZED = 1e-4
"""L-BFGS stops here over normalised weights: their length hardly matters, so their slopes stay (ours)."""


class LearnedClassifier(ScoringClassifier):
    """A linear classifier, or one over hidden layers, that is learned from features.

    A final class says what its classifier and its loss are, and for which class prior its scores answer.

    Args:
        hidden_layer_sizes: of ReLU layers before the classifier; none is a linear one.
        C: inverse strength of the L2 penalty, as in `sklearn.linear_model.LogisticRegression`, whose default 1 it has.
        solver: "lbfgs" looks at all rows at once in float64 and draws nothing; "adam" reads batches of 512 in float32,
            as they lie in an array or a mapped file; "auto" takes the first for small data (ours).
        max_iter: iterations of L-BFGS (None: 100, as scikit-learn) or epochs of Adam (None: 5, ours).
        tol: largest slope of the mean loss at which L-BFGS stops (scikit-learn: 1e-4).
        validation_fraction: share of the distinct rows of each class on which strengths and the temperature are
            chosen, before all rows are learned from; 0 holds none out, and the temperature is 1.
        target_prior: class mix for which scores shall answer (`TargetPrior`): "uniform", "train", weights in the order
            of `classes_`, or weights by class; None leaves them as they are.
        random_state: decides what is held out, hidden layers at the start, and the batches.

    Attributes:
        n_iter_: iterations, or epochs, of the last fit.
        solver_: what "auto" took.
        temperature_: by which logits were divided.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = LEARNING | {
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "target_prior": [StrOptions({"uniform", "train"}), "array-like", dict, None],
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
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.C = C
        self.solver = solver
        self.max_iter = max_iter
        self.tol = tol
        self.validation_fraction = validation_fraction
        self.target_prior = target_prior
        self.random_state = random_state

    @abstractmethod
    def _classifier(self, dim: int, num_classes: int) -> Classifier:
        """The classifier over features that enter it."""

    def _loss(self, counts: Tensor) -> Loss:
        """What is minimised; (C,) class counts."""
        return CrossEntropy()

    def _answered(self, counts: Tensor) -> Tensor:
        """The class prior for which the scores answer, as weights; (C,) -> (C,)."""
        return counts

    def _predictor(self, net: Net, rows: Rows, strength: float | None) -> Classifier:
        """The classifier at inference; None leaves its strength open."""
        return net.classifier

    def _swept(self, predictor: Classifier, features: Tensor, targets: Tensor) -> float | None:
        """The strength chosen on held-out features."""
        return None

    def _ruled(self, net: Net, rows: Rows, seed: int) -> float | None:
        """The strength where nothing is held out."""
        return None

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn from features (N, D) and labels (N,), and forget all that was learned before.

        Args:
            X: features.
            y: labels.
            sample_weight: of the samples, (N,): factors on their losses and on their part in the class counts.

        Raises:
            ValueError: in scikit-learn's words, for parameters and data that cannot work.
        """
        self._validate_params()
        rows = self._read(X, y, sample_weight)
        self._forget()
        seed = drawn_seed(self.random_state)
        plan = plan_of(self, rows, len(self.classes_), seed)
        self.solver_ = plan.solver
        net = self._begin(rows, plan)
        plan, strength, self.temperature_ = self._chosen(net, rows, plan, seed)
        self.n_iter_ = self._learn(net, rows, plan)
        strength = self._ruled(net, rows, seed) if strength is None else strength
        self._net = net
        self.net_ = Net(net.backbone, self._answering(self._predictor(net, rows, strength)))
        return self

    def _forget(self) -> None:
        """Drop what an earlier fit has found and this one need not replace."""

    def _begin(self, rows: Rows, plan: Plan) -> Net:
        """The net before learning."""
        dim = rows.features.shape[1]
        encode = hidden_layers(dim, self.hidden_layer_sizes, dtype=plan.dtype, generator=plan.generator)
        width = (dim, *self.hidden_layer_sizes)[-1]
        return Net(encode, undrawn(lambda: self._classifier(width, len(self.classes_)), plan.dtype))

    def _learn(self, net: Net, rows: Rows, plan: Plan) -> int:
        """Train the net in place; -> iterations."""
        return fit_net(net, rows, self._loss(class_totals(rows, len(self.classes_))), plan)

    def _chosen(self, net: Net, rows: Rows, plan: Plan, seed: int) -> tuple[Plan, float | None, float]:
        """Train on a part and choose on the rest; -> the plan for all rows, the strength, and the temperature."""
        fraction, classes = self.validation_fraction, len(self.classes_)
        if not fraction:
            return plan, None, 1.0
        held, kept = held_out(rows, num_classes=classes, fraction=fraction, seed=seed)
        if not len(held):
            return plan, None, 1.0
        learned, unseen = rows.some(kept), rows.some(held)
        self._learn(net, learned, plan)
        with torch.no_grad():
            features = net.features(unseen.tensor(plan.dtype))
            strength = self._swept(self._predictor(net, learned, None), features, unseen.targets)
            predictor = self._predictor(net, learned, strength)
            answered = self._answered(class_totals(learned, classes))
            temperature = best_temperature(predictor, features, unseen.targets, answered)
        return plan.shortened(), strength, temperature

    def _answering(self, predictor: Classifier) -> Classifier:
        wanted = self._wanted(self.target_prior)
        if wanted is None and self.temperature_ == 1:
            return predictor
        answered = self._answered(torch.from_numpy(self.class_counts_).double())
        return answering(predictor, temperature=self.temperature_, answered=answered, wanted=wanted)


def fit_net(net: Net, rows: Rows, loss: Loss, plan: Plan) -> int:
    """Train what of a net can be trained, in place, on a loss; -> iterations."""
    loss, classifier = loss.to(plan.dtype), net.classifier
    free = [classifier.weight] if isinstance(classifier, CosineClassifier) else []  # its length has no say
    if isinstance(classifier, NormalizedClassifier):
        plan = replace(plan, flat=FLAT_NORMALIZED)
    if any(parameter.requires_grad for parameter in net.backbone.parameters()):
        task = Task(rows, lambda x, t: loss.per_sample(classifier.outputs(net.features(x)), t), free=free)
        return fit_weights(net, task, plan)
    if isinstance(classifier, NormalizedClassifier):
        task = Task(
            rows,
            lambda x, t: loss.per_sample(classifier.project(x), t),
            encode=lambda x: classifier.normalize(net.features(x)),
            free=free,
        )
        return fit_weights(classifier, task, plan)
    task = Task(rows, lambda x, t: loss.per_sample(classifier.outputs(x), t), encode=net.features)
    return fit_weights(classifier, task, plan)


def drawn_seed(random_state: Any) -> int:
    """One whole number of scikit-learn's random state."""
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def plan_of(estimator: Any, rows: Rows, outputs: int, seed: int) -> Plan:
    """How an estimator with the parameters of `LEARNING` finds weights."""
    dim = rows.features.shape[1]
    sizes = (dim, *estimator.hidden_layer_sizes, outputs)
    weights = sum(before * after for before, after in pairwise(sizes))
    solver = chosen_solver(estimator.solver, samples=len(rows), features=dim, weights=weights)
    return Plan(
        solver,
        estimator.max_iter or (ITERATIONS if solver == "lbfgs" else EPOCHS),
        tol=estimator.tol,
        penalty=1 / estimator.C,
        generator=torch.Generator().manual_seed(seed),
    )


def uniform_like(counts: Tensor) -> Tensor:
    """The uniform prior of as many classes; (C,) -> (C,) float64."""
    return uniform_prior(len(counts)).double()

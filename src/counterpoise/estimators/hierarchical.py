"""Regression by classes of several levels."""

# ruff: noqa: N803 - X and C are scikit-learn's names

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Literal, Self

import torch
from numpy.typing import ArrayLike
from sklearn.utils._param_validation import Interval, StrOptions
from torch import Tensor

from counterpoise.bins import class_means
from counterpoise.classifiers import HierarchicalClassifier, SoftplusClassifier
from counterpoise.estimators.fitting import Plan, Solver, Task, fit_weights
from counterpoise.estimators.learned import LEARNING, fit_net
from counterpoise.estimators.nets import draw_linear, undrawn
from counterpoise.estimators.regression import LearnedRegressor, bin_totals, equal_bins
from counterpoise.estimators.rows import Rows
from counterpoise.hierarchy import distinct_levels, equal_number_split, level_labels, level_sizes
from counterpoise.losses import Binned, HierarchicalLoss, RangePreservingDistillation, soft_ordinal_labels
from counterpoise.losses.loss import Loss
from counterpoise.net import Net
from counterpoise.predictors import HierarchyProduct, HierarchySum, MostLikelyValue

FEWEST_UNITS = 32


class HierarchicalRegressor(LearnedRegressor):
    """Classification for regression, adjusted by coarser levels of classes: HCA (Xiong, Yao, CVPR 2024).

    The finest classes are bins of equal width; every coarser level halves its classes by number of samples. All levels
    learn together (equation 6), and the answer is the mean training target of the most likely bin. There is no
    ``sample_weight``: those means are plain.

    Args:
        hidden_layer_sizes: of ReLU layers before the classifiers; none is a linear one.
        adjustment: "sum" adds the probabilities of all levels (HCA-add, equation 7), "product" multiplies them
            (HCA-mul, equation 8), "distillation" teaches them to a classifier of one hidden layer (HCA-d, equations 11
            to 14) with a quarter of the features as units (paper), but 32 or more (ours).
        bins: number of the finest classes (ours: 30).
        levels: how many, the finest included (paper: 7); those that repeat another are left out.
        sigma: of the soft ordinal labels, in bins (the paper prints none, ours: 1); 0 is one-hot labels.
        C: inverse strength of the L2 penalty, see `SoftmaxClassifier`, as for all that follows.
        solver: "auto", "lbfgs" or "adam".
        max_iter: iterations or epochs, for each step of learning.
        tol: where L-BFGS stops.
        random_state: decides what is drawn for hidden layers and batches.

    >>> import numpy as np
    >>> X = np.linspace(0, 1, 50)[:, None]
    >>> HierarchicalRegressor(bins=3, levels=2, C=100).fit(X, np.repeat([1.0, 2.0], 25)).predict([[0.1], [0.9]])
    array([1., 2.])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = LEARNING | {
        "adjustment": [StrOptions({"sum", "product", "distillation"})],
        "bins": [Interval(Integral, 2, None, closed="left")],
        "levels": [Interval(Integral, 2, None, closed="left")],
        "sigma": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (),
        *,
        adjustment: Literal["sum", "product", "distillation"] = "sum",
        bins: int = 30,
        levels: int = 7,
        sigma: float = 1.0,
        C: float = 1.0,
        solver: Solver = "auto",
        max_iter: int | None = None,
        tol: float = 1e-4,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            hidden_layer_sizes, C=C, solver=solver, max_iter=max_iter, tol=tol, random_state=random_state
        )
        self.adjustment = adjustment
        self.bins = bins
        self.levels = levels
        self.sigma = sigma

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from features (N, D) and targets (N,).

        Args:
            X: features.
            y: targets.

        Raises:
            ValueError: in scikit-learn's words, for parameters and data that cannot work.
        """
        rows = self._read(X, y, None)
        edges = equal_bins(rows.targets, self.bins)
        levels = distinct_levels(
            equal_number_split(bin_totals(rows.targets, rows.weights, edges), self.levels)
        )
        plan, hidden, width = self._prepared(rows, sum(level_sizes(levels)))
        values = class_means(rows.targets, edges).to(plan.dtype)
        net = Net(
            hidden,
            undrawn(lambda: HierarchicalClassifier(width, levels, representatives=values), plan.dtype),
        )
        self.n_iter_ = fit_net(net, rows, self._loss(levels, edges), plan)
        self.net_ = decoding(self._adjusted(net, rows, plan), values)
        return self

    def _loss(self, levels: Tensor, edges: Tensor) -> Loss:
        """Cross-entropy of all levels with soft labels."""
        numbers = torch.arange(len(edges) - 1, dtype=torch.float64)
        labels = torch.eye(len(numbers), dtype=torch.float64)
        if self.sigma:
            labels = soft_ordinal_labels(numbers, numbers, temperature=2 * self.sigma**2)
        return Binned(HierarchicalLoss(levels, level_labels(labels, levels)), edges)

    def _adjusted(self, net: Net, rows: Rows, plan: Plan) -> Net:
        """The net, whose classifier's finest level is adjusted by the others."""
        if self.adjustment == "sum":
            return Net(net.backbone, HierarchySum(net.classifier))
        if self.adjustment == "product":
            return Net(net.backbone, HierarchyProduct(net.classifier))
        return distilled(net, rows, plan)


def distilled(net: Net, rows: Rows, plan: Plan) -> Net:
    """The net with a student that has learned from all levels of its classifier, over the same features."""
    teacher: Any = net.classifier
    hidden = max(teacher.dim // 4, FEWEST_UNITS)
    student = undrawn(lambda: SoftplusClassifier(teacher.dim, teacher.num_classes, hidden=hidden), plan.dtype)
    draw_linear(student, plan.generator)
    loss = RangePreservingDistillation(teacher.levels)

    def per_sample(features: Tensor, targets: Tensor) -> Tensor:
        return loss.per_sample(student(features), teacher.outputs(features))

    fit_weights(student, Task(rows, per_sample, encode=net.features), plan)
    return Net(net.backbone, student)


def decoding(net: Net, values: Tensor) -> Net:
    """The net that says the value of its most likely class; (C,) values."""
    return Net(net.backbone, MostLikelyValue(net.classifier, values))

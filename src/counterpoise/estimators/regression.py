"""What regressors share: how input is checked, and how a net for numbers is learned."""

# ruff: noqa: N803 - X and C are scikit-learn's names

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted
from torch import Tensor

from counterpoise.bins import class_of, linear_edges
from counterpoise.classifiers import LinearClassifier
from counterpoise.estimators.fitting import Plan, Solver, Task, fit_weights
from counterpoise.estimators.learned import LEARNING, drawn_seed, plan_of
from counterpoise.estimators.nets import hidden_layers, undrawn
from counterpoise.estimators.rows import Rows, present_rows
from counterpoise.estimators.scoring import checked_features, checked_samples, outputs_of
from counterpoise.losses.loss import Loss
from counterpoise.net import Net


class LearnedRegressor(RegressorMixin, BaseEstimator, ABC):
    """A number for each sample, from a linear layer or hidden layers before it.

    Attributes:
        net_: the fitted net, a `counterpoise.net.Net`.
        n_iter_: iterations, or epochs.
        solver_: what "auto" took.
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = LEARNING

    net_: Net

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (),
        *,
        C: float = 1.0,
        solver: Solver = "auto",
        max_iter: int | None = None,
        tol: float = 1e-4,
        random_state: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.C = C
        self.solver = solver
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Numbers in the unit of the targets; (N, D) -> (N,)."""
        check_is_fitted(self)
        return outputs_of(self.net_, checked_features(self, X)).astype(np.float64).reshape(-1)

    def _read(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None) -> Rows:
        """Checked samples with a weight, and float64 targets.

        Raises:
            ValueError: in scikit-learn's words.
        """
        self._validate_params()
        features, targets = checked_samples(self, X, y, y_numeric=True, ensure_min_samples=2)
        weights = _check_sample_weight(sample_weight, features, dtype=np.float64, ensure_non_negative=True)
        return present_rows(features, targets.astype(np.float64), weights)

    def _prepared(self, rows: Rows, outputs: int) -> tuple[Plan, torch.nn.Sequential, int]:
        """The plan, the hidden layers, and the number of features behind them."""
        plan = plan_of(self, rows, outputs, drawn_seed(self.random_state))
        self.solver_ = plan.solver
        sizes = (rows.features.shape[1], *self.hidden_layer_sizes)
        hidden = hidden_layers(sizes[0], sizes[1:], dtype=plan.dtype, generator=plan.generator)
        return plan, hidden, sizes[-1]


class ValueRegressor(LearnedRegressor, ABC):
    """A `LearnedRegressor` that learns its number directly, over targets of mean 0 and standard deviation 1.

    A final class says how.
    """

    @abstractmethod
    def _learn(self, net: Net, rows: Rows, plan: Plan) -> int:
        """Train a net with one output on standardised targets, in place; -> iterations."""

    def _fit(self, rows: Rows) -> Self:
        plan, hidden, width = self._prepared(rows, 1)
        mean, scale = mean_and_scale(rows.targets, rows.weights)
        net = Net(hidden, undrawn(lambda: LinearClassifier(width, 1), plan.dtype))
        self.n_iter_ = self._learn(net, replace(rows, targets=(rows.targets - mean) / scale), plan)
        self.net_ = in_units(net, mean, scale)
        return self


class WeighableRegressor(ValueRegressor, ABC):
    """A `ValueRegressor` whose samples may have weights."""

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn from features (N, D) and targets (N,).

        Args:
            X: features.
            y: targets.
            sample_weight: of the samples, (N,): factors on their losses and on their part in the density of targets.

        Raises:
            ValueError: in scikit-learn's words, for parameters and data that cannot work.
        """
        return self._fit(self._read(X, y, sample_weight))


def fit_values(net: Net, rows: Rows, loss: Loss, plan: Plan) -> int:
    """Train a net with one output on a loss of it and the target, in place; -> iterations."""
    loss = loss.to(plan.dtype)
    task = Task(rows, lambda x, t: loss.per_sample(net(x).squeeze(1), t.to(plan.dtype)))
    return fit_weights(net, task, plan)


@torch.no_grad()
def in_units(net: Net, mean: float, scale: float) -> Net:
    """The net whose last, linear layer says ``mean + scale * x``, x being what it says now; changes the layer."""
    weight, bias = net.classifier.parameters()
    weight *= scale
    bias.mul_(scale).add_(mean)
    return net


def mean_and_scale(values: Tensor, weights: Tensor) -> tuple[float, float]:
    """Weighted mean and standard deviation, which is 1 where all values are equal; (N,), (N,)."""
    shares = weights / weights.sum()
    mean = shares @ values
    scale = (shares @ (values - mean).square()).sqrt().item()
    return mean.item(), scale or 1.0


def equal_bins(values: Tensor, bins: int) -> Tensor:
    """Edges of bins of equal width over all values; of an odd number of bins around the one value of equal targets."""
    lowest, highest = values.min().item(), values.max().item()
    if lowest < highest:
        return linear_edges(lowest, highest, bins)
    return linear_edges(lowest - 1, lowest + 1, bins | 1)


def bin_totals(values: Tensor, weights: Tensor, edges: Tensor) -> Tensor:
    """Summed weights of the values in each bin; (N,), (N,), (K + 1,) -> (K,)."""
    return torch.bincount(class_of(values, edges), weights=weights, minlength=len(edges) - 1)

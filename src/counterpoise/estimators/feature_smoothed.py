"""Regression over features whose distribution is smoothed."""

# ruff: noqa: N803 - X is scikit-learn's name

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import torch
from numpy.typing import ArrayLike
from sklearn.utils._param_validation import Interval
from torch import Tensor

from counterpoise.bins import class_of
from counterpoise.estimators.fitting import Plan, Solver, Task, fit_weights
from counterpoise.estimators.learned import LEARNING
from counterpoise.estimators.regression import ValueRegressor, equal_bins, fit_values
from counterpoise.estimators.rows import Rows
from counterpoise.losses import MSELoss
from counterpoise.net import Net
from counterpoise.trackers import FeatureStatistics


class FeatureSmoothedRegressor(ValueRegressor):
    """Squared error over features that move to the statistics of neighbouring targets: FDS (Yang et al., ICML 2021).

    In training a feature, the last before the linear layer, loses the mean and variance of its bin of targets and gets
    those smoothed over neighbouring bins, `FeatureStatistics`; at inference it stays as it is. Bins without samples
    get the mean of their neighbours' statistics (released code for text). Given features do not change, so their
    statistics are taken once. Hidden layers learn on plain features for half of the iterations, then statistics are
    taken, once too, and the second half is learned on moved features (ours; the paper takes them after every epoch).

    Args:
        hidden_layer_sizes: of ReLU layers before the last; none is a linear model.
        bins: number of bins of equal width (ours: 50; the paper has one for each year of age).
        kernel_size: length of the Gaussian window in bins, odd (released commands: 5).
        sigma: its width in bins (released commands: 2).
        C: inverse strength of the L2 penalty, see `SmoothedDensityRegressor`, as for all that follows.
        solver: "auto", "lbfgs" or "adam".
        max_iter: iterations or epochs.
        tol: where L-BFGS stops.
        random_state: decides what is drawn for hidden layers and batches.

    >>> import numpy as np
    >>> X = np.linspace(0, 1, 50)[:, None]
    >>> FeatureSmoothedRegressor(C=1000).fit(X, 3 * X[:, 0]).predict([[0.5]]).round(1)
    array([1.5])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = LEARNING | {
        "bins": [Interval(Integral, 1, None, closed="left")],
        "kernel_size": [Interval(Integral, 1, None, closed="left")],
        "sigma": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (),
        *,
        bins: int = 50,
        kernel_size: int = 5,
        sigma: float = 2.0,
        C: float = 1.0,
        solver: Solver = "auto",
        max_iter: int | None = None,
        tol: float = 1e-4,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            hidden_layer_sizes, C=C, solver=solver, max_iter=max_iter, tol=tol, random_state=random_state
        )
        self.bins = bins
        self.kernel_size = kernel_size
        self.sigma = sigma

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from features (N, D) and targets (N,).

        Args:
            X: features.
            y: targets.

        Raises:
            ValueError: in scikit-learn's words, for parameters and data that cannot work.
        """
        return self._fit(self._read(X, y, None))

    def _learn(self, net: Net, rows: Rows, plan: Plan) -> int:
        done, loss = 0, MSELoss()
        if len(self.hidden_layer_sizes):
            first, plan = plan.shares(0.5)
            done = fit_values(net, rows, loss, first)
        edges = equal_bins(rows.targets, self.bins)
        statistics = FeatureStatistics(
            net.classifier.dim,
            len(edges) - 1,
            kernel_size=self.kernel_size,
            sigma=self.sigma,
            fill_empty=True,
        )
        settle(statistics.to(plan.dtype), net, rows, edges)

        def per_sample(features: Tensor, targets: Tensor) -> Tensor:
            moved = statistics.calibrate(net.features(features), class_of(targets, edges))
            return loss.per_sample(net.classifier(moved).squeeze(1), targets.to(plan.dtype))

        return done + fit_weights(net, Task(rows, per_sample), plan)


@torch.no_grad()
def settle(statistics: FeatureStatistics, net: Net, rows: Rows, edges: Tensor) -> None:
    """Let statistics be those of features that stay: smoothed ones are an epoch behind, so two epochs are closed."""
    for some in rows.blocks():
        features = net.features(some.tensor(statistics.running_mean.dtype))
        statistics.observe(features, class_of(some.targets, edges))
    statistics.close_epoch()
    statistics.close_epoch()

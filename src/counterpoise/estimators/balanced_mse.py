"""Regression that undoes the mix of training targets."""

# ruff: noqa: N803 - X and C are scikit-learn's names

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval
from torch import Tensor

from counterpoise.bins import midpoints
from counterpoise.estimators.fitting import Solver
from counterpoise.estimators.learned import LEARNING
from counterpoise.estimators.regression import LossRegressor, bin_totals, equal_bins
from counterpoise.losses import BinnedMSE
from counterpoise.losses.loss import Loss


class BalancedMSERegressor(LossRegressor):
    """Balanced MSE in its form BNI, `BinnedMSE` (Ren et al., CVPR 2022).

    The density of the training targets is that of their counts in bins of equal width.

    Args:
        hidden_layer_sizes: of ReLU layers before the last; none is a linear model.
        noise: standard deviation of the noise in those of the training targets (ours: 0.5, as the recipes; the authors
            advise to tune it upwards). About the size of the error that remains is right; much more overshoots.
        bins: number of bins (ours: 50; the release has one for each year of age).
        C: inverse strength of the L2 penalty, see `SmoothedDensityRegressor`, as for all that follows.
        solver: "auto", "lbfgs" or "adam".
        max_iter: iterations or epochs.
        tol: where L-BFGS stops.
        random_state: decides what is drawn for hidden layers and batches.

    >>> import numpy as np
    >>> X = np.linspace(0, 1, 50)[:, None]
    >>> BalancedMSERegressor(C=1000).fit(X, 3 * X[:, 0]).predict([[0.5]]).round(1)
    array([1.5])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = LEARNING | {
        "noise": [Interval(Real, 0, None, closed="neither")],
        "bins": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (),
        *,
        noise: float = 0.5,
        bins: int = 50,
        C: float = 1.0,
        solver: Solver = "auto",
        max_iter: int | None = None,
        tol: float = 1e-4,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            hidden_layer_sizes, C=C, solver=solver, max_iter=max_iter, tol=tol, random_state=random_state
        )
        self.noise = noise
        self.bins = bins

    def _loss(self, values: Tensor, weights: Tensor) -> Loss:
        edges = equal_bins(values, self.bins)
        counts = bin_totals(values, weights, edges)
        return BinnedMSE(midpoints(edges), counts, noise_sigma=self.noise, learn_noise=False)

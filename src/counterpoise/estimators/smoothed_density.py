"""Regression whose rare targets weigh more."""

# ruff: noqa: N803 - X and C are scikit-learn's names

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval, StrOptions

from counterpoise.estimators.fitting import Plan, Solver
from counterpoise.estimators.learned import LEARNING
from counterpoise.estimators.regression import WeighableRegressor, bin_totals, equal_bins, fit_values
from counterpoise.estimators.rows import Rows
from counterpoise.losses import MSELoss, TargetWeighted
from counterpoise.net import Net
from counterpoise.smoothing import Scheme, lds_weights


class SmoothedDensityRegressor(WeighableRegressor):
    """Squared error, weighted by one over the smoothed density of targets: LDS (Yang et al., ICML 2021).

    The targets are counted in bins of equal width, `lds_weights` smooths the counts, `TargetWeighted` weighs.

    Args:
        hidden_layer_sizes: of ReLU layers before the last; none is a linear model.
        bins: number of bins (ours: 50; the paper has one for each year of age).
        scheme: "sqrt_inverse", one over the root of the count (paper: ages), or "inverse" (paper: text and depth).
        kernel_size: length of the Gaussian window in bins, odd (released commands: 5).
        sigma: its width in bins (released commands: 2).
        C: inverse strength of the L2 penalty, see `SoftmaxClassifier`, beside the errors of standardised targets.
        solver: "auto", "lbfgs" or "adam", see `SoftmaxClassifier`, as for all that follows.
        max_iter: iterations or epochs.
        tol: where L-BFGS stops.
        random_state: decides what is drawn for hidden layers and batches.

    >>> import numpy as np
    >>> X = np.linspace(0, 1, 50)[:, None]
    >>> SmoothedDensityRegressor(C=1000).fit(X, 3 * X[:, 0]).predict([[0.5]]).round(1)
    array([1.5])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = LEARNING | {
        "bins": [Interval(Integral, 1, None, closed="left")],
        "scheme": [StrOptions({"sqrt_inverse", "inverse"})],
        "kernel_size": [Interval(Integral, 1, None, closed="left")],
        "sigma": [Interval(Real, 0, None, closed="neither")],
    }

    scheme: Scheme

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (),
        *,
        bins: int = 50,
        scheme: Scheme = "sqrt_inverse",
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
        self.scheme = scheme
        self.kernel_size = kernel_size
        self.sigma = sigma

    def _learn(self, net: Net, rows: Rows, plan: Plan) -> int:
        edges = equal_bins(rows.targets, self.bins)
        counts = bin_totals(rows.targets, rows.weights, edges)
        found = lds_weights(counts, scheme=self.scheme, kernel_size=self.kernel_size, sigma=self.sigma)
        return fit_values(net, rows, TargetWeighted(MSELoss(), found, edges=edges), plan)

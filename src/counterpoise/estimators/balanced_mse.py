"""Regression that undoes the mix of training targets."""

# ruff: noqa: N803 - X and C are scikit-learn's names

from collections.abc import Sequence
from copy import deepcopy
from numbers import Integral, Real
from typing import Any, ClassVar, Literal

import torch
from sklearn.utils._param_validation import Interval, StrOptions

from counterpoise.bins import enclosing_midpoints
from counterpoise.estimators.fitting import Plan, Solver
from counterpoise.estimators.learned import LEARNING
from counterpoise.estimators.regression import (
    WeighableRegressor,
    bin_totals,
    equal_bins,
    fit_values,
    mean_and_scale,
)
from counterpoise.estimators.rows import Rows
from counterpoise.losses import BinnedMSE, MSELoss
from counterpoise.net import Net

LEAST_NOISE = 0.2
"""Standard deviations of the targets: with less the loss has so many hollows that it is hard to minimise (ours)."""


class BalancedMSERegressor(WeighableRegressor):
    """Balanced MSE in its form BNI, `BinnedMSE` (Ren et al., CVPR 2022).

    The density of the training targets is that of their counts in bins of equal width. A bin stands for its middle, but
    the outermost ones reach to the lowest and the highest target: the loss of a target beyond all bins would have no
    lower bound (ours).

    Args:
        hidden_layer_sizes: of ReLU layers before the last; none is a linear model.
        noise: standard deviation of the noise in those of the training targets; much more than the error that remains
            overshoots. "auto" learns by squared errors first and takes what they leave, but 0.2 at least (ours; in the
            paper the noise is learned, or tuned).
        bins: number of bins, 2 or more (ours: 50; the release has one for each year of age).
        C: inverse strength of the L2 penalty, see `SmoothedDensityRegressor`, as for all that follows.
        solver: "auto", "lbfgs" or "adam".
        max_iter: iterations or epochs.
        tol: where L-BFGS stops.
        random_state: decides what is drawn for hidden layers and batches.

    Attributes:
        noise_: the noise, in standard deviations of the training targets.

    >>> import numpy as np
    >>> X = np.linspace(0, 1, 50)[:, None]
    >>> BalancedMSERegressor(C=1000).fit(X, 3 * X[:, 0]).predict([[0.5]]).round(1)
    array([1.5])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = LEARNING | {
        "noise": [Interval(Real, 0, None, closed="neither"), StrOptions({"auto"})],
        "bins": [Interval(Integral, 2, None, closed="left")],
    }

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (),
        *,
        noise: float | Literal["auto"] = "auto",
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

    def _learn(self, net: Net, rows: Rows, plan: Plan) -> int:
        self.noise_ = remaining_error(net, rows, plan) if self.noise == "auto" else float(self.noise)
        edges = equal_bins(rows.targets, self.bins)
        loss = BinnedMSE(
            enclosing_midpoints(rows.targets, edges),
            bin_totals(rows.targets, rows.weights, edges),
            noise_sigma=self.noise_,
            learn_noise=False,
        )
        return fit_values(net, rows, loss, plan)


def remaining_error(net: Net, rows: Rows, plan: Plan) -> float:
    """The standard deviation, to three digits, of what a copy of the net leaves that learns by squared errors."""
    plain = deepcopy(net)
    fit_values(plain, rows, MSELoss(), plan)
    with torch.no_grad():
        said = [plain(some.tensor(plan.dtype)).squeeze(1) for some in rows.blocks()]
    left = mean_and_scale(rows.targets - torch.cat(said), rows.weights)[1]
    return max(LEAST_NOISE, float(f"{left:.3g}"))

"""Fitting: the weights that make a loss over rows least, by L-BFGS on all rows at once or by Adam on batches."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters
from torch.optim.lr_scheduler import LambdaLR

from counterpoise.estimators.rows import Rows

Solver = Literal["auto", "lbfgs", "adam"]

PerSample = Callable[[Tensor, Tensor], Tensor]
"""Encoded features (B, ...) and targets (B,) -> loss of each sample (B,)."""

Encode = Callable[[Tensor], Tensor]
"""Features as given, (B, D) -> features as the trained module takes them, (B, ...)."""

SMALL_WORK, SMALL_ROWS = 1_000_000_000, 50_000_000
ITERATIONS, EPOCHS = 100, 5
BATCH, RATE = 512, 0.003
FLAT = 64 * float(np.finfo(float).eps)


@dataclass(frozen=True)
class Plan:
    """How weights are found.

    Attributes:
        solver: "lbfgs", scipy's L-BFGS-B over all rows in float64, deterministic; "adam", batches in float32.
        max_iter: iterations of L-BFGS, or epochs of Adam.
        tol: L-BFGS stops when no slope of the mean loss is larger.
        flat: or when an iteration lowers the loss by a smaller share.
        penalty: factor on half the squared weights beside the summed loss; biases are left out.
        rate: learning rate of Adam; it falls to 0 in half a cosine.
        generator: draws the batches.
    """

    solver: Literal["lbfgs", "adam"]
    max_iter: int
    tol: float
    penalty: float
    generator: torch.Generator
    flat: float = FLAT
    rate: float = RATE

    def shortened(self) -> "Plan":
        """Half the work, from weights that are nearly right already."""
        return replace(self, max_iter=max(1, self.max_iter // 2), rate=self.rate / 2)

    def shares(self, first: float) -> tuple["Plan", "Plan"]:
        """The plan cut in two, the first with a share of the work; both have one iteration or more."""
        begin = max(1, round(first * self.max_iter))
        return replace(self, max_iter=begin), replace(self, max_iter=max(1, self.max_iter - begin))

    @property
    def dtype(self) -> torch.dtype:
        """The precision of the weights."""
        return torch.float64 if self.solver == "lbfgs" else torch.float32


def chosen_solver(solver: Solver, *, samples: int, features: int, weights: int) -> Literal["lbfgs", "adam"]:
    """What "auto" takes: L-BFGS while a look at all rows costs at most about a tenth of a second (ours)."""
    if solver != "auto":
        return solver
    small = samples * weights <= SMALL_WORK and samples * features <= SMALL_ROWS
    return "lbfgs" if small else "adam"


@dataclass(frozen=True)
class Task:
    """What is minimised: ``sum_i w_i loss_i + penalty * ||weights||^2 / 2``, by both solvers.

    Attributes:
        rows: what to learn from.
        per_sample: the loss of each sample from its encoded features; it calls what is trained.
        encode: what is done to features before, and is not trained; L-BFGS does it once.
        free: weights without penalty, beside all biases.
    """

    rows: Rows
    per_sample: PerSample
    encode: Encode = lambda features: features
    free: Sequence[Tensor] = ()

    def encoded(self, rows: Rows, dtype: torch.dtype) -> Tensor:
        """Features as what is trained takes them; (B, ...)."""
        with torch.no_grad():
            return self.encode(rows.tensor(dtype))

    def decay(self, weight: Tensor, plan: Plan) -> float:
        """The factor of a weight's penalty beside the mean loss."""
        spared = weight.ndim < 2 or any(weight is other for other in self.free)
        return 0.0 if spared else plan.penalty / float(self.rows.weights.sum())


def fit_weights(trained: nn.Module, task: Task, plan: Plan) -> int:
    """Train in place those parameters of a module that want a gradient, from their present values on.

    Returns:
        The number of iterations, or of epochs.
    """
    weights = [parameter for parameter in trained.parameters() if parameter.requires_grad]
    return (_minimize if plan.solver == "lbfgs" else _descend)(weights, task, plan)


def _minimize(weights: list[nn.Parameter], task: Task, plan: Plan) -> int:
    targets, features = task.rows.targets, task.encoded(task.rows, plan.dtype)
    shares = task.rows.weights / task.rows.weights.sum()
    decay = np.concatenate([np.full(weight.numel(), task.decay(weight, plan)) for weight in weights])
    flat = parameters_to_vector(weights).detach()
    vector_to_parameters(flat, weights)  # from here on the weights are views of one vector
    present = flat.numpy()

    def value_and_slope(vector: np.ndarray) -> tuple[float, np.ndarray]:
        present[:] = vector
        loss = task.per_sample(features, targets) @ shares
        slopes = torch.autograd.grad(loss, weights)
        pull = decay * vector
        return loss.item() + float(pull @ vector) / 2, torch.cat([s.flatten() for s in slopes]).numpy() + pull

    options = {"maxiter": plan.max_iter, "gtol": plan.tol, "ftol": plan.flat}
    result = minimize(value_and_slope, flat.clone().numpy(), jac=True, method="L-BFGS-B", options=options)
    present[:] = result.x
    return max(1, int(result.nit))


def _descend(weights: list[nn.Parameter], task: Task, plan: Plan) -> int:
    mean_weight = float(task.rows.weights.mean())
    penalised = [{"params": [weight], "weight_decay": task.decay(weight, plan)} for weight in weights]
    optimizer = torch.optim.Adam(penalised, lr=plan.rate, fused=True)
    steps = plan.max_iter * math.ceil(len(task.rows) / BATCH)
    falling = LambdaLR(optimizer, lambda step: (1 + math.cos(math.pi * step / steps)) / 2)
    for batch in _epochs(len(task.rows), plan):
        some = task.rows.some(batch)
        losses = task.per_sample(task.encoded(some, plan.dtype), some.targets)
        descend_once(optimizer, (losses * (some.weights / mean_weight).to(plan.dtype)).mean())
        falling.step()
    return plan.max_iter


def descend_once(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step of an optimizer."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def _epochs(samples: int, plan: Plan) -> Iterator[np.ndarray]:
    """Batches of row numbers, rising inside a batch, so that a file is read in its own order."""
    for _ in range(plan.max_iter):
        for part in torch.randperm(samples, generator=plan.generator).split(BATCH):
            yield part.sort().values.numpy()

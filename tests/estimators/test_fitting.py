# ruff: noqa: N806 - X is scikit-learn's name

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn

from counterpoise.estimators.fitting import Plan, Task, chosen_solver, fit_weights
from counterpoise.estimators.rows import present_rows
from counterpoise.losses import CrossEntropy

from .tails import blobs


def plan(solver: str = "lbfgs", **options: float) -> Plan:
    generator = torch.Generator().manual_seed(0)
    defaults = {"max_iter": 200, "tol": 1e-7, "penalty": 1.0} | options
    return Plan(solver, generator=generator, **defaults)  # pyright: ignore[reportArgumentType]


def fitted(used: Plan, weights: np.ndarray | None = None) -> nn.Linear:
    X, y = blobs()
    layer = nn.utils.skip_init(nn.Linear, 3, 3, dtype=used.dtype)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    rows = present_rows(X, y, np.ones(len(y)) if weights is None else weights)
    fit_weights(layer, Task(rows, lambda x, t: CrossEntropy().per_sample(layer(x), t)), used)
    return layer


def test_lbfgs_finds_what_scikit_learn_finds() -> None:
    weights = np.random.default_rng(0).uniform(0, 3, len(blobs()[1]))
    rival = LogisticRegression(tol=1e-8, max_iter=1000).fit(*blobs(), sample_weight=weights)
    ours = fitted(plan(), weights).weight.detach().numpy()
    assert np.abs(ours - rival.coef_).max() < 1e-4


def test_adam_has_the_same_aim() -> None:
    exact, near = fitted(plan()), fitted(plan("adam", max_iter=600, rate=0.2))
    X = torch.from_numpy(blobs()[0])
    assert near.weight.dtype == torch.float32
    assert (near.double()(X).softmax(1) - exact(X).softmax(1)).abs().max() < 0.02


def test_biases_and_free_weights_are_not_pulled() -> None:
    X, y = blobs()
    layer = nn.utils.skip_init(nn.Linear, 3, 3, dtype=torch.float64)
    rows = present_rows(X, y, np.full(len(y), 2.0))
    task = Task(rows, lambda x, t: x.sum(1), free=[layer.weight])
    assert task.decay(layer.weight, plan()) == task.decay(layer.bias, plan()) == 0
    assert Task(rows, task.per_sample).decay(layer.weight, plan()) == pytest.approx(1 / (2 * len(y)))


def test_no_global_state_is_touched() -> None:
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    fitted(plan("adam", max_iter=2))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.get_num_threads() == threads


def test_a_plan_is_cut_and_shortened() -> None:
    first, then = plan(max_iter=10).shares(0.8)
    assert (first.max_iter, then.max_iter) == (8, 2)
    assert plan(max_iter=1).shortened().max_iter == 1
    assert plan(max_iter=9).shortened().max_iter == 4


@pytest.mark.parametrize(
    ("samples", "features", "weights", "solver"),
    [(1000, 10, 100, "lbfgs"), (115_846, 2_048, 2_048_000, "adam"), (10**8, 1, 2, "adam")],
)
def test_auto_takes_lbfgs_for_small_data(samples: int, features: int, weights: int, solver: str) -> None:
    sizes = {"samples": samples, "features": features, "weights": weights}
    assert chosen_solver("auto", **sizes) == solver
    assert chosen_solver("adam", **sizes) == "adam"

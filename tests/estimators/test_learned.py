# ruff: noqa: N806 - X is scikit-learn's name

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.metrics import balanced_accuracy_score, log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils._param_validation import InvalidParameterError

from counterpoise.estimators import (
    BalancedSoftmaxClassifier,
    DeconfoundedTDEClassifier,
    LDAMClassifier,
    LogitAdjustedClassifier,
    SoftmaxClassifier,
)

from .tails import balanced, blobs


def test_pipelines_searches_and_folds() -> None:
    pipeline = make_pipeline(StandardScaler(), DeconfoundedTDEClassifier(random_state=0))
    grid = {"deconfoundedtdeclassifier__alpha": [0.0, 1.0]}
    search = GridSearchCV(pipeline, grid, scoring="balanced_accuracy", cv=3).fit(*blobs())
    assert search.best_params_["deconfoundedtdeclassifier__alpha"] in (0.0, 1.0)
    assert cross_val_score(pipeline, *blobs(), cv=3, scoring="balanced_accuracy").min() > 0.5


def test_columns_with_names_go_through_a_pipeline() -> None:
    pipeline = make_pipeline(StandardScaler(), FunctionTransformer(), SoftmaxClassifier())
    model = pipeline.set_output(transform="pandas").fit(*blobs())
    assert model[-1].feature_names_in_.tolist() == ["x0", "x1", "x2"]


def test_pipelines_that_sample() -> None:
    over = pytest.importorskip("imblearn.over_sampling", reason="imbalanced-learn is not installed")
    pipelines = pytest.importorskip("imblearn.pipeline")
    model = pipelines.make_pipeline(over.RandomOverSampler(random_state=0), SoftmaxClassifier())
    model.fit(*blobs())
    assert model[-1].class_counts_.tolist() == [300, 300, 300]


def test_pickled_and_cloned() -> None:
    X, y = blobs()
    model = DeconfoundedTDEClassifier(random_state=0).fit(X, y)
    assert pickle.loads(pickle.dumps(model)).decision_function(X) == pytest.approx(model.decision_function(X))
    assert not hasattr(clone(model), "net_")


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_a_mapped_file_is_learned_from_batch_by_batch(dtype: type, tmp_path: Path) -> None:
    X, y = blobs((3000, 600, 120))
    np.save(tmp_path / "x.npy", X.astype(dtype))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    model = DeconfoundedTDEClassifier(solver="adam", random_state=0).fit(mapped, y)
    assert model.solver_ == "adam"
    assert balanced_accuracy_score(balanced()[1], model.predict(balanced()[0])) > 0.75


@pytest.mark.parametrize("solver", ["lbfgs", "adam"])
def test_the_same_seed_gives_the_same_model_and_global_state_stays(solver: str) -> None:
    X, y = blobs()
    before = torch.get_rng_state()
    made = [
        DeconfoundedTDEClassifier((6,), solver=solver, random_state=seed).fit(X, y)  # pyright: ignore
        for seed in (0, 0, 1)
    ]
    assert torch.equal(torch.get_rng_state(), before)
    first, same, other = (model.decision_function(X) for model in made)
    assert np.array_equal(first, same)
    assert not np.allclose(first, other)


def test_a_temperature_from_held_out_samples_helps_probabilities() -> None:
    X, y = blobs()
    raw = LDAMClassifier(start=1.0).fit(X, y)
    honest = LDAMClassifier(start=1.0, validation_fraction=0.3, random_state=0).fit(X, y)
    assert raw.temperature_ == 1
    assert honest.temperature_ > 1
    assert log_loss(y, honest.predict_proba(X)) < log_loss(y, raw.predict_proba(X))


def test_hidden_layers_see_what_a_line_cannot() -> None:
    X = np.random.default_rng(0).uniform(-1, 1, (400, 2))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    assert SoftmaxClassifier().fit(X, y).score(X, y) < 0.7
    assert SoftmaxClassifier((16,), C=100, random_state=0).fit(X, y).score(X, y) > 0.95


@pytest.mark.parametrize(
    "parameters", [{"C": 0}, {"solver": "newton"}, {"validation_fraction": 1.0}, {"max_iter": 0}]
)
def test_bad_parameters_are_worded_as_scikit_learn_words_them(parameters: dict) -> None:
    with pytest.raises(InvalidParameterError, match=f"The '{next(iter(parameters))}' parameter"):
        BalancedSoftmaxClassifier(**parameters).fit(*blobs())


def test_weights_count_in_the_prior() -> None:
    X, y = blobs()
    weights = np.array([1.0, 5.0, 25.0])[y]
    model = LogitAdjustedClassifier(tau=1.0).fit(X, y, sample_weight=weights)
    assert model.class_counts_.tolist() == [300, 300, 300]
    plain = SoftmaxClassifier().fit(X, y, sample_weight=weights)
    assert model.predict_proba(X) == pytest.approx(plain.predict_proba(X), abs=1e-5)

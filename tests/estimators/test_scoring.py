# ruff: noqa: N806 - X is scikit-learn's name

import doctest
import importlib
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.estimator_checks import check_estimator

from counterpoise import estimators
from counterpoise.estimators import DecoupledClassifier, SoftmaxClassifier

from .tails import blobs

CLASSIFIERS = [getattr(estimators, name) for name in estimators.__all__ if name.endswith("Classifier")]
SMALLER: dict[type, Any] = {DecoupledClassifier: ((8,),)}
every_classifier = pytest.mark.parametrize("cls", CLASSIFIERS, ids=lambda cls: cls.__name__)
every_estimator = pytest.mark.parametrize("name", estimators.__all__)


def test_there_are_classifiers() -> None:
    assert len(CLASSIFIERS) == 10


@pytest.mark.filterwarnings("ignore")
@every_classifier
def test_it_keeps_the_conventions_of_scikit_learn(cls: type) -> None:
    found = check_estimator(cls(*SMALLER.get(cls, ())), on_skip=None)
    assert len(found) > 40
    assert {check["status"] for check in found} <= {"passed", "skipped"}


@every_estimator
def test_its_example_runs(name: str) -> None:
    found = doctest.testmod(importlib.import_module(getattr(estimators, name).__module__))
    assert found.attempted > 1
    assert not found.failed


def test_importing_them_and_the_predictors_brings_no_package_that_takes_seconds() -> None:
    words = "import counterpoise.estimators, counterpoise.predictors, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    slow = {"lightning", "matplotlib", "timm", "torchmetrics", "torchvision", "transformers"}
    assert slow.isdisjoint(done.stdout.split())


@every_classifier
def test_probabilities_are_those_of_the_scores(cls: type) -> None:
    X, y = blobs()
    model = cls(random_state=0).fit(X, y)
    scores, probabilities = model.decision_function(X), model.predict_proba(X)
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    assert probabilities == pytest.approx(raised / raised.sum(axis=1, keepdims=True))
    assert np.exp(model.predict_log_proba(X)) == pytest.approx(probabilities)
    assert model.class_counts_.tolist() == [300, 60, 12]


def test_labels_may_be_words_and_features_a_frame() -> None:
    X, y = blobs()
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    model = SoftmaxClassifier().fit(frame, np.array(["x", "y", "z"])[y])
    assert model.feature_names_in_.tolist() == ["a", "b", "c"]
    assert {*model.predict(frame)} == {"x", "y", "z"}
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame[["b", "a", "c"]])


def test_prior_of_every_form() -> None:
    X, y = blobs()
    plain = SoftmaxClassifier().fit(X, y)
    found = {
        str(prior): SoftmaxClassifier(target_prior=prior).fit(X, y).predict_proba(X)
        for prior in ("train", "uniform", [1, 1, 1], {0: 2, 1: 2, 2: 2}, [0, 1, 1])
    }
    assert found["train"] == pytest.approx(plain.predict_proba(X))
    moved = plain.predict_proba(X) / plain.class_counts_
    assert found["uniform"] == pytest.approx(moved / moved.sum(axis=1, keepdims=True), rel=1e-5)
    assert found["[1, 1, 1]"] == pytest.approx(found["uniform"])
    assert found["{0: 2, 1: 2, 2: 2}"] == pytest.approx(found["uniform"])
    assert not found["[0, 1, 1]"][:, 0].any()


@pytest.mark.parametrize("prior", [{0: 1, 1: 1}, [1, 1], [-1, 1, 1]])
def test_a_prior_that_is_none_is_refused(prior: Any) -> None:
    with pytest.raises(ValueError, match="weight"):
        SoftmaxClassifier(target_prior=prior).fit(*blobs())


def test_one_class_is_refused() -> None:
    with pytest.raises(ValueError, match="one class"):
        SoftmaxClassifier().fit(np.zeros((3, 1)), np.zeros(3))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_bad_numbers_are_worded_as_scikit_learn_words_them(bad: float) -> None:
    X, y = blobs()
    X[5, 1] = bad
    for dtype in (np.float64, np.float16):
        with pytest.raises(ValueError, match=r"Input X contains (NaN|infinity)"):
            SoftmaxClassifier().fit(X.astype(dtype), y)

# ruff: noqa: N806 - X is scikit-learn's name

import pickle

import numpy as np
import pytest
import torch

from counterpoise.estimators import (
    CosineSoftmaxClassifier,
    DeconfoundedTDEClassifier,
    SoftmaxClassifier,
)
from counterpoise.estimators.streaming import StreamingLearner, spread

from .tails import blobs

every_streaming = pytest.mark.parametrize(
    "cls",
    [CosineSoftmaxClassifier, DeconfoundedTDEClassifier, SoftmaxClassifier],
    ids=lambda cls: cls.__name__,
)


@every_streaming
def test_new_classes_get_their_place(cls: type) -> None:
    X, y = blobs((60, 60, 60))
    model = cls(allow_new_classes=True, random_state=0).partial_fit(X[y != 1], 2 * y[y != 1])
    assert model.classes_.tolist() == [0, 4]
    for _ in range(200):
        model.partial_fit(X, 2 * y)
    assert model.classes_.tolist() == [0, 2, 4]
    assert model.class_counts_.tolist() == [60 * 201, 60 * 200, 60 * 201]
    assert model.score(X, 2 * y) > 0.8


@every_streaming
def test_classes_that_are_not_told_are_refused(cls: type) -> None:
    X, y = blobs()
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        cls().partial_fit(X, y)
    model = cls().partial_fit(X[y < 2], y[y < 2], classes=[0, 1])
    with pytest.raises(ValueError, match=r"did not tell: \[2\]"):
        model.partial_fit(X, y)


@every_streaming
def test_a_fit_can_go_on_and_a_new_one_forgets(cls: type) -> None:
    X, y = blobs()
    model = cls(random_state=0).fit(X, y)
    before = model.decision_function(X)
    assert not np.allclose(model.partial_fit(X, y).decision_function(X), before)
    assert np.array_equal(model.fit(X, y).decision_function(X), before)


@every_streaming
def test_a_stream_can_be_pickled_in_between(cls: type) -> None:
    X, y = blobs()
    model = cls(random_state=0).partial_fit(X, y, classes=[0, 1, 2])
    copied = pickle.loads(pickle.dumps(model))
    found = [one.partial_fit(X, y).decision_function(X) for one in (model, copied)]
    assert np.array_equal(*found)


@every_streaming
def test_samples_of_weight_zero_are_absent(cls: type) -> None:
    X, y = blobs()
    weights = (np.arange(len(y)) % 3 > 0).astype(float)
    weighted = cls(random_state=0).partial_fit(X, y, classes=[0, 1, 2], sample_weight=weights)
    left_out = cls(random_state=0).partial_fit(X[weights > 0], y[weights > 0], classes=[0, 1, 2])
    assert weighted.decision_function(X) == pytest.approx(left_out.decision_function(X), abs=1e-5)


def test_rows_move_to_their_places() -> None:
    assert spread(torch.tensor([[1.0], [2.0]]), torch.tensor([0, 2]), 3).tolist() == [[1], [0], [2]]
    assert issubclass(SoftmaxClassifier, StreamingLearner)

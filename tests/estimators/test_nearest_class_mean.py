# ruff: noqa: N806 - X is scikit-learn's name

import inspect

import numpy as np
import pytest
from sklearn.metrics import log_loss
from sklearn.neighbors import NearestCentroid

from counterpoise.estimators import NearestClassMeanClassifier

from .tails import balanced, blobs


def test_raw_features_have_the_nearest_centroid() -> None:
    X, y = blobs()
    ours = NearestClassMeanClassifier(features="raw", random_state=0).fit(X, y)
    rival = NearestCentroid().fit(X, y)
    assert np.array_equal(ours.predict(balanced()[0]), rival.predict(balanced()[0]))


@pytest.mark.parametrize("features", ["centered_unit", "unit"])
def test_lengths_have_no_say(features: str) -> None:
    X, y = blobs()
    model = NearestClassMeanClassifier(features=features, random_state=0).fit(X, y)  # pyright: ignore
    centre = X.mean(axis=0) if features == "centered_unit" else np.zeros(3)
    assert np.array_equal(model.predict(centre + 3 * (X - centre)), model.predict(X))


def test_the_temperature_helps_probabilities() -> None:
    X, y = balanced()
    raw, honest = (
        NearestClassMeanClassifier(features="raw", validation_fraction=share, random_state=0).fit(X, y)
        for share in (0.0, 0.2)
    )
    assert raw.temperature_ == 1 != honest.temperature_
    unseen = balanced(5)
    assert log_loss(unseen[1], honest.predict_proba(unseen[0])) < log_loss(
        unseen[1], raw.predict_proba(unseen[0])
    )


def test_there_are_no_sample_weights() -> None:
    assert "sample_weight" not in inspect.signature(NearestClassMeanClassifier.fit).parameters

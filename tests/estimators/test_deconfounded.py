# ruff: noqa: N806 - X is scikit-learn's name

import numpy as np
import pytest
import torch
from sklearn.metrics import balanced_accuracy_score

from counterpoise.estimators import DeconfoundedTDEClassifier
from counterpoise.predictors import TotalDirectEffect

from .tails import balanced, blobs


def effect_of(model: DeconfoundedTDEClassifier) -> TotalDirectEffect:
    return next(part for part in model.net_.modules() if isinstance(part, TotalDirectEffect))


def test_the_head_direction_is_the_mean_of_lifted_features() -> None:
    X, y = blobs()
    model = DeconfoundedTDEClassifier(groups=1, random_state=0).fit(X, y)
    mean = np.append(X.mean(axis=0), 1.0)
    direction = effect_of(model).direction.numpy().ravel()
    assert direction[: len(mean)] == pytest.approx(mean / np.linalg.norm(mean))
    assert not direction[len(mean) :].any()


def test_alpha_is_the_best_on_what_is_held_out() -> None:
    model = DeconfoundedTDEClassifier(random_state=0).fit(*blobs())
    best = model.balanced_accuracies_.max()
    assert len(model.alphas_) == len(model.balanced_accuracies_) == 51
    assert model.balanced_accuracies_[np.isclose(model.alphas_, model.alpha_)] == best
    assert effect_of(model).alpha.item() == model.alpha_


def test_a_number_is_taken_as_it_is() -> None:
    model = DeconfoundedTDEClassifier(alpha=0.7, random_state=0).fit(*blobs())
    assert model.alpha_ == 0.7
    assert not len(model.alphas_)


def test_without_held_out_samples_alpha_follows_the_rule_of_the_authors() -> None:
    X, y = blobs()
    model = DeconfoundedTDEClassifier(validation_fraction=0.0).fit(X, y)
    cosines = effect_of(model).cosines(model.net_.features(torch.from_numpy(X)))
    assert model.alpha_ == pytest.approx(1 / cosines.mean().item())


def test_removing_the_pull_of_the_head_finds_the_tail() -> None:
    found = {
        alpha: balanced_accuracy_score(
            balanced()[1],
            DeconfoundedTDEClassifier(alpha=alpha, random_state=0).fit(*blobs()).predict(balanced()[0]),
        )
        for alpha in (0.0, "auto")
    }
    assert found["auto"] > found[0.0] + 0.03


@pytest.mark.parametrize("features", [1, 2, 3])
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_any_number_of_features_and_groups_will_do(features: int, groups: int) -> None:
    X, y = blobs()
    model = DeconfoundedTDEClassifier(groups=groups, random_state=0).fit(X[:, :features], y)
    assert np.isfinite(model.decision_function(X[:, :features])).all()


def test_a_stream_follows_the_direction_and_chooses_alpha_before_it_learns() -> None:
    model = DeconfoundedTDEClassifier(random_state=0)
    for seed in range(30):
        X, y = blobs((40, 8, 2), seed)
        model.partial_fit(X, y, classes=[0, 1, 2])
        assert seed > 0 or model.alpha_ == 0
    assert model.alpha_ > 0
    assert model.class_counts_.tolist() == [1200, 240, 60]
    direction = effect_of(model).direction.numpy()
    for _ in range(60):
        model.partial_fit(X + 20, y)
    assert np.abs(effect_of(model).direction.numpy() - direction).max() > 0.1
    assert balanced_accuracy_score(y, model.predict(X + 20)) > 0.5


def test_what_an_earlier_fit_tried_is_forgotten() -> None:
    model = DeconfoundedTDEClassifier(random_state=0).fit(*blobs())
    assert len(model.alphas_) == len(model.balanced_accuracies_) == 51
    assert model.set_params(alpha=1.0).fit(*blobs()).alphas_.size == 0

# ruff: noqa: N806 - X is scikit-learn's name

import numpy as np
import pytest

from counterpoise.classifiers import SoftplusClassifier
from counterpoise.estimators import HierarchicalRegressor
from counterpoise.predictors import HierarchyProduct, HierarchySum, MostLikelyValue

from .skewed import skewed

RULES = {"sum": HierarchySum, "product": HierarchyProduct, "distillation": SoftplusClassifier}


@pytest.mark.parametrize("adjustment", RULES)
def test_each_adjustment_is_that_of_the_house(adjustment: str) -> None:
    X, y = skewed()
    model = HierarchicalRegressor(adjustment=adjustment, random_state=0).fit(X, y)  # pyright: ignore
    decoder = model.net_.classifier
    assert isinstance(decoder, MostLikelyValue)
    assert isinstance(decoder.classifier, RULES[adjustment])
    assert np.corrcoef(model.predict(X), y)[0, 1] > 0.6
    assert {*model.predict(X)} <= {*decoder.representatives.tolist()}


def test_distillation_leaves_the_teacher_and_the_hidden_layers_alone() -> None:
    X, y = skewed()
    made = [
        HierarchicalRegressor((4,), adjustment=adjustment, random_state=0).fit(X, y)  # pyright: ignore
        for adjustment in ("sum", "distillation")
    ]
    first, second = ([*model.net_.backbone.parameters()] for model in made)
    assert len(first) == 2
    assert all(np.array_equal(a.detach(), b.detach()) for a, b in zip(first, second, strict=True))


def test_hard_labels_and_few_bins() -> None:
    X, y = skewed()
    model = HierarchicalRegressor(bins=2, levels=2, sigma=0.0).fit(X, y)
    assert len({*model.predict(X)}) <= 2

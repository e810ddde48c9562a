"""What all classifiers share: how input is checked, and how scores become answers."""

# ruff: noqa: N803 - X and C are scikit-learn's names

from abc import ABC
from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import assert_all_finite
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
from torch import Tensor, nn

from counterpoise.counts import uniform_prior
from counterpoise.errors import InputError
from counterpoise.estimators.rows import BLOCK, Rows, present_rows, tensor_of
from counterpoise.net import Net

FLOATS = [np.float64, np.float32, np.float16]

Prior = str | Mapping[Any, float] | ArrayLike | None
"""A class mix: "uniform", "train", a weight for each of `classes_`, or weights by class."""


class ScoringClassifier(ClassifierMixin, BaseEstimator, ABC):
    """Answers of a fitted net, with scikit-learn's names and words.

    A final class fits ``net_``, whose logits are `decision_function`; their softmax is `predict_proba`.

    Attributes:
        classes_: the classes, sorted, (C,).
        class_counts_: samples of each class in training, (C,): whole numbers, or summed weights.
        net_: the fitted net, a `counterpoise.net.Net`.
    """

    classes_: np.ndarray
    class_counts_: np.ndarray
    net_: Net

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Scores; (N, D) -> (N, C), and for two classes (N,): above 0 is the second."""
        scores = self._scores(X)
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def predict(self, X: ArrayLike) -> np.ndarray:
        """The class with the largest score; (N, D) -> (N,)."""
        best = self._scores(X).argmax(axis=1)
        return self.classes_[best]

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Probabilities of the classes; (N, D) -> (N, C)."""
        return softmax(self._scores(X), axis=1)

    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Logarithms of the probabilities; (N, D) -> (N, C)."""
        return log_softmax(self._scores(X), axis=1)

    def _scores(self, X: ArrayLike) -> np.ndarray:
        check_is_fitted(self)
        return outputs_of(self.net_, checked_features(self, X))

    def _read(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None) -> Rows:
        """Checked samples with a weight, and what is known of the classes.

        Raises:
            ValueError: in scikit-learn's words.
        """
        features, labels = checked_samples(self, X, y)
        check_classification_targets(labels)
        weights = _check_sample_weight(sample_weight, features, dtype=np.float64, ensure_non_negative=True)
        present = weights > 0
        self.classes_ = np.unique(labels[present])
        if len(self.classes_) < 2:
            raise InputError(
                f"samples of 2 classes or more are needed, but the data contains one class: {self.classes_[0]!r}"
            )
        codes = np.searchsorted(self.classes_, np.where(present, labels, self.classes_[0]))
        counted = None if sample_weight is None else weights
        self.class_counts_ = np.bincount(codes[present], None if counted is None else counted[present])
        return present_rows(features, codes, weights)

    def _wanted(self, prior: Prior) -> Tensor | None:
        """The class prior that is asked for, (C,) float64."""
        if prior is None:
            return None
        if isinstance(prior, str):
            named = {
                "uniform": uniform_prior(len(self.classes_)),
                "train": torch.from_numpy(self.class_counts_),
            }
            return named[prior].double()
        if isinstance(prior, Mapping):
            missing = [label for label in self.classes_ if label not in prior]
            if missing:
                raise InputError(f"target_prior must have a weight for every class, but {missing} have none")
            return torch.tensor([float(prior[label]) for label in self.classes_], dtype=torch.float64)
        return torch.from_numpy(np.asarray(prior, dtype=np.float64))


def checked_samples(
    estimator: BaseEstimator, X: ArrayLike, y: ArrayLike, **options: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Features as they are, whatever their float type, and targets; finite, and checked in scikit-learn's words."""
    given: Any = (X, y)
    features, targets = validate_data(estimator, *given, dtype=FLOATS, ensure_all_finite=False, **options)
    check_finite(estimator, np.asarray(features))
    return np.asarray(features), np.asarray(targets)


def checked_features(estimator: BaseEstimator, X: ArrayLike) -> np.ndarray:
    """Features to answer for; (N, D)."""
    given: Any = X
    features = np.asarray(validate_data(estimator, given, reset=False, dtype=FLOATS, ensure_all_finite=False))
    check_finite(estimator, features)
    return features


def check_finite(estimator: BaseEstimator, features: np.ndarray) -> None:
    """Refuse nan and infinity, block by block: a mapped file is not brought into memory.

    Raises:
        ValueError: in scikit-learn's words.
    """
    for start in range(0, len(features), BLOCK):
        assert_all_finite(
            features[start : start + BLOCK], estimator_name=type(estimator).__name__, input_name="X"
        )


def dtype_of(module: nn.Module) -> torch.dtype:
    """The precision of a module's numbers."""
    held = chain(module.parameters(), module.buffers())
    return next(tensor.dtype for tensor in held if tensor.is_floating_point())


@torch.no_grad()
def outputs_of(net: nn.Module, features: np.ndarray) -> np.ndarray:
    """What a net says, block by block, in its own precision; (N, D) -> (N, ...)."""
    dtype = dtype_of(net)
    blocks = (features[start : start + BLOCK] for start in range(0, len(features), BLOCK))
    return np.concatenate([net(tensor_of(block, dtype)).numpy() for block in blocks])

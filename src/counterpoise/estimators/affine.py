"""Learned classifiers whose scores are affine in their features, with scikit-learn's coefficients."""

from abc import ABC
from collections.abc import Callable

import numpy as np
from sklearn.utils.validation import check_is_fitted

from counterpoise.classifiers import LinearClassifier
from counterpoise.estimators.learned import LearnedClassifier
from counterpoise.estimators.scoring import outputs_of
from counterpoise.net import Classifier


class AffineLearner(LearnedClassifier, ABC):
    """A `LearnedClassifier` with one linear layer behind its features.

    Attributes:
        coef_: (C, D), or (1, D) for two classes; only without hidden layers.
        intercept_: (C,), or (1,) for two classes; only without hidden layers.
    """

    n_features_in_: int

    def _classifier(self, dim: int, num_classes: int) -> Classifier:
        return LinearClassifier(dim, num_classes)

    @property
    def coef_(self) -> np.ndarray:
        """The matrix W of `decision_function`, with temperature and prior in it."""
        return self._told(lambda features: np.eye(features)).T - self.intercept_[:, None]

    @property
    def intercept_(self) -> np.ndarray:
        """What `decision_function` says of a sample of zeros."""
        return self._told(lambda features: np.zeros((1, features)))[0]

    def _told(self, samples: Callable[[int], np.ndarray]) -> np.ndarray:
        """Scores of samples made for D features, (N, C), or (N, 1) for two classes."""
        check_is_fitted(self)
        if len(self.hidden_layer_sizes):
            raise AttributeError(f"{type(self).__name__} with hidden layers has no coefficients")
        scores = outputs_of(self.net_, samples(self.n_features_in_))
        return scores[:, 1:] - scores[:, :1] if len(self.classes_) == 2 else scores

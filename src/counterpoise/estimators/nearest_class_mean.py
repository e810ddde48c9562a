"""Nearest class mean."""

# ruff: noqa: N803 - X and C are scikit-learn's names

from numbers import Real
from typing import Any, ClassVar, Literal, Self

import torch
from numpy.typing import ArrayLike
from sklearn.utils._param_validation import Interval, StrOptions
from torch import Tensor, nn

from counterpoise.counts import uniform_prior
from counterpoise.estimators.learned import drawn_seed
from counterpoise.estimators.rows import Rows, held_out
from counterpoise.estimators.rules import answering, best_temperature, class_means_of
from counterpoise.estimators.scoring import Prior, ScoringClassifier
from counterpoise.net import Classifier, Net


class NearestClassMeanClassifier(ScoringClassifier):
    """The class whose mean feature is nearest; NCM of Kang et al., Decoupling, ICLR 2020 (`NearestClassMean`).

    Nothing is learned but means, and scores are negative squared distances, which count as answering for equally many
    samples of each class. The temperature is fitted on held-out samples.
    The means are plain, so there is no ``sample_weight``.

    Args:
        features: what is done to a feature first: "centered_unit" takes off the mean training feature and scales to
            length one (default of the release), "unit" only scales, "raw" does nothing.
        validation_fraction: share of the distinct rows of each class on which the temperature is fitted; 0 fits none
            (ours: 0.2).
        target_prior: class mix for which scores shall answer, see `SoftmaxClassifier`.
        random_state: decides what is held out.

    Attributes:
        temperature_: by which scores were divided.

    >>> from sklearn.datasets import make_blobs
    >>> X, y = make_blobs([200, 40, 8], centers=[[0, 0], [3, 0], [0, 3]], random_state=0)
    >>> NearestClassMeanClassifier(features="raw", random_state=0).fit(X, y).predict([[0, 0], [3, 0], [0, 3]])
    array([0, 1, 2])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "features": [StrOptions({"centered_unit", "unit", "raw"})],
        "validation_fraction": [Interval(Real, 0, 1, closed="left")],
        "target_prior": [StrOptions({"uniform", "train"}), "array-like", dict, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        features: Literal["centered_unit", "unit", "raw"] = "centered_unit",
        validation_fraction: float = 0.2,
        target_prior: Prior = None,
        random_state: Any = None,
    ) -> None:
        self.features = features
        self.validation_fraction = validation_fraction
        self.target_prior = target_prior
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Take the means of features (N, D) with labels (N,).

        Args:
            X: features.
            y: labels.

        Raises:
            ValueError: in scikit-learn's words, for parameters and data that cannot work.
        """
        self._validate_params()
        rows = self._read(X, y, None)
        answered = uniform_prior(len(self.classes_)).double()
        self.temperature_ = self._temperature(rows, answered)
        found = answering(
            self._means(rows),
            temperature=self.temperature_,
            answered=answered,
            wanted=self._wanted(self.target_prior),
        )
        self.net_ = Net(nn.Identity(), found)
        return self

    def _means(self, rows: Rows) -> Classifier:
        return class_means_of(rows.tensor(torch.float64), rows.targets, len(self.classes_), self.features)

    def _temperature(self, rows: Rows, answered: Tensor) -> float:
        held, kept = held_out(
            rows,
            num_classes=len(self.classes_),
            fraction=self.validation_fraction,
            seed=drawn_seed(self.random_state),
        )
        if not len(held):
            return 1.0
        unseen = rows.some(held)
        return best_temperature(
            self._means(rows.some(kept)), unseen.tensor(torch.float64), unseen.targets, answered
        )

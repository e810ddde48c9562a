"""Learned classifiers that can go on learning from a stream."""

# ruff: noqa: N803 - X and C are scikit-learn's names

from abc import ABC
from dataclasses import replace
from typing import Self, cast

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.utils.multiclass import _check_partial_fit_first_call, check_classification_targets
from sklearn.utils.validation import _check_sample_weight
from torch import Tensor

from counterpoise.classifiers import NormalizedClassifier
from counterpoise.errors import InputError
from counterpoise.estimators.fitting import BATCH, descend_once
from counterpoise.estimators.learned import LearnedClassifier, drawn_seed, plan_of
from counterpoise.estimators.nets import start_unmet_at_means, undrawn
from counterpoise.estimators.rows import Rows, class_totals, present_rows
from counterpoise.estimators.scoring import checked_samples, dtype_of
from counterpoise.losses import CrossEntropy
from counterpoise.net import Classifier, Net

STREAM_RATE = 0.01


class StreamingLearner(LearnedClassifier, ABC):
    """A `LearnedClassifier` that also learns batch by batch, without knowing class counts beforehand.

    A final class has the parameter ``allow_new_classes``.
    """

    allow_new_classes: bool
    _net: Net | None
    _optimizer: torch.optim.Optimizer | None

    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Go on learning, with one step of Adam (rate 0.01, ours) for every 512 samples in their order.

        Args:
            X: features, (N, D).
            y: labels, (N,).
            classes: all classes there will be; needed at the first call, unless new ones are allowed.
            sample_weight: of the samples, (N,).

        Raises:
            ValueError: in scikit-learn's words; also for a class that was not told, unless new ones are allowed.
        """
        self._validate_params()
        first = not hasattr(self, "classes_")
        features, labels = checked_samples(self, X, y, reset=first)
        check_classification_targets(labels)
        weights = _check_sample_weight(sample_weight, features, dtype=np.float64, ensure_non_negative=True)
        if first and classes is None and self.allow_new_classes:
            classes = np.unique(labels)
        if _check_partial_fit_first_call(self, classes):
            self._forget()
            self._open()
        self._admit(np.setdiff1d(labels, self.classes_))
        rows = present_rows(features, np.searchsorted(self.classes_, labels), weights)
        for start in range(0, len(rows), BATCH):
            self._take(rows.some(np.arange(start, min(start + BATCH, len(rows)))))
        net = cast(Net, self._net)
        self.net_ = Net(net.backbone, self._answering(self._streamed(net)))
        return self

    def _forget(self) -> None:
        super()._forget()
        self._optimizer = None

    def _open(self) -> None:
        """Before the first batch of a stream."""
        self.class_counts_ = np.zeros(len(self.classes_))
        self.solver_, self.n_iter_, self.temperature_ = "adam", 0, 1.0
        self._net = None

    def _take(self, rows: Rows) -> None:
        """Learn from one batch."""
        if self._net is None:
            plan = plan_of(self, rows, len(self.classes_), drawn_seed(self.random_state))
            self._net = self._begin(rows, replace(plan, solver="adam"))
        net, dtype = self._net, dtype_of(self._net)
        self._meet(net, rows)
        self._optimizer = self._optimizer or torch.optim.Adam(net.parameters(), lr=STREAM_RATE)
        losses = CrossEntropy().per_sample(net(rows.tensor(dtype)), rows.targets)
        descend_once(self._optimizer, (losses * rows.weights.to(dtype)).mean())
        self.class_counts_ = self.class_counts_ + class_totals(rows, len(self.classes_)).numpy()
        self.n_iter_ += 1

    def _meet(self, net: Net, rows: Rows) -> None:
        """See a batch before it is learned from: classes that are met for the first time begin at their means."""
        if isinstance(net.classifier, NormalizedClassifier):
            start_unmet_at_means(net.classifier, net.features, rows)

    def _streamed(self, net: Net) -> Classifier:
        """The classifier at inference."""
        return net.classifier

    def _admit(self, new: np.ndarray) -> None:
        """Give new classes their place among the others, which stay sorted."""
        if not len(new):
            return
        if not self.allow_new_classes:
            raise InputError(
                f"y contains classes that the first call did not tell: {new.tolist()}; name all of them in classes, "
                "or set allow_new_classes"
            )
        before, self.classes_ = self.classes_, np.union1d(self.classes_, new)
        places = torch.from_numpy(np.searchsorted(self.classes_, before))
        self._widen(places)

    def _widen(self, places: Tensor) -> None:
        """Move what is known of each class to its new place; (C before,)."""
        classes = len(self.classes_)
        self.class_counts_ = spread(torch.from_numpy(self.class_counts_), places, classes).numpy()
        if self._net is not None:
            old = self._net.classifier
            wider = undrawn(lambda: self._classifier(old.dim, classes), dtype_of(old))
            for name, weight in wider.named_parameters():
                weight.data = spread(old.get_parameter(name).data, places, classes)
            self._net, self._optimizer = Net(self._net.backbone, wider), None


def spread(rows: Tensor, places: Tensor, classes: int) -> Tensor:
    """The rows of classes at their new places, 0 elsewhere; (C before, ...), (C before,) -> (C, ...)."""
    return rows.new_zeros(classes, *rows.shape[1:]).index_copy_(0, places, rows)

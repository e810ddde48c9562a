"""De-confounded classifier with total direct effect."""

# ruff: noqa: N803 - X and C are scikit-learn's names

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar, Literal, cast

import numpy as np
import torch
from sklearn.utils._param_validation import Interval, StrOptions
from torch import Tensor

from counterpoise.classifiers import DeconfoundedClassifier
from counterpoise.estimators.fitting import Solver
from counterpoise.estimators.learned import LearnedClassifier, uniform_like
from counterpoise.estimators.nets import class_means
from counterpoise.estimators.normalized import NormalizedLearner
from counterpoise.estimators.rows import BLOCK, Rows, distinct_rows
from counterpoise.estimators.rules import alpha_hits, best_alpha, ruled_alpha, swept_alpha
from counterpoise.estimators.scoring import Prior, dtype_of
from counterpoise.estimators.streaming import StreamingLearner, spread
from counterpoise.net import Classifier, Net
from counterpoise.predictors import TotalDirectEffect
from counterpoise.trackers import HeadDirection

STREAM_MEMORY = 0.99


class DeconfoundedTDEClassifier(NormalizedLearner, StreamingLearner):
    """De-confounded classifier whose pull towards the head is removed at inference (Tang et al., NeurIPS 2020).

    Learned by plain cross-entropy of equation 7, without class counts; answers by equation 8, `TotalDirectEffect`. A
    given feature does not change while the classifier learns, so the moving average of features settles at their mean,
    and that is the head direction of `fit`. Features are cut into groups, and each group gets a constant behind it
    (`Lifted`), which stands for the bias that the classifier does not have: on ten tables with a tail the mean balanced
    accuracy was 0.64 without and 0.76 with it. Any number of features will do. Scale the columns of a table, such as by
    `StandardScaler`; embeddings can stay as they are.

    Alpha and the temperature are chosen on held-out samples, then all samples are learned from, beginning with the
    weights of the first fit. In a stream, `partial_fit`, the head direction is the moving average of `HeadDirection`
    over its batches, and "auto" takes the alpha that was best on each batch before it was learned from, the past fading
    by 0.99 a batch (ours).

    Args:
        hidden_layer_sizes: of ReLU layers before the classifier; none is a linear one.
        groups: channel groups K (paper: 2).
        tau: scale of the logits (paper: 16).
        gamma: constant added to each weight norm (paper: 1/32).
        alpha: strength of the removal. "auto" takes the best balanced accuracy of 0, 0.1 .. 5 on what is held out, and
            without it one over the mean cosine to the head direction, the authors' rule. Paper: 3 on ImageNet-LT, 1 to
            1.5 on others.
        C: inverse strength of the L2 penalty, see `SoftmaxClassifier`, as for all that follows.
        solver: "auto", "lbfgs" or "adam".
        max_iter: iterations or epochs.
        tol: where L-BFGS stops.
        validation_fraction: share of each class that is held out (ours: 0.2).
        target_prior: class mix for which scores shall answer; as they are, they count as answering for equally many
            samples of each class.
        random_state: decides what is held out, and what is drawn.
        allow_new_classes: whether `partial_fit` takes classes that were not told at its first call.

    Attributes:
        alpha_: the strength.
        alphas_: those that were tried on what was held out, (A,); none where it is given.
        balanced_accuracies_: the balanced accuracy of each, (A,).

    >>> from sklearn.datasets import make_blobs
    >>> X, y = make_blobs([200, 40, 8], centers=[[0, 0], [3, 0], [0, 3]], random_state=0)
    >>> model = DeconfoundedTDEClassifier(random_state=0).fit(X, y)
    >>> model.predict([[0, 0], [3, 0], [0, 3]])
    array([0, 1, 2])
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = LearnedClassifier._parameter_constraints | {
        "allow_new_classes": ["boolean"],
        "groups": [Interval(Integral, 1, None, closed="left")],
        "tau": [Interval(Real, 0, None, closed="neither")],
        "gamma": [Interval(Real, 0, None, closed="left")],
        "alpha": [Interval(Real, None, None, closed="neither"), StrOptions({"auto"})],
    }

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (),
        *,
        groups: int = 2,
        tau: float = 16.0,
        gamma: float = 1 / 32,
        alpha: float | Literal["auto"] = "auto",
        C: float = 1.0,
        solver: Solver = "auto",
        max_iter: int | None = None,
        tol: float = 1e-4,
        validation_fraction: float = 0.2,
        target_prior: Prior = None,
        random_state: Any = None,
        allow_new_classes: bool = False,
    ) -> None:
        super().__init__(
            hidden_layer_sizes,
            C=C,
            solver=solver,
            max_iter=max_iter,
            tol=tol,
            validation_fraction=validation_fraction,
            target_prior=target_prior,
            random_state=random_state,
        )
        self.allow_new_classes = allow_new_classes
        self.groups = groups
        self.tau = tau
        self.gamma = gamma
        self.alpha = alpha

    @property
    def _groups(self) -> int:
        return self.groups

    def _classifier(self, dim: int, num_classes: int) -> Classifier:
        return DeconfoundedClassifier(dim, num_classes, groups=self.groups, tau=self.tau, gamma=self.gamma)

    def _answered(self, counts: Tensor) -> Tensor:
        return uniform_like(counts)

    def _predictor(self, net: Net, rows: Rows, strength: float | None) -> Classifier:
        self.alpha_, self._tracker = strength, head_direction(net, rows)
        return self._effect(net, strength)

    def _swept(self, predictor: Classifier, features: Tensor, targets: Tensor) -> float:
        if self.alpha != "auto":
            return float(self.alpha)
        effect = cast(TotalDirectEffect, predictor)
        alphas, scores, best = swept_alpha(effect, features, targets)
        self.alphas_, self.balanced_accuracies_ = alphas.numpy(), scores.numpy()
        return best

    def _ruled(self, net: Net, rows: Rows, seed: int) -> float:
        if self.alpha != "auto":
            return float(self.alpha)
        seen = rows.some(distinct_rows(rows, seed)[0][:BLOCK])
        effect = cast(TotalDirectEffect, self._predictor(net, rows, None))
        return ruled_alpha(effect, encoded(net, seen))

    def _forget(self) -> None:
        super()._forget()
        self._tracker = self._hits = None
        self.alphas_ = self.balanced_accuracies_ = np.zeros(0)

    def _meet(self, net: Net, rows: Rows) -> None:
        """Follow the head direction, and with "auto" judge every alpha by samples that are not learned from yet."""
        super()._meet(net, rows)
        if self._tracker is None:
            self._tracker = HeadDirection(net.classifier.dim).to(dtype_of(net))
        features = encoded(net, rows)
        if self.alpha == "auto" and self._tracker.average.any():
            hits, seen = alpha_hits(self._effect(net, None), features, rows.targets)
            past = self._hits or (torch.zeros_like(hits), torch.zeros_like(seen))
            self._hits = STREAM_MEMORY * past[0] + hits, STREAM_MEMORY * past[1] + seen
        self._tracker.update(features)

    def _streamed(self, net: Net) -> Classifier:
        if self.alpha != "auto":
            self.alpha_ = float(self.alpha)
        else:
            self.alpha_ = best_alpha(*self._hits) if self._hits else 0.0
        return self._effect(net, self.alpha_)

    def _effect(self, net: Net, alpha: float | None) -> TotalDirectEffect:
        return TotalDirectEffect(net.classifier, cast(HeadDirection, self._tracker).average, alpha=alpha)

    def _widen(self, places: Tensor) -> None:
        super()._widen(places)
        if self._hits is not None:
            hits, seen = self._hits
            classes = len(self.classes_)
            self._hits = spread(hits.T, places, classes).T, spread(seen, places, classes)


@torch.no_grad()
def encoded(net: Net, rows: Rows) -> Tensor:
    """Features that enter the classifier; -> (N, D)."""
    return net.features(rows.tensor(dtype_of(net)))


@torch.no_grad()
def head_direction(net: Net, rows: Rows) -> HeadDirection:
    """What the moving average settles at for features that stay: their weighted mean."""
    together = Rows(rows.features, rows.places, torch.zeros_like(rows.targets), rows.weights)
    dtype = dtype_of(net)
    tracker = HeadDirection(net.classifier.dim).to(dtype)
    tracker.update(class_means(net.features, together, 1, dtype))
    return tracker

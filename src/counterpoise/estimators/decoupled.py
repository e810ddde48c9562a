"""Classifier re-training."""

# ruff: noqa: N803 - X and C are scikit-learn's names

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from counterpoise.counts import class_prior
from counterpoise.estimators.affine import AffineLearner
from counterpoise.estimators.fitting import Plan, Solver
from counterpoise.estimators.learned import fit_net, uniform_like
from counterpoise.estimators.rows import Rows, class_totals
from counterpoise.estimators.scoring import Prior
from counterpoise.losses import ClassWeighted
from counterpoise.net import Net
from counterpoise.samplers.class_probabilities import power_probabilities


class DecoupledClassifier(AffineLearner):
    """Hidden layers learn from samples as they come, the last layer again from balanced classes: cRT.

    Kang et al., Decoupling, ICLR 2020. The last layer starts anew over frozen hidden layers. Where the paper draws
    classes in turn, each sample has the weight one over the samples of its class (`ClassWeighted`), which has the same
    mean. Without hidden layers it is softmax regression with balanced classes.

    Args:
        hidden_layer_sizes: of ReLU layers before the classifier (ours: one of 128).
        C: inverse strength of the L2 penalty, see `SoftmaxClassifier`, as for all that follows.
        solver: "auto", "lbfgs" or "adam".
        max_iter: iterations or epochs.
        tol: where L-BFGS stops.
        validation_fraction: share of each class on which a temperature is fitted; 0 fits none (ours).
        target_prior: class mix for which scores shall answer; None leaves them as they are, uniform.
        random_state: decides what is held out, and what is drawn.

    >>> from sklearn.datasets import make_blobs
    >>> X, y = make_blobs([200, 40, 8], centers=[[0, 0], [3, 0], [0, 3]], random_state=0)
    >>> DecoupledClassifier(random_state=0).fit(X, y).predict([[0, 0], [3, 0], [0, 3]])
    array([0, 1, 2])
    """

    def __init__(
        self,
        hidden_layer_sizes: Sequence[int] = (128,),
        *,
        C: float = 1.0,
        solver: Solver = "auto",
        max_iter: int | None = None,
        tol: float = 1e-4,
        validation_fraction: float = 0.0,
        target_prior: Prior = None,
        random_state: Any = None,
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

    def _learn(self, net: Net, rows: Rows, plan: Plan) -> int:
        learned = fit_net(net, rows, self._loss(class_totals(rows, len(self.classes_))), plan)
        return learned + self._relearn(net, rows, plan)

    def _relearn(self, net: Net, rows: Rows, plan: Plan) -> int:
        """The second step; hidden layers are set free again afterwards."""
        net.backbone.requires_grad_(False)
        for parameter in net.classifier.parameters():
            parameter.data.zero_()
        counts = class_totals(rows, len(self.classes_))
        balanced = ClassWeighted(self._loss(counts), power_probabilities(counts, 0) / class_prior(counts))
        iterations = fit_net(net, rows, balanced, plan)
        net.backbone.requires_grad_(True)
        return iterations

    def _answered(self, counts: Tensor) -> Tensor:
        return uniform_like(counts)

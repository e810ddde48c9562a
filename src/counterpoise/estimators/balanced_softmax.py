"""Balanced softmax."""

from torch import Tensor

from counterpoise.estimators.affine import AffineLearner
from counterpoise.estimators.learned import uniform_like
from counterpoise.losses import BalancedSoftmaxLoss
from counterpoise.losses.loss import Loss


class BalancedSoftmaxClassifier(AffineLearner):
    """Softmax regression by `BalancedSoftmaxLoss`, cross-entropy of ``z + log n`` (Ren et al., NeurIPS 2020).

    Scores are the plain logits z, and answer for equally many samples of each class.

    Args:
        hidden_layer_sizes: of ReLU layers before the classifier; none is a linear one.
        C: inverse strength of the L2 penalty, see `SoftmaxClassifier`, as for all that follows.
        solver: "auto", "lbfgs" or "adam".
        max_iter: iterations or epochs.
        tol: where L-BFGS stops.
        validation_fraction: share of each class on which a temperature is fitted; 0 fits none (ours).
        target_prior: class mix for which scores shall answer; None leaves them as they are, uniform.
        random_state: decides what is held out, and what is drawn.

    >>> from sklearn.datasets import make_blobs
    >>> X, y = make_blobs([200, 40, 8], centers=[[0, 0], [3, 0], [0, 3]], random_state=0)
    >>> BalancedSoftmaxClassifier().fit(X, y).predict([[0, 0], [3, 0], [0, 3]])
    array([0, 1, 2])
    """

    def _loss(self, counts: Tensor) -> Loss:
        return BalancedSoftmaxLoss(counts)

    def _answered(self, counts: Tensor) -> Tensor:
        return uniform_like(counts)

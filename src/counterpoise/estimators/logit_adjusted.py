"""Logit adjustment while training."""

from torch import Tensor

from counterpoise.estimators.adjusted import AdjustedLearner
from counterpoise.losses import LogitAdjustedLoss
from counterpoise.losses.loss import Loss


class LogitAdjustedClassifier(AdjustedLearner):
    """Softmax regression by `LogitAdjustedLoss`, of ``z + tau log prior`` (Menon et al., ICLR 2021, eq. 10).

    Scores are the plain logits z, and answer for the prior to the power 1 - tau: uniform with tau 1.

    Args:
        hidden_layer_sizes: of ReLU layers before the classifier; none is a linear one.
        tau: strength; 1 is the paper's theory.
        C: inverse strength of the L2 penalty, see `SoftmaxClassifier`, as for all that follows.
        solver: "auto", "lbfgs" or "adam".
        max_iter: iterations or epochs.
        tol: where L-BFGS stops.
        validation_fraction: share of each class on which a temperature is fitted; 0 fits none (ours).
        target_prior: class mix for which scores shall answer; None leaves them as they are.
        random_state: decides what is held out, and what is drawn.

    >>> from sklearn.datasets import make_blobs
    >>> X, y = make_blobs([200, 40, 8], centers=[[0, 0], [3, 0], [0, 3]], random_state=0)
    >>> LogitAdjustedClassifier().fit(X, y).predict([[0, 0], [3, 0], [0, 3]])
    array([0, 1, 2])
    """

    def _loss(self, counts: Tensor) -> Loss:
        return LogitAdjustedLoss(counts, tau=self.tau)

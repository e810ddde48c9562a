"""Logit adjustment after training."""

from counterpoise.estimators.adjusted import AdjustedLearner
from counterpoise.estimators.rows import Rows, class_totals
from counterpoise.net import Classifier, Net
from counterpoise.predictors import LogitAdjusted


class PostHocLogitAdjustedClassifier(AdjustedLearner):
    """Softmax regression whose scores are ``z - tau log prior``, `LogitAdjusted` (Menon et al., ICLR 2021, eq. 9).

    They answer for the prior of training to the power 1 - tau: uniform with tau 1.

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
    >>> PostHocLogitAdjustedClassifier().fit(X, y).predict([[0, 0], [3, 0], [0, 3]])
    array([0, 1, 2])
    """

    def _predictor(self, net: Net, rows: Rows, strength: float | None) -> Classifier:
        return LogitAdjusted(net.classifier, class_totals(rows, len(self.classes_)), tau=self.tau)

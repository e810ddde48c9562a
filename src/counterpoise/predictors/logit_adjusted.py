"""Post-hoc logit adjustment: take the pull of the training frequencies out of the logits."""

from torch import Tensor

from counterpoise.counts import logit_adjustment
from counterpoise.errors import InputError
from counterpoise.net import Classifier


class LogitAdjusted(Classifier):
    """Logits ``z - log(prior^tau + 1e-12)`` of any trained classifier; Menon et al., ICLR 2021, eq. 9.

    With ``tau = 1`` they answer for a test set in which all classes are equally likely. A class without training
    samples has the largest adjustment, 27.6 for any tau above 0: it tends to win, so leave such classes out.

    Args:
        classifier: classifier trained with plain cross-entropy. Trained with a logit-adjusted loss or balanced
            softmax, its logits are adjusted already.
        class_counts: training samples of each class, (C,).
        tau: strength; 1 is the paper's theory and our default, 0 changes nothing.

    Raises:
        InputError: counts that are none or of another number of classes, or tau is negative.

    A rule for inference alone: train the classifier by itself.
    """

    adjustment: Tensor

    def __init__(self, classifier: Classifier, class_counts: Tensor, *, tau: float = 1.0) -> None:
        super().__init__()
        self.classifier = classifier
        self.dim, self.num_classes = classifier.dim, classifier.num_classes
        adjustment = logit_adjustment(class_counts, tau=tau)
        if len(adjustment) != self.num_classes:
            raise InputError(
                f"class_counts must hold {self.num_classes} numbers, one for each class, but "
                f"{len(adjustment)} came; count the labels that trained this classifier"
            )
        self.register_buffer("adjustment", adjustment)

    def forward(self, features: Tensor) -> Tensor:
        """Logits; (B, D) -> (B, C)."""
        return self.classifier(features) - self.adjustment

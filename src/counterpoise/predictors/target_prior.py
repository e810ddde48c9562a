"""Another class prior: scores that answer for one class mix, moved to answer for another."""

import torch
from torch import Tensor

from counterpoise.counts import checked_prior
from counterpoise.net import Classifier


def prior_shift(answered: Tensor, wanted: Tensor) -> Tensor:
    """``log(wanted) - log(answered)``; (C,), (C,) -> (C,) float64.

    -inf for a class that cannot occur (wanted 0), and for one for which the scores do not answer (answered 0).

    Raises:
        InputError: one of the two is no prior, see `checked_prior`, or they differ in length.
    """
    source = checked_prior(answered, len(answered))
    shift = checked_prior(wanted, len(source)).log() - source.log()
    return shift.masked_fill(source == 0, -torch.inf)


class TargetPrior(Classifier):
    """Logits ``z + log(wanted) - log(answered)``: the answer of Bayes' rule when only the class mix changes.

    Saerens et al., Neural Computation 2002, eq. 4. It is exact where the softmax of z is the true posterior under
    the answered prior, so it belongs over calibrated logits, outside of `Tempered`: a temperature outside would
    scale the shift too, and the result would answer for ``wanted^(1/T)``.

    Args:
        classifier: classifier with calibrated logits.
        answered: prior for which its scores answer, (C,); weights or counts, they are normalised.
        wanted: prior for which the new scores are to answer, (C,), likewise. 0 marks a class that cannot occur:
            its logit is -inf. So is that of a class whose answered prior is 0.

    Raises:
        InputError: a prior of another length, with a negative or no finite weight, or with all weights zero.

    A rule for inference alone: train the classifier by itself.
    """

    shift: Tensor

    def __init__(self, classifier: Classifier, *, answered: Tensor, wanted: Tensor) -> None:
        super().__init__()
        self.classifier = classifier
        self.dim, self.num_classes = classifier.dim, classifier.num_classes
        checked_prior(answered, self.num_classes)
        self.register_buffer("shift", prior_shift(answered, wanted).float())

    def forward(self, features: Tensor) -> Tensor:
        """Logits; (B, D) -> (B, C)."""
        return self.classifier(features) + self.shift

"""A second classifier over the same features that learns from a balanced choice of each batch."""

from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor

from counterpoise.losses.closed_form import at_least_float32
from counterpoise.net import Classifier, Net
from counterpoise.pseudo_labels import annealed, confident, keep_probabilities
from counterpoise.ramps import ByEpoch, Ramped
from counterpoise.steps.added_term import AddedTerm
from counterpoise.steps.step import Seen
from counterpoise.steps.together import stream_features
from counterpoise.trackers.trust import checked_threshold

RELEASED_WEIGHT = Ramped(1.0, 0.0)


@final
class AuxiliaryBalanced(AddedTerm):
    """Trains an auxiliary balanced classifier, ABC (Lee et al., NeurIPS 2021), by the term "abc".

    A labeled sample of class c takes part with probability ``n_min / n_c``. An unlabeled one takes part if the
    auxiliary classifier is sure of the weak view, with a probability that falls from 1 to ``n_min / n_c`` of the
    pseudo-label in the course of training; the strong view learns the probabilities of the weak one, which are not
    hardened. Sums are divided by the numbers of all samples of a kind. Both classifiers train the backbone, and the
    auxiliary one is the one to predict with. It goes beside `FixMatch`, with one pass for all: see
    `EncodeTogether`. Random numbers come from torch's global CPU generator; each process draws its own.

    Args:
        classifier: the auxiliary one; the optimizer of the stage trains it.
        class_counts: labeled samples of each class, (C,).
        threshold: of the confidence (paper: 0.95).
        weight: from (epoch, epochs) (paper: 1).
        weak: name of the stream of weak views.
        strong: name of the stream of strong views of the same samples.

    Raises:
        InputError: counts that are none, or a threshold outside 0 .. 1.
    """

    name = "abc"
    keep: Tensor

    def __init__(
        self,
        classifier: Classifier,
        class_counts: Tensor,
        *,
        threshold: float = 0.95,
        weight: ByEpoch = RELEASED_WEIGHT,
        weak: str = "unlabeled",
        strong: str = "strong",
    ) -> None:
        super().__init__(weight)
        self.classifier, self.threshold = classifier, checked_threshold(threshold)
        self.reads = {"weak": weak, "strong": strong}
        self.register_buffer("keep", keep_probabilities(class_counts), persistent=False)
        self.share = 0.0

    def set_epoch(self, epoch: int, epochs: int) -> None:
        """Set the weight of this epoch, and how far the training has come."""
        super().set_epoch(epoch, epochs)
        self.share = epoch / epochs

    def term(self, net: Net, seen: Seen) -> Tensor:
        """Masked losses of labeled and unlabeled samples, ()."""
        return self.labeled(seen) + self.unlabeled(net, seen)

    def labeled(self, seen: Seen) -> Tensor:
        """Mean of the masked cross-entropies of the joined batch, ()."""
        logits, mean = self.classifier(seen.features), seen.features.new_zeros(())
        for share, targets in seen.mixture:
            losses = F.cross_entropy(logits, targets, reduction="none")
            mean = mean + share * (drawn_mask(self.keep[targets]) * losses).mean()
        return mean

    def unlabeled(self, net: Net, seen: Seen) -> Tensor:
        """Mean of the masked cross-entropies of the strong views, ()."""
        with torch.no_grad():
            weak = self.classifier(stream_features(net, seen, self.reads["weak"]))
            probabilities = at_least_float32(weak).softmax(dim=1)
            keep = annealed(self.keep[probabilities.argmax(dim=1)], self.share)
            mask = confident(probabilities, self.threshold) & drawn_mask(keep)
        strong = at_least_float32(self.classifier(stream_features(net, seen, self.reads["strong"])))
        return (mask * F.cross_entropy(strong, probabilities, reduction="none")).mean()


def drawn_mask(probabilities: Tensor) -> Tensor:
    """True with these probabilities; (B,) -> (B,) bool."""
    return torch.rand(len(probabilities)).to(probabilities) < probabilities

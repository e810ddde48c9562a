"""Box classifiers of a finished detector: probabilities of the background and of each category."""

import torch
import torch.nn.functional as F
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.net import Classifier
from counterpoise.predictors.background_exempted import background_exempted
from counterpoise.predictors.total_direct_effect import TotalDirectEffect
from counterpoise.softmax_groups import group_sizes


class RegionProbabilities(Classifier):
    """What a box classifier is at inference: (R, D) -> probabilities (R, C + 1), the background in front.

    A cascade averages them over its stages, so whatever makes probabilities of logits happens here, once.

    Args:
        classifier: trained box classifier.
    """

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.classifier = classifier
        self.dim, self.num_classes = classifier.dim, classifier.num_classes


class SoftmaxProbabilities(RegionProbabilities):
    """The softmax of logits (R, C + 1); of every detector that is trained with a softmax.

    Args:
        classifier: trained box classifier, or a predictor over one such as `TotalDirectEffect`.

    A rule for inference alone: train the classifier by itself.
    """

    def forward(self, features: Tensor) -> Tensor:
        """Probabilities; (R, D) -> (R, C + 1)."""
        return self.classifier(features).softmax(dim=-1)


class SigmoidProbabilities(RegionProbabilities):
    """A sigmoid for each category, and 0 for the background, whose logit does not exist; Tan et al., CVPR 2020.

    The rows need not sum to 1.

    Args:
        classifier: box classifier with one logit for each of C categories, trained with a sigmoid loss.

    A rule for inference alone: train the classifier by itself.
    """

    def __init__(self, classifier: Classifier) -> None:
        super().__init__(classifier)
        self.num_classes = classifier.num_classes + 1

    def forward(self, features: Tensor) -> Tensor:
        """Probabilities; (R, D) -> (R, C + 1)."""
        return F.pad(self.classifier(features).sigmoid(), (1, 0))


class GroupProbabilities(RegionProbabilities):
    """Balanced group softmax at inference: each category as its own group has it (Li et al., CVPR 2020, section 4.2).

    ``P(object) * p_c`` with the probability of an object from the first softmax and that of the category from the one
    of its group, whose "others" nobody reads. The rows need not sum to 1.

    Args:
        classifier: box classifier trained with `GroupSoftmaxLoss` over the same groups.
        groups: group of each category, (C,), see `groups_by_count`.

    A rule for inference alone: train the classifier by itself.
    """

    places: Tensor

    def __init__(self, classifier: Classifier, groups: Tensor) -> None:
        super().__init__(classifier)
        self.num_classes, self.sizes = len(groups) + 1, group_sizes(groups)
        self.register_buffer("places", groups.argsort(stable=True).argsort(), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """Probabilities; (R, D) -> (R, C + 1)."""
        logits = self.classifier(features).split(self.sizes, dim=1)
        objectness, *groups = [part.softmax(dim=1) for part in logits]
        background, foreground = objectness.split(1, dim=1)
        categories = torch.cat([group[:, 1:] for group in groups], dim=1)[:, self.places]
        return torch.cat([background, foreground * categories], dim=1)


class BackgroundExempted(RegionProbabilities):
    """Total direct effect among the categories, the total effect for the background (Tang et al., 2020, eq. 9).

    See `background_exempted`; the background is the first output.

    Args:
        classifier: the total direct effect of a trained box classifier, whose alpha is the strength here.

    Raises:
        InputError: it is another classifier.

    A rule for inference alone: train the classifier by itself.
    """

    classifier: TotalDirectEffect

    def __init__(self, classifier: Classifier) -> None:
        if not isinstance(classifier, TotalDirectEffect):
            raise InputError(
                "the background is exempted from a total direct effect, but "
                f"{type(classifier).__name__} came; put tde before background_exemption"
            )
        super().__init__(classifier)

    def forward(self, features: Tensor) -> Tensor:
        """Probabilities; (R, D) -> (R, C + 1)."""
        total, pull = self.classifier.effects(features)
        return background_exempted(total, total - self.classifier.alpha * pull, background=0)

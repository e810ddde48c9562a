"""Total direct effect: what an image says about its class once the pull of the head is taken away."""

from collections.abc import Callable
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from counterpoise.classifiers.grouping import divided, split_groups, unit
from counterpoise.classifiers.normalized import Normalizing
from counterpoise.errors import InputError
from counterpoise.net import Classifier
from counterpoise.predictors.predictor import best_on_validation
from counterpoise.recall import mean_class_recall

ALPHA_GRID = torch.linspace(0, 5, 51)


class TotalDirectEffect(Classifier):
    """Counterfactual inference of Tang et al., NeurIPS 2020, eq. 8, over any normalising classifier.

    ``logit_i = project(n(x^k) - alpha * cos(x^k, d^k) * d^k)``: per channel group, the part of the features
    along the head direction d is removed before the trained weights are applied. ``alpha = 0`` gives the
    classifier's own logits, 1 removes the projection exactly, more favours the tail, less than 0 the head.
    For the capsule classifier the removed part is not squashed, as in the released code.

    Args:
        classifier: trained cosine, capsule or De-confounded classifier (whatever can ``normalize`` and
            ``project``).
        direction: head direction from `HeadDirection.direction`; (K, D/K) or (D,), of any length.
        alpha: strength of the removal. The paper uses 3.0 on ImageNet-LT and Places-LT, 1.0 and 1.5 on
            CIFAR-10-LT and CIFAR-100-LT, 1.5 on LVIS. None leaves the choice to `calibrate`; until then it
            is 0.

    Raises:
        InputError: the classifier does not normalise its features, or the direction has another size.

    A rule for inference alone: train the classifier by itself.
    """

    alpha: Tensor
    direction: Tensor
    classifier: Normalizing

    def __init__(self, classifier: nn.Module, direction: Tensor, *, alpha: float | None) -> None:
        super().__init__()
        if not isinstance(classifier, Normalizing):
            raise InputError(
                "TotalDirectEffect needs a classifier that normalises its features (cosine, capsule or "
                f"deconfound), but {type(classifier).__name__} does not; train with one of those"
            )
        self.classifier = cast(Normalizing, classifier)
        self.dim, self.num_classes = self.classifier.dim, self.classifier.num_classes
        if direction.numel() != self.dim:
            raise InputError(
                f"the head direction must hold {self.dim} numbers, but {direction.numel()} came; track the "
                "features that enter this classifier"
            )
        grouped = split_groups(direction.detach().flatten(), self.classifier.groups)
        self.register_buffer("direction", unit(grouped))
        self.given = alpha is not None
        self.register_buffer("alpha", grouped.new_tensor(0.0 if alpha is None else alpha))

    def cosines(self, features: Tensor) -> Tensor:
        """Cosine between each group of the features and the head direction; (B, D) -> (B, K)."""
        grouped = split_groups(features, self.classifier.groups)
        along = torch.einsum("bkd,kd->bk", grouped, self.direction)
        return divided(along, torch.linalg.vector_norm(grouped, dim=-1))

    def forward(self, features: Tensor) -> Tensor:
        """Logits of the direct effect; (B, D) -> (B, C)."""
        removed = self.alpha * self.cosines(features).unsqueeze(-1) * self.direction
        return self.classifier.project(self.classifier.normalize(features) - removed)

    def sweep(self, features: Tensor, alphas: Tensor, *, out: Tensor | None = None) -> Tensor:
        """Logits for many alphas from one matrix product; (B, D), (A,) -> (A, B, C).

        ``out`` takes the result where it is given: with many classes, fresh memory costs more than the arithmetic.
        """
        total, pull = self.effects(features)
        return torch.addcmul(total, alphas.to(total).view(-1, 1, 1), pull, value=-1, out=out)

    def effects(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """The total effect and the pull of the head, both (B, C): logits are ``total - alpha * pull``."""
        one_group_each = torch.diag_embed(self.direction.T).permute(1, 2, 0)
        projected = self.classifier.project(torch.cat([self.classifier.normalize(features), one_group_each]))
        total, per_group = projected.split([len(features), len(one_group_each)])
        return total, self.cosines(features) @ per_group

    def folded(self) -> "FoldedEffect":
        """The same answer as one normalisation and one matrix product, for serving."""
        return FoldedEffect(
            self.classifier.normalizer,
            self.total_weight(),
            removed=self.alpha * self.direction,
            direction=self.direction.clone(),
        )

    def total_weight(self) -> Tensor:
        """The weights that normalised features meet in the total effect, normalised and scaled themselves; (C, D)."""
        basis = torch.eye(self.dim, dtype=self.direction.dtype, device=self.direction.device)
        return self.classifier.project(split_groups(basis, self.classifier.groups)).T.detach()

    @property
    def reads_unlabeled(self) -> bool:
        """Without a validation split the rule of the authors reads training features."""
        return not self.given

    def calibrate(self, features: Tensor, targets: Tensor | None) -> str:
        """Choose alpha if none was given; the choice becomes part of the saved state.

        With labels: the alpha of 0, 0.1 .. 5 with the best class-balanced accuracy (the middle one of equals).
        Without: the authors' rule that alpha times the mean cosine to the head direction is 1.

        Args:
            features: of a validation split, or of training images when there are no labels to use; (N, D).
            targets: labels of the validation split, (N,), or None.

        Returns:
            A sentence that says how alpha was chosen.
        """
        if self.given:
            return f"alpha {self.alpha.item():g}, as given"
        if targets is None:
            mean_cosine = self.cosines(features).mean().clamp_min(0.05)
            self.alpha.copy_(1 / mean_cosine)
            return f"alpha {self.alpha.item():.2f} by the rule alpha * mean cosine = 1 (no validation split)"
        scores = self.accuracies(features, targets, ALPHA_GRID)
        chosen, sentence = best_on_validation("alpha", ALPHA_GRID, scores, len(targets))
        self.alpha.copy_(chosen)
        return sentence

    def accuracies(self, features: Tensor, targets: Tensor, alphas: Tensor) -> Tensor:
        """Class-balanced accuracy for each alpha; (N, D), (N,), (A,) -> (A,)."""
        total, pull = self.effects(features)
        return torch.stack(
            [mean_class_recall((total - a * pull).argmax(1), targets, self.num_classes) for a in alphas]
        )


class FoldedEffect(Classifier):
    """A total direct effect with weights, head direction and alpha multiplied out; see `TotalDirectEffect`.

    Args:
        normalizer: feature map of one group.
        weight: normalised and scaled weights, (C, D).
        removed: alpha times the head direction, (K, D/K).
        direction: the head direction, (K, D/K).

    Where the normaliser gives unit vectors, the removal is linear and goes into the weights; for the capsule
    classifier it stays a step on the features.
    """

    weight: Tensor
    removed: Tensor
    direction: Tensor

    def __init__(
        self, normalizer: Callable[[Tensor], Tensor], weight: Tensor, *, removed: Tensor, direction: Tensor
    ) -> None:
        super().__init__()
        self.num_classes, self.dim = weight.shape
        self.groups = len(direction)
        self.linear = normalizer is unit
        self.normalizer = normalizer
        if self.linear:
            along = (split_groups(weight, self.groups) * removed).sum(dim=-1, keepdim=True)
            weight = weight - (along * direction).flatten(1)
        self.register_buffer("weight", weight.contiguous())
        self.register_buffer("removed", removed)
        self.register_buffer("direction", direction)

    def forward(self, features: Tensor) -> Tensor:
        """Logits; (B, D) -> (B, C)."""
        grouped = split_groups(features, self.groups)
        normalized = self.normalizer(grouped)
        if not self.linear:
            cosines = (unit(grouped) * self.direction).sum(dim=-1, keepdim=True)
            normalized = normalized - cosines * self.removed
        return F.linear(normalized.flatten(1), self.weight)

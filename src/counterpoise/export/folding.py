"""What makes a predictor ready to serve: adapters merged, total direct effects multiplied out, all experts computed."""

from collections.abc import Callable
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from counterpoise.backbones import SkippingExperts
from counterpoise.backbones.adapted import merged
from counterpoise.classifiers.grouping import divided, split_groups
from counterpoise.net import Classifier, Net
from counterpoise.predictors import BackgroundExempted, TotalDirectEffect

Change = Callable[[TotalDirectEffect], Classifier]


@final
class OpenEffect(Classifier):
    """A total direct effect with its weights multiplied out and its alpha left open; see `TotalDirectEffect`.

    ``logits = total - alpha * pull`` (Tang et al., NeurIPS 2020, eq. 8): one normalisation and one matrix product for
    the total effect, and of the pull of the head one number for each group and class is known in advance.

    Args:
        effect: trained and calibrated.

    For inference: nothing here is trained.
    """

    weight: Tensor
    pulls: Tensor
    direction: Tensor
    alpha: Tensor

    def __init__(self, effect: TotalDirectEffect) -> None:
        super().__init__()
        inner = effect.classifier
        self.dim, self.num_classes = effect.dim, effect.num_classes
        self.groups, self.normalizer = inner.groups, inner.normalizer
        weight = effect.total_weight()
        pulls = (split_groups(weight, self.groups) * effect.direction).sum(dim=-1).T
        self.register_buffer("weight", weight.contiguous())
        self.register_buffer("pulls", pulls.contiguous())
        self.register_buffer("direction", effect.direction.clone())
        self.register_buffer("alpha", effect.alpha.clone())

    def effects(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """The total effect and the pull of the head, (B, C) each; (B, D)."""
        grouped = split_groups(features, self.groups)
        along = (grouped * self.direction).sum(dim=-1)
        cosines = divided(along, torch.linalg.vector_norm(grouped, dim=-1))
        return F.linear(self.normalizer(grouped).flatten(1), self.weight), cosines @ self.pulls

    def forward(self, features: Tensor) -> Tensor:
        """Logits of the direct effect; (B, D) -> (B, C)."""
        total, pull = self.effects(features)
        return total - self.alpha * pull


def folded(net: Net) -> Net:
    """A copy whose total direct effects are one normalisation and one matrix product each, alpha included.

    Under a `BackgroundExempted`, which reads the total effect too, they stay open; see `OpenEffect`. Experts that are
    skipped where no router asks for them compute all samples, which gives the same answers; see `SkippingExperts`.
    Low-rank adapters are merged into their layers; see `merged`.
    """
    return _changed(net, TotalDirectEffect.folded)


def opened(net: Net) -> Net:
    """A copy whose total direct effects are multiplied out but for alpha, see `OpenEffect`; else as `folded`."""
    return _changed(net, OpenEffect)


def _changed(net: Net, change: Change) -> Net:
    copied = merged(net).cpu().eval().requires_grad_(False)
    changed = copied.rewired(lambda place, classifier: _inside(classifier, change))
    if isinstance(changed.backbone, SkippingExperts):
        changed.backbone = changed.backbone.backbone
    return changed


def _inside(part: nn.Module, change: Change) -> Classifier:
    if isinstance(part, TotalDirectEffect):
        return change(part)
    for name, child in part.named_children():
        setattr(part, name, _inside(child, OpenEffect if isinstance(part, BackgroundExempted) else change))
    return part  # pyright: ignore[reportReturnType]

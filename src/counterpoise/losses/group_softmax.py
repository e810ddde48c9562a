"""Balanced group softmax: categories compete only with those of similar counts."""

import torch
import torch.nn.functional as F
from torch import Tensor

from counterpoise.distributed import sum_over_processes
from counterpoise.errors import InputError
from counterpoise.losses.closed_form import at_least_float32
from counterpoise.losses.loss import Loss
from counterpoise.softmax_groups import group_labels, group_sizes


class GroupSoftmaxLoss(Loss):
    """The sum of the cross-entropies of several softmaxes, of regions (Li et al., CVPR 2020, BAGS).

    The first softmax tells objects from background. Each other one is of a group of categories and "others", which is
    what all regions are that show none of them. Only as many of these are heard as `others` times the regions of the
    group, none where it has none; each cross-entropy is the mean over the regions that are heard. The release draws
    them; here all are heard with a weight that comes to as many (ours), which has the same mean and no chance in it.
    Training and inference compute the same; the probabilities of a detection are those of `GroupProbabilities`.

    Args:
        groups: group of each category, (C,), see `groups_by_count`.
        others: regions of others for each region of a group; 8 in paper and release.

    Raises:
        InputError: others is negative.
    """

    labels: Tensor

    def __init__(self, groups: Tensor, *, others: float = 8.0) -> None:
        super().__init__()
        if not others >= 0:
            raise InputError(f"others must be 0 or more, but {others} came; the paper uses 8")
        self.others, self.sizes = others, group_sizes(groups)
        self.register_buffer("labels", group_labels(groups), persistent=False)

    def per_sample(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of each region; (R, 2 + C + G), (R,) labels in 0 .. C, 0 the background -> (R,)."""
        parts, labels = at_least_float32(logits).split(self.sizes, dim=1), self.labels[:, targets]
        each = [F.cross_entropy(part, own, reduction="none") for part, own in zip(parts, labels, strict=True)]
        losses = torch.stack(each)
        return (self.weights(labels, losses.dtype) * losses).sum(dim=0)

    def weights(self, labels: Tensor, dtype: torch.dtype) -> Tensor:
        """What makes a mean over all regions that over the heard ones; (1 + G, R) -> (1 + G, R)."""
        own = torch.cat([torch.ones_like(labels[:1]), labels[1:]]) > 0
        counts = torch.stack([own, torch.ones_like(own)]).sum(dim=2, keepdim=True)
        inside, rows = sum_over_processes(counts).to(dtype)
        share = (self.others * inside / (rows - inside).clamp(min=1)).clamp(max=1)
        heard = inside + share * (rows - inside)
        return torch.where(own, 1.0, share) * rows / heard.clamp(min=1)

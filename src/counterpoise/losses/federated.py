"""Federated loss: in each step a detector hears of a few categories only."""

import torch
from torch import Tensor

from counterpoise.counts import real_counts
from counterpoise.distributed import rank, sum_over_processes
from counterpoise.errors import InputError
from counterpoise.losses.region_sigmoid import RegionSigmoidLoss


class FederatedLoss(RegionSigmoidLoss):
    """Sigmoid loss of a detector over the categories of the batch and some others (Zhou et al., CenterNet2, 2021).

    In LVIS an image was searched for few categories, so that of the others nobody knows. Each step draws which
    categories are heard: those of the batch, and others without replacement, in proportion to
    ``image_counts ** power``, until there are ``heard`` together; the rest have no loss in this step. Processes draw
    together and hear the same. There are C logits and none for the background, whose label is C. The release counts
    the background among the categories that are heard, we do not.

    In training the draw comes from torch's own generator, like that of dropout; in evaluation mode all are heard.

    Args:
        image_counts: training images that contain each category, (C,). One in no image is not drawn.
        heard: categories in a step, if the batch has no more; 50 in paper and release.
        power: of the counts; 0.5 in paper and release.

    Raises:
        InputError: counts that are none, or fewer than 1 category is to be heard.
    """

    log_chances: Tensor

    def __init__(self, image_counts: Tensor, *, heard: int = 50, power: float = 0.5) -> None:
        super().__init__()
        if heard < 1:
            raise InputError(
                f"at least 1 category must be heard in a step, but {heard} came; the paper has 50"
            )
        self.heard = min(heard, len(image_counts))
        counts = real_counts(image_counts)
        chances = torch.where(counts > 0, counts**power, 0)
        self.register_buffer("log_chances", chances.log(), persistent=False)

    def weights(self, targets: Tensor) -> Tensor:
        """Which categories are heard; (R,) labels in 0 .. C -> (1, C) bool."""
        if not self.training:
            return torch.ones_like(self.log_chances, dtype=torch.bool).unsqueeze(0)
        present = self.log_chances.new_zeros(len(self.log_chances) + 1).index_fill_(0, targets, 1)[:-1]
        noise = -torch.empty_like(present).exponential_().log()
        alone = noise if rank() == 0 else torch.zeros_like(noise)
        found, noise = sum_over_processes(torch.stack([present, alone]))
        keys = (self.log_chances + noise).masked_fill(found > 0, torch.inf)
        last = keys.topk(self.heard).values[-1]
        return ((keys >= last) & (keys > -torch.inf)).unsqueeze(0)

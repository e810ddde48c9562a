"""Head direction: the moving average of features that De-confound-TDE removes at inference."""

import torch
from torch import Tensor, nn

from counterpoise.classifiers.grouping import check_groups, split_groups, unit
from counterpoise.distributed import sum_over_processes
from counterpoise.errors import InputError


def coupled_momentum(lr: float) -> float:
    """Momentum of the released ImageNet-LT runs: ``1 - 0.1 * min(50 * lr, 1)``, set once per epoch.

    The paper mentions only a constant 0.9.
    """
    return 1 - 0.1 * min(50 * lr, 1.0)


class HeadDirection(nn.Module):
    """Decayed sum of batch means, ``m <- mu * m + mean(x)`` (Tang et al., NeurIPS 2020, assumption 1).

    Only the direction of m matters, so there is no factor 1 - mu. Call `update` once per training step with
    the features that enter the classifier; never at inference. With several processes the mean is that of
    the whole batch: sums and counts are reduced before the update.

    Args:
        dim: number of features D.
        momentum: decay mu per step; 0.9 in the paper and the released CIFAR and LVIS 0.5 runs. May be set
            anew at any time, see `coupled_momentum`.

    Raises:
        InputError: momentum outside 0 .. 1 (1, as in the last released epoch, is a plain sum).
    """

    average: Tensor

    def __init__(self, dim: int, *, momentum: float = 0.9) -> None:
        super().__init__()
        if not 0 <= momentum <= 1:
            raise InputError(f"momentum must lie in 0 .. 1, but {momentum} came; the paper uses 0.9")
        self.momentum = momentum
        self.register_buffer("average", torch.zeros(dim))

    @torch.no_grad()
    def update(self, features: Tensor) -> None:
        """Take in the features of one step; (B, D), of any B. No rows at all leave the average as it is.

        For a detector give the features of the foreground regions only.

        Raises:
            InputError: the features do not have D columns.
        """
        if features.ndim != 2 or features.shape[1] != self.average.shape[0]:
            raise InputError(
                f"features must have shape (B, {self.average.shape[0]}), but {tuple(features.shape)} came; "
                "build HeadDirection with the size of the features"
            )
        local = features.new_full((1,), len(features), dtype=self.average.dtype)
        total = sum_over_processes(torch.cat([features.to(self.average.dtype).sum(dim=0), local]))
        if total[-1] > 0:
            self.average.mul_(self.momentum).add_(total[:-1] / total[-1])

    def direction(self, groups: int = 1) -> Tensor:
        """The head direction, of length one inside each channel group; K -> (K, D/K).

        A group that has seen nothing but zeros has the direction zero: nothing is removed there.

        Raises:
            InputError: K does not divide D.
        """
        check_groups(self.average.shape[0], groups)
        return unit(split_groups(self.average, groups))

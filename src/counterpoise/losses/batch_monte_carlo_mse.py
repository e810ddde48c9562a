"""Balanced MSE by the targets of the batch."""

from torch import Tensor

from counterpoise.distributed import concatenate_rows
from counterpoise.losses.balanced_mse import BalancedMSE, squared_distances


class BatchMonteCarloMSE(BalancedMSE):
    """Balanced MSE whose evidence is the mean over the batch (BMC; Ren et al., CVPR 2022).

    It is cross-entropy over the batch: logits ``-||x_i - t_j||^2 / (2 s^2)``, label i, times 2 s^2 without gradient.
    Equal targets stay separate rivals, as in the released code, and a batch of one has loss 0. All numbers of a
    sample are one vector. With several processes the targets of all are rivals. For training alone.

    Args:
        noise_sigma: first value of s, in units of the target (released code: 10 for ages, 1 for metres).
        learn_noise: whether s is trained (released code: yes for ages with its own rate 0.01, no for depth).

    Raises:
        InputError: noise_sigma is not above 0.
    """

    def __init__(self, *, noise_sigma: float = 10.0, learn_noise: bool = True) -> None:
        super().__init__(noise_sigma=noise_sigma, learn_noise=learn_noise)

    def log_evidence(self, predictions: Tensor, targets: Tensor) -> Tensor:
        """Log of the summed likelihoods of the batch's targets; (R, d), (R, d) -> (R,)."""
        rivals = concatenate_rows(targets)
        return (-squared_distances(predictions, rivals) / (2 * self.variance)).logsumexp(dim=1)

"""Balanced MSE by the bins of the training targets."""

from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.losses.balanced_mse import BalancedMSE, squared_distances


class BinnedMSE(BalancedMSE):
    """Balanced MSE whose evidence is a sum over bins (BNI; Ren et al., CVPR 2022).

    The evidence of a prediction x is ``log sum_b p_b exp(-||x - c_b||^2 / (2 s^2))``, with the share p_b of the
    training targets near the centre c_b. Bins without targets are left out. For training alone.

    Args:
        centers: the centre of each bin, (K,), or (K, d) for targets of d numbers; with one number every number of a
            prediction of any shape is one target, else the last d numbers are one vector.
        counts: training targets of each bin, (K,); smoothed counts or shares serve as well.
        noise_sigma: first value of s, in units of the target (released code: 10 for ages, 1 for metres).
        learn_noise: whether s is trained (released code: yes for ages with its own rate 0.01, no for depth).

    Raises:
        InputError: noise_sigma is not above 0, no count for each centre, a negative one, or none above 0.
    """

    centers: Tensor
    log_prior: Tensor

    def __init__(
        self, centers: Tensor, counts: Tensor, *, noise_sigma: float = 10.0, learn_noise: bool = True
    ) -> None:
        super().__init__(noise_sigma=noise_sigma, learn_noise=learn_noise)
        if counts.shape != centers.shape[:1] or not (counts >= 0).all() or not counts.sum() > 0:
            raise InputError(
                f"every one of the {len(centers)} bins needs a count from 0, not all 0, but {counts.tolist()} came; "
                "count the training targets of each bin"
            )
        kept = counts > 0
        prior = counts[kept] / counts.sum()
        self.register_buffer("centers", centers.reshape(len(centers), -1)[kept], persistent=False)
        self.register_buffer("log_prior", prior.log(), persistent=False)

    @property
    def outputs(self) -> int:
        """How many numbers one target has."""
        return self.centers.shape[1]

    def log_evidence(self, predictions: Tensor, targets: Tensor) -> Tensor:
        """Log of the summed likelihoods of the bins; (R, d), (R, d) -> (R,)."""
        squares = squared_distances(predictions, self.centers)
        return (self.log_prior - squares / (2 * self.variance)).logsumexp(dim=1).to(predictions.dtype)

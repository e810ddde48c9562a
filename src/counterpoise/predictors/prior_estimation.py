"""The class prior of images without labels, from what a predictor says of them."""

from torch import Tensor

from counterpoise.counts import checked_prior


def estimated_prior(
    probabilities: Tensor, answered: Tensor, *, iterations: int = 1000, tolerance: float = 1e-6
) -> Tensor:
    """Maximum-likelihood class prior of unlabeled samples; Saerens et al., Neural Computation 2002, eq. 9.

    Expectation maximisation from the answered prior: the posteriors are moved to the prior of the moment, and
    their mean is the next prior. It assumes that the probabilities are calibrated and that only the class mix has
    changed.

    Args:
        probabilities: of each sample under the answered prior, (N, C).
        answered: that prior, (C,). A class with 0 stays at 0.
        iterations: at most so many (ours).
        tolerance: stop when no class moves by more (ours).

    Returns:
        The prior, (C,) float64.

    Raises:
        InputError: the answered prior is none, see `checked_prior`.
    """
    start = checked_prior(answered, probabilities.shape[1])
    likelihood = (probabilities.double() / start).masked_fill(start == 0, 0)
    prior = start
    for _ in range(iterations):
        evidence = (likelihood @ prior).clamp_min(1e-300)
        moved = prior * (likelihood.T @ (1 / evidence)) / len(likelihood)
        moved, before = moved / moved.sum(), prior
        prior = moved
        if (prior - before).abs().max() <= tolerance:
            break
    return prior

"""The class priors for which scores answer, as late functions."""

from torch import Tensor

from counterpoise.counts import uniform_prior
from counterpoise.samplers.class_probabilities import effective_number_probabilities, power_probabilities
from counterpoise.training.stage import Late, Now


def uniform(now: Now) -> Tensor:
    """All classes are equally likely; (C,)."""
    return uniform_prior(len(now.class_counts))


def tempered_prior(power: float) -> Late[Tensor]:
    """Late: ``n_c ** power``, scaled to sum 1; power 1 is the training prior, 0 the uniform one."""
    return lambda now: power_probabilities(now.class_counts, power).float()


def effective_number_prior(beta: float) -> Late[Tensor]:
    """Late: the training prior weighed by one over the effective number of samples; nearly uniform."""
    return lambda now: effective_number_probabilities(now.class_counts, beta).float()

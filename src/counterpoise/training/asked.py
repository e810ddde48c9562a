"""What is asked of an evaluation beside its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from counterpoise.metrics.shots import Convention


@dataclass(frozen=True, eq=False)
class Asked:
    """How classes are grouped, and what is known of a predictor that its scores do not tell.

    Attributes:
        convention: see `shot_groups`.
        choices: sentences that say how the predictor's strengths were chosen.
        answered: class prior for which the scores answer, (C,); without it nothing is said about other priors.
        device: where to compute what needs the samples once more.
    """

    convention: Convention = "auto"
    choices: Sequence[str] = ()
    answered: Tensor | None = None
    device: str = "cpu"

"""The step that leaves logits as a product."""

from dataclasses import replace

from counterpoise.factors import factored
from counterpoise.net import Net
from counterpoise.steps.step import Seen, Step


class Factor(Step):
    """Features -> the factors of the logits, for a loss that multiplies them in chunks. Its place is "score"."""

    def forward(self, net: Net, seen: Seen) -> Seen:
        """(B, D) -> `Factors`, at each place of a classifier."""
        classifiers = net.classifiers
        return seen.each_look(
            lambda place, look: replace(look, outputs=factored(classifiers[place]).factors(look.features))
        )

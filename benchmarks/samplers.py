"""Samplers: one epoch of draws from a million labels, against a random permutation.

Goal: every sampler takes less than 0.1 s.
"""

import torch
from timing import alternate, show
from torch import Generator

from counterpoise.counts import count_classes
from counterpoise.samplers import (
    ClassAwareSampler,
    EffectiveNumberSampler,
    PowerSampler,
    ProgressiveSampler,
    ReversedSampler,
    Shuffled,
)

SAMPLES = 1_000_000


def main() -> None:
    """Measure with class counts that fall by a factor of 256 from the first class to the last."""
    print(f"threads {torch.get_num_threads()}, N {SAMPLES}")
    for classes in (1000, 8142):
        weights = torch.logspace(8, 0, classes, base=2)
        targets = torch.multinomial(weights, SAMPLES, replacement=True)
        counts, generator = count_classes(targets, classes), Generator().manual_seed(0)
        samplers = [
            Shuffled(SAMPLES),
            PowerSampler(targets, counts, power=0.5),
            ProgressiveSampler(targets, counts),
            ReversedSampler(targets, counts),
            EffectiveNumberSampler(targets, counts),
            ClassAwareSampler(targets, counts),
        ]
        sides = {type(s).__name__: lambda s=s: s.order(generator) for s in samplers}  # noqa: B023
        show(f"one epoch, C = {classes}", alternate(sides, rounds=9), "Shuffled")


if __name__ == "__main__":
    main()

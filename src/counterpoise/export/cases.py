"""Inputs on which an exported file is checked: samples of the run's own data, or made-up ones."""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor

from counterpoise.data.data import Facts, Split
from counterpoise.data.pictures import as_tensor
from counterpoise.data.scenes import Scenes
from counterpoise.export.served import Case

SAMPLES, PICTURES = 5, 3
"""Of scores, and of objects (ours)."""


def cases_of(inputs: Sequence[Tensor], alpha: float | None) -> list[Case]:
    """Inputs of a graph; with an alpha also for the strength zero, as whoever turns a dial turns it off too."""
    if alpha is None:
        return [(given,) for given in inputs]
    return [(given, torch.tensor(one)) for one in (0.0, alpha) for given in inputs]


def real_inputs(split: Split, facts: Facts) -> list[Tensor]:
    """Samples from all over a split, as they are before a graph prepares them: one by itself, and several."""
    if facts.objects:
        scenes = cast(Scenes, split.samples)
        return [as_tensor(scenes.picture(i)) for i in _spread(len(split), PICTURES).tolist()]
    samples = split.samples.read(_spread(len(split), SAMPLES))
    if len(facts.shape) == 3:
        return _batches(samples)
    return _batches(_raw(samples, facts) if facts.columns else samples.float())


def made_up_inputs(facts: Facts) -> list[Tensor]:
    """Noise in the shape of the samples, and for rows in their scale."""
    if facts.objects:
        return [_noise(short, facts.shape[2], 3) for short in (facts.shape[1], facts.shape[1] // 2 + 1)]
    if len(facts.shape) == 3:
        channels, height, width = facts.shape
        return _batches(_noise(SAMPLES, height, width, channels))
    rows = torch.randn(SAMPLES, *facts.shape)
    return _batches(_raw(rows, facts) if facts.columns else rows)


def _spread(length: int, most: int) -> Tensor:
    return torch.linspace(0, length - 1, min(length, most)).long()


def _noise(*shape: int) -> Tensor:
    return torch.randint(0, 256, shape, dtype=torch.uint8)


def _raw(rows: Tensor, facts: Facts) -> Tensor:
    """Scaled rows in the units of their columns, with a gap in the first one."""
    mean, std = (torch.tensor(numbers, dtype=torch.float64) for numbers in (facts.mean, facts.std))
    raw = rows.double() * std + mean
    raw[0, 0] = torch.nan
    return raw


def _batches(samples: Tensor) -> list[Tensor]:
    """One by itself, and all of them, at least two: by one alone an exporter takes the size of the batch for fixed."""
    return [samples[:1], samples if len(samples) > 1 else torch.cat([samples, samples])]

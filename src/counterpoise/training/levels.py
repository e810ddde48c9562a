"""The levels of a hierarchical classifier one by one: how far each errs, and what it tells the finest."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from counterpoise.classifiers.hierarchical import Hierarchical
from counterpoise.data.data import Facts
from counterpoise.hierarchy import level_sizes, stacked
from counterpoise.metrics.hierarchy import mean_peaks, restricted_class, summation_inconsistency
from counterpoise.metrics.regression import balanced_mean, shot_rows
from counterpoise.metrics.shots import ShotGroups
from counterpoise.predictors import HierarchyPredictor, MostLikelyValue
from counterpoise.predictors.decoding import most_likely_value
from counterpoise.training.evaluate import plain_numbers


class LevelAnswers(NamedTuple):
    """What all levels say about some samples.

    Attributes:
        own: the value that each level alone answers, (B, H).
        within: the value that the finest level answers within each level's most likely class, (B, H).
        inconsistency: see `summation_inconsistency`, (H,).
        peaks: see `mean_peaks`, (H,).
    """

    own: Tensor
    within: Tensor
    inconsistency: Tensor
    peaks: Tensor


@torch.no_grad()
def level_summary(
    classifier: nn.Module, features: Tensor, targets: Tensor, facts: Facts, groups: ShotGroups
) -> dict[str, Any] | None:
    """What each level does before any adjustment, as in figures 4 and 5 of the paper (Xiong, Yao, CVPR 2024).

    Args:
        classifier: the predictor; one without levels below its decoding, as after HCA-d, has nothing to tell.
        features: (N, D).
        targets: (N,).
        facts: of the data; they know the bins, and the training targets of each.
        groups: of the bins.

    Returns:
        None without levels; else one number for each level, the finest last. "classes": how many it has.
        "inconsistency": the share of samples whose most likely bin lies outside the most likely class when the
        probabilities of the bins are summed. "peak": the mean probability of the most likely class. "own", by group:
        the balanced mean absolute error of the level alone, see `level_values`. "within", by group: that of the finest
        level where it may choose only within the level's most likely class.
    """
    found = levels_below(classifier)
    if found is None:
        return None
    inner, representatives = found
    levels, bins = inner.levels, facts.classes(targets)
    values = level_values(representatives, torch.tensor(facts.class_counts), levels)
    chunks = [level_answers(inner.outputs(chunk), levels, values) for chunk in features.split(4096)]
    rows, shares = shot_rows(bins, groups.masks), [len(one.own) / len(features) for one in chunks]
    return {
        "classes": level_sizes(levels),
        "inconsistency": mean_of([one.inconsistency for one in chunks], shares),
        "peak": mean_of([one.peaks for one in chunks], shares),
        "own": balanced_errors(torch.cat([one.own for one in chunks]), targets, bins, rows),
        "within": balanced_errors(torch.cat([one.within for one in chunks]), targets, bins, rows),
    }


def levels_below(classifier: nn.Module) -> tuple[Hierarchical, Tensor] | None:
    """The classifier of several levels below a decoding and its adjustment, and what each bin is read as, (C,)."""
    if not isinstance(classifier, MostLikelyValue):
        return None
    below = classifier.classifier
    inner = below.classifier if isinstance(below, HierarchyPredictor) else below
    return (inner, classifier.representatives) if isinstance(inner, Hierarchical) else None


def level_values(values: Tensor, class_counts: Tensor, levels: Tensor) -> Tensor:
    """What the classes of all levels are read as: the mean of what their training targets are read as; -> (S,).

    Where a bin is read as the mean of its training targets, that is `counterpoise.hierarchy.level_means`. A class
    without training targets is the mean of what its bins are read as.

    Args:
        values: what each bin is read as, (C,).
        class_counts: training targets of each bin, (C,).
        levels: the hierarchy, (H, C).
    """
    place, counts = stacked(levels), class_counts.double().repeat(len(levels))
    weights = torch.where(torch.bincount(place, weights=counts)[place] > 0, counts, 1.0)
    sums = torch.bincount(place, weights=weights * values.double().repeat(len(levels)))
    return (sums / torch.bincount(place, weights=weights)).to(values.dtype)


def level_answers(outputs: Tensor, levels: Tensor, values: Tensor) -> LevelAnswers:
    """What all levels say.

    Args:
        outputs: logits of all levels, (B, S).
        levels: the hierarchy, (H, C).
        values: what the classes of all levels are read as, (S,).
    """
    sizes = level_sizes(levels)
    logits, read = outputs.split(sizes, dim=1), values.split(sizes)
    own = [most_likely_value(*pair) for pair in zip(logits, read, strict=True)]
    pairs = zip(logits, levels, strict=True)
    within = [read[-1][restricted_class(logits[-1], coarse, group)] for coarse, group in pairs]
    return LevelAnswers(
        torch.stack(own, dim=1),
        torch.stack(within, dim=1),
        summation_inconsistency(logits[-1], levels),
        mean_peaks(outputs, levels),
    )


def mean_of(chunks: list[Tensor], shares: list[float]) -> list[float | None]:
    """The mean over all samples from those over chunks; the shares of samples in each add up to 1."""
    return plain_numbers(torch.tensor(shares).double() @ torch.stack(chunks).double())


def balanced_errors(
    answers: Tensor, targets: Tensor, bins: Tensor, rows: Mapping[str, Tensor]
) -> dict[str, list[float | None]]:
    """Balanced mean absolute error of each column by group, None without samples; (N, H) -> H numbers each."""
    errors = (answers.double().T - targets).abs()
    return {
        name: plain_numbers(torch.stack([balanced_mean(level[some], bins[some]) for level in errors]))
        for name, some in rows.items()
    }

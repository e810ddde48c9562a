"""How well labels are found where a sample has any number of them, as pure functions."""

import torch
from torch import Tensor
from torchmetrics.functional.classification import binary_average_precision, multilabel_f1_score


def average_precisions(probabilities: Tensor, targets: Tensor) -> Tensor:
    """Area under precision over recall of each class; (N, C), (N, C) -> (C,) float64, nan without positives.

    All samples are ordered by the probability of the class, so it needs no threshold; samples of equal probability
    count at once. A guess has the share of the class among the samples.
    """
    columns = zip(probabilities.T, targets.T.long(), strict=True)
    found = [binary_average_precision(p, t) if t.any() else torch.tensor(torch.nan) for p, t in columns]
    return torch.stack(found).double()


def f1_scores(probabilities: Tensor, targets: Tensor) -> tuple[float | None, float | None]:
    """F1 where probabilities from 0.5 count as found: over all answers, and the mean of the classes.

    (N, C), (N, C) -> micro and macro F1. Macro is the mean over the classes with positives, as the mean of
    `average_precisions` is; both are None where no sample has a label.
    """
    present = targets.any(dim=0)
    if not present.any():
        return None, None
    found, truth = probabilities >= 0.5, targets.long()
    micro = multilabel_f1_score(found.long(), truth, targets.shape[1], average="micro")
    each = multilabel_f1_score(found.long(), truth, targets.shape[1], average="none")
    return micro.item(), each[present].double().mean().item()

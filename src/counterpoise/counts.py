"""Class counts: the one fact about a long tail that parts may need, passed explicitly as a (C,) tensor."""

import torch
from torch import Tensor

from counterpoise.errors import InputError


def count_classes(targets: Tensor, num_classes: int) -> Tensor:
    """How many samples each class has; (N,) labels, or (N, C) marks of several labels -> (C,) int64.

    Raises:
        InputError: a label lies outside 0 .. C-1, or the marks are not for C classes.
    """
    if targets.ndim == 2:
        return _count_marks(targets, num_classes)
    if targets.numel() and (targets.min() < 0 or targets.max() >= num_classes):
        raise InputError(
            f"labels must lie in 0 .. {num_classes - 1}, but {int(targets.min())} .. {int(targets.max())} "
            "came; renumber the labels or raise the number of classes"
        )
    return torch.bincount(targets, minlength=num_classes)


def with_background(class_counts: Tensor) -> Tensor:
    """Counts for the outputs of a box classifier, the background in front; (C,) -> (C + 1,) int64.

    The background counts as the mean category (ours): a long tail is about objects, and whatever corrects counts is to
    leave the balance of objects and background as it is.
    """
    return torch.cat([class_counts.float().mean().round().long().view(1), class_counts])


def _count_marks(targets: Tensor, num_classes: int) -> Tensor:
    if targets.shape[1] != num_classes:
        raise InputError(f"marks must be (N, {num_classes}), but {tuple(targets.shape)} came")
    return targets.sum(dim=0, dtype=torch.int64)


def class_prior(class_counts: Tensor) -> Tensor:
    """Share of each class; (C,) counts -> (C,) float32 that sums to 1."""
    return class_counts.float() / class_counts.sum()


def uniform_prior(num_classes: int) -> Tensor:
    """The prior of a balanced test set; (C,) float32."""
    return torch.full((num_classes,), 1.0 / num_classes)


def checked_prior(weights: Tensor, num_classes: int) -> Tensor:
    """Weights of the classes as shares; (C,) -> (C,) float64 that sums to 1.

    Raises:
        InputError: not one number for each class, a negative or infinite one, or none above 0.
    """
    fits = weights.shape == (num_classes,) and bool((weights >= 0).all()) and bool(weights.isfinite().all())
    if not fits or not weights.sum() > 0:
        raise InputError(
            f"a class prior must hold {num_classes} weights from 0, one for each class and not all 0, but "
            f"{weights.tolist()} came; give counts or probabilities"
        )
    return weights.double() / weights.double().sum()


def total_variation(first: Tensor, second: Tensor) -> float:
    """Half the summed distance of two class priors: the share of samples in which they differ; (C,), (C,) -> 0 .. 1."""
    return (first.double() - second.double()).abs().sum().item() / 2


def resembles_training(split_counts: Tensor, training_counts: Tensor) -> bool:
    """Whether a split's class mix is nearer, in total variation, to that of skewed training data than to uniform.

    Training data count as skewed when the largest class has at least twice the samples of the smallest (ours).
    """
    if not split_counts.sum() or training_counts.max() < 2 * training_counts.min():
        return False
    mix, uniform = class_prior(split_counts), uniform_prior(len(split_counts))
    return total_variation(mix, class_prior(training_counts)) < total_variation(mix, uniform)


def real_counts(class_counts: Tensor) -> Tensor:
    """Checked class counts as real numbers; (C,) -> (C,), whole numbers become float32.

    Raises:
        InputError: not one number for each class, a negative one, or no sample at all.
    """
    if class_counts.ndim != 1 or not (class_counts >= 0).all() or not class_counts.sum() > 0:
        raise InputError(
            f"class counts must be (C,) numbers from 0 with a sum above 0, but {class_counts.tolist()} came; "
            "count the training labels with count_classes"
        )
    return class_counts if class_counts.is_floating_point() else class_counts.float()


def checked_class_weights(weights: Tensor) -> Tensor:
    """Weights as they came; (C,) -> (C,).

    Raises:
        InputError: not one weight for each class, or a weight that is negative or not finite.
    """
    if weights.ndim != 1 or not ((weights >= 0) & weights.isfinite()).all():
        raise InputError(
            f"class weights must be (C,) finite numbers from 0, but {weights.tolist()} came; "
            "compute them with effective_number_weights"
        )
    return weights


def effective_numbers(class_counts: Tensor, *, beta: float) -> Tensor:
    """Effective number of samples of each class, ``(1 - beta^n) / (1 - beta)`` (Cui et al., CVPR 2019); (C,) -> (C,).

    What n samples are worth that overlap: n itself for beta towards 1, and 1 for beta 0. It is 0 for a class without
    samples.

    Args:
        class_counts: training samples of each class, (C,).
        beta: of the paper, 0 <= beta < 1; its scripts use 0.9999.

    Returns:
        (C,) float64.

    Raises:
        InputError: beta outside 0 <= beta < 1, or counts that are none.
    """
    if not 0 <= beta < 1:
        raise InputError(f"beta must lie in 0 <= beta < 1, but {beta} came; the released scripts use 0.9999")
    return (1 - beta ** real_counts(class_counts).double()) / (1 - beta)


def effective_number_weights(class_counts: Tensor, *, beta: float) -> Tensor:
    """Class weights ``(1 - beta) / (1 - beta^n)`` that sum to C (Cui et al., CVPR 2019); (C,) -> (C,).

    The denominator over 1 - beta is the effective number of n samples. The released code rescales the weights to
    the sum C. A class without samples has weight 0, where the formula divides by zero (ours).

    Args:
        class_counts: training samples of each class, (C,); float32 comes back for whole numbers.
        beta: 0 weighs all classes the same, towards 1 the weights become inverse counts. The paper tunes 0.9 to
            0.9999 for each data set, and its scripts use 0.9999.

    Raises:
        InputError: beta outside 0 <= beta < 1, or counts that are none.
    """
    counts = real_counts(class_counts)
    weights = torch.where(counts > 0, 1 / effective_numbers(counts, beta=beta), 0.0)
    return (weights * len(counts) / weights.sum()).to(counts.dtype)


def logit_adjustment(class_counts: Tensor, *, tau: float = 1.0) -> Tensor:
    """What a long tail adds to logits, ``log(prior^tau + 1e-12)`` (Menon et al., ICLR 2021); (C,) -> (C,).

    Args:
        class_counts: training samples of each class, (C,); float32 comes back for whole numbers.
        tau: strength; 1 is the paper's theory. The 1e-12, which keeps a class without samples finite, is that of
            a public port.

    Raises:
        InputError: tau is negative, or counts that are none.
    """
    if not tau >= 0:
        raise InputError(f"tau must be 0 or more, but {tau} came; the paper's theory has 1")
    counts = real_counts(class_counts)
    return torch.log((counts / counts.sum()) ** tau + 1e-12)

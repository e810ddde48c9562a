"""Class priors in a finished run: named by people, estimated from images, and compared on a split."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from counterpoise.counts import (
    checked_prior,
    class_prior,
    count_classes,
    resembles_training,
    total_variation,
    uniform_prior,
)
from counterpoise.data.data import Facts
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.predictors import TargetPrior, estimated_prior, prior_shift
from counterpoise.training.encode import scores

LISTED = 5
ESTIMATE = "estimate"


def target_prior_from(text: str, facts: Facts) -> Tensor:
    """The class prior that a text names; -> (C,) float64 that sums to 1.

    Args:
        text: "uniform"; "train", the class mix of the training data; or a file with one weight (count or
            probability) for every class: JSON ``{class: weight}``, or CSV with the columns class and weight.
        facts: of the training data.

    Raises:
        InputError: there is no such file, it is neither, or it does not hold one weight from 0 for every class.
    """
    if text == "uniform":
        return uniform_prior(facts.num_classes).double()
    if text == "train":
        return class_prior(torch.tensor(facts.class_counts, dtype=torch.float64)).double()
    path = Path(text)
    try:
        rows = _csv_rows(path) if path.suffix.lower() == ".csv" else _json_rows(path)
    except FileNotFoundError as error:
        raise InputError(
            f"expected uniform, train or a file as target prior, but {text} is neither; name a JSON or CSV file "
            "that exists"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"cannot read class weights from {path}: {error}; it must be JSON {{class: weight}} or CSV with the "
            "columns class and weight"
        ) from error
    return prior_of(rows, facts)


def prior_of(weights: Mapping[str, float], facts: Facts) -> Tensor:
    """Weights by class name as a prior in the order of the classes; -> (C,) float64 that sums to 1.

    Raises:
        InputError: a class is missing or unknown, or the weights are no prior.
    """
    missing = [name for name in facts.class_names if name not in weights]
    unknown = [name for name in weights if name not in facts.class_names]
    if missing or unknown:
        wrong = [
            f"{verb} {_listed(names)}" for verb, names in (("lacks", missing), ("has", unknown)) if names
        ]
        raise InputError(
            f"a target prior must hold one weight for each class of {facts.name}, but this one "
            f"{' and '.join(wrong)}; give every class by its name, 0 where it cannot occur"
        )
    ordered = [weights[name] for name in facts.class_names]
    return checked_prior(torch.tensor(ordered, dtype=torch.float64), len(ordered))


def retargeted(
    predictor: Net, answered: Tensor, text: str, facts: Facts, features: Tensor
) -> tuple[Net, Tensor, str]:
    """A calibrated predictor with scores for another class prior.

    Args:
        predictor: trained and calibrated.
        answered: the prior for which its scores answer, (C,).
        text: see `target_prior_from`; or "estimate", from the features without labels, see `estimated_prior`.
        facts: of the training data.
        features: of the images for which it is to answer, (N, D).

    Returns:
        The predictor, the new prior (C,), and a sentence about it.

    Raises:
        InputError: for what `require_one_class` and `target_prior_from` refuse.
    """
    require_one_class(facts)
    if text == ESTIMATE:
        probabilities = scores(predictor.classifier, features).double().softmax(dim=1)
        wanted = estimated_prior(probabilities, answered)
        sentence = f"class prior estimated on {len(features)} images: {in_words(wanted, facts)}"
    else:
        wanted = target_prior_from(text, facts)
        sentence = f"scores moved to the class prior {text}: {in_words(wanted, facts)}"
    shifted = predictor.rewired(lambda _, inner: TargetPrior(inner, answered=answered, wanted=wanted))
    return shifted.eval(), wanted, sentence


def require_one_class(facts: Facts) -> None:
    """Refuse samples that have any number of labels or objects, or a number: they have no mix of classes.

    Raises:
        InputError: the data are of that kind.
    """
    if facts.task != "classification":
        raise InputError(
            f"--target-prior needs one class for each image, but {facts.name} is data for {facts.task}; leave it out"
        )


def in_words(prior: Tensor, facts: Facts) -> str:
    """The largest shares by class name."""
    order = prior.argsort(descending=True, stable=True).tolist()
    return _listed([f"{facts.class_names[i]} {prior[i].item():.3f}" for i in order])


def _listed(words: Sequence[str]) -> str:
    shown = ", ".join(words[:LISTED])
    return shown if len(words) <= LISTED else f"{shown} and {len(words) - LISTED} more"


def prior_comparison(
    logits: Tensor, targets: Tensor, answered: Tensor, facts: Facts, split: str
) -> dict[str, Any]:
    """How a split's class mix fits the prior for which scores answer, and what other priors would give there.

    Args:
        logits: for the answered prior, (N, C).
        targets: (N,).
        answered: (C,).
        facts: of the data; their counts are the training data's.
        split: its name, for the warning.

    Returns:
        ``answered`` ("uniform", "train" or "other"), ``prior`` (C shares), ``split_distance_train`` and
        ``split_distance_uniform`` (total variation, 0 .. 1), ``overall_with_train_prior`` and
        ``overall_with_uniform_prior`` (fractions), and ``warning``: a sentence where the scores answer for the
        uniform prior and the split `resembles_training`, None otherwise. None where there are no samples.
    """
    counts, known = count_classes(targets, facts.num_classes), torch.tensor(facts.class_counts)
    priors = {name: target_prior_from(name, facts) for name in ("train", "uniform")}
    names = [name for name, prior in priors.items() if total_variation(prior, answered) < 1e-4]
    found = {"answered": names[-1] if names else "other", "prior": answered.tolist()}
    for name, prior in priors.items():
        distance = total_variation(class_prior(counts), prior) if len(targets) else None
        found[f"split_distance_{name}"] = distance
    for name, prior in priors.items():
        right = (logits + prior_shift(answered, prior).to(logits)).argmax(dim=1) == targets
        found[f"overall_with_{name}_prior"] = right.double().mean().item() if len(targets) else None
    warned = found["answered"] == "uniform" and resembles_training(counts, known)
    return {**found, "warning": _warning(found, split) if warned else None}


def _warning(found: Mapping[str, Any], split: str) -> str:
    return (
        f"the {split} split looks like the training data (total variation {found['split_distance_train']:.2f}, to "
        f"equally likely classes {found['split_distance_uniform']:.2f}), but these scores answer for equally likely "
        f"classes: {100 * found['overall_with_train_prior']:.1f} % overall with --target-prior train instead of "
        f"{100 * found['overall_with_uniform_prior']:.1f} %"
    )


def _json_rows(path: Path) -> dict[str, float]:
    rows = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(rows, dict):
        raise ValueError("it holds no object")
    return {name: float(weight) for name, weight in rows.items()}


def _csv_rows(path: Path) -> dict[str, float]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = [(row["class"], float(row["weight"])) for row in csv.DictReader(file)]
    weights = dict(rows)
    if len(weights) < len(rows):
        raise ValueError("it names a class twice")
    return weights

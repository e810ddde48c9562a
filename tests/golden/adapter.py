"""Runs golden vectors through the public parts of counterpoise, in float64.

One function for each ``method`` of a cases.json: parameters and inputs of a case in, its named outputs out.
Nothing here knows a case by its id, so vectors of the same methods with other parameters run as well.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import torch
from torch import Tensor

from counterpoise.classifiers import (
    CapsuleClassifier,
    CosineClassifier,
    DeconfoundedClassifier,
    NormalizedClassifier,
)
from counterpoise.data import exponential_counts, step_counts
from counterpoise.losses import CrossEntropy
from counterpoise.metrics import ShotAccuracy, per_class_accuracy
from counterpoise.predictors import TotalDirectEffect, background_exempted
from counterpoise.trackers import HeadDirection, coupled_momentum
from counterpoise.training.schedules import cosine_by_epoch, warmup_multistep

Classifier = TypeVar("Classifier", bound=NormalizedClassifier)
Params = Mapping[str, Any]
Arrays = Mapping[str, Tensor]
Method = Callable[[Params, Arrays], dict[str, Tensor]]


def deconfound(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    if params["bias"]:
        raise ValueError("the De-confounded classifier has no bias")
    return supervised(deconfounded(params, inputs), inputs)


def deconfound_tde(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    classifier, features = deconfounded(params, inputs), inputs["features"]
    direction = head_direction(inputs["moving_average_feature"], params["num_heads"])
    effects = [TotalDirectEffect(classifier, direction, alpha=alpha) for alpha in params["alphas"]]
    return {
        "tde_logits": torch.stack([effect(features) for effect in effects]),
        "total_effect_logits": classifier(features),
        "cosine_to_head_direction": effects[0].cosines(features),
        "head_direction_unit_per_head": direction.flatten(),
    }


def deconfound_moving_average(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The decay comes from the learning rates where the case has them, else from the case itself."""
    rates, decays = inputs.get("learning_rate_per_step"), inputs["decay_per_step"]
    momenta = decays.tolist() if rates is None else [coupled_momentum(rate) for rate in rates.tolist()]
    batches = inputs["train_features_per_step"]
    averages = tracked(batches, momenta)
    direction = head_direction(averages[-1], params["num_heads"])
    effect = TotalDirectEffect(deconfounded(params, inputs), direction, alpha=params["alpha"])
    return {
        "moving_average_feature_after_step": averages,
        "test_tde_logits": effect(inputs["test_features"]),
    }


def cosine_classifier(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    return normalising(CosineClassifier, params, inputs)


def capsule_classifier(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    return normalising(CapsuleClassifier, params, inputs)


def background_exempted_inference(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    classifier, features = deconfounded(params, inputs), inputs["features"]
    direction = head_direction(inputs["moving_average_feature"], params["num_heads"])
    total = classifier(features)
    direct = TotalDirectEffect(classifier, direction, alpha=params["alpha"])(features)
    combined = background_exempted(
        total, direct, background=params["background_index"], epsilon=params["epsilon"]
    )
    return {
        "total_effect_logits": total,
        "tde_logits": direct,
        "combined_probabilities": combined,
        "scores_after_box_head_softmax": combined.softmax(dim=-1),
    }


def detection_moving_average(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    foreground = inputs["roi_labels_per_step"] != params["background_index"]
    steps = [regions[mask] for regions, mask in zip(inputs["roi_features_per_step"], foreground, strict=True)]
    return {"moving_average_feature_after_step": tracked(steps, [params["decay"]] * len(steps))}


def bbn_warmup_schedule(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    epochs = params["epochs"]
    factor = partial(
        warmup_multistep,
        milestones=tuple(milestone / epochs for milestone in params["milestones"]),
        drop=params["gamma"],
        warmup=params["warmup_epochs"] / epochs,
        start=params["warmup_factor"],
    )
    return {"learning_rate": rates_per_epoch(factor, params, inputs)}


def deconfound_decay_schedule(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    rates = rates_per_epoch(cosine_by_epoch, params, inputs)
    return {"learning_rate": rates, "decay_mu": doubles([coupled_momentum(rate) for rate in rates.tolist()])}


def longtail_profile(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    return {
        f"counts_{kind}_{classes}classes_from_{total}_ratio_{ratio}": profile(kind, total, classes, ratio)
        for classes, total, kind, ratio in params["profiles"]
    }


def shot_split_accuracy(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    counts, labels, predictions = (inputs[n] for n in ("train_class_counts", "test_labels", "predictions"))
    strict, inclusive = (
        ShotAccuracy(counts, convention="strict"),
        ShotAccuracy(counts, convention="inclusive"),
    )
    return {
        "many_medium_few_convention_a": groups_of(strict(predictions, labels)),
        "many_medium_few_convention_b": groups_of(inclusive(predictions, labels)),
        "per_class_accuracy": per_class_accuracy(predictions, labels, len(counts)),
        "overall_accuracy": torch.tensor(strict.compute()["overall"], dtype=torch.float64),
    }


METHODS: dict[str, Method] = {
    method.__name__: method
    for method in (
        background_exempted_inference,
        bbn_warmup_schedule,
        capsule_classifier,
        cosine_classifier,
        deconfound,
        deconfound_decay_schedule,
        deconfound_moving_average,
        deconfound_tde,
        detection_moving_average,
        longtail_profile,
        shot_split_accuracy,
    )
}


def deconfounded(params: Params, inputs: Arrays) -> DeconfoundedClassifier:
    classes, dim = inputs["weight"].shape
    groups, tau, gamma = params["num_heads"], params["tau"], params["gamma"]
    return weighted(DeconfoundedClassifier(dim, classes, groups=groups, tau=tau, gamma=gamma), inputs)


def normalising(
    kind: type[CosineClassifier] | type[CapsuleClassifier], params: Params, inputs: Arrays
) -> dict[str, Tensor]:
    """Training and, where the case has a head direction, inference; OLTR's case calls tau its scale."""
    classes, dim = inputs["weight"].shape
    groups, tau = params.get("num_heads", 1), params["scale"] if "scale" in params else params["tau"]
    classifier = weighted(kind(dim, classes, groups=groups, tau=tau), inputs)
    produced = supervised(classifier, inputs)
    produced["train_logits"] = produced["logits"]
    if "moving_average_feature" in inputs:
        direction = head_direction(inputs["moving_average_feature"], groups)
        effect = TotalDirectEffect(classifier, direction, alpha=params["alpha"])
        produced["tde_logits"] = effect(inputs["features"])
    return produced


def weighted(classifier: Classifier, inputs: Arrays) -> Classifier:
    classifier.double().load_state_dict({"weight": inputs["weight"]})
    return classifier


def supervised(classifier: NormalizedClassifier, inputs: Arrays) -> dict[str, Tensor]:
    """Logits, mean cross-entropy, and its gradients."""
    features = inputs["features"].clone().requires_grad_()
    logits = classifier(features)
    loss = CrossEntropy()(logits, inputs["labels"])
    grad_features, grad_weight = torch.autograd.grad(loss, [features, classifier.weight])
    return {"logits": logits, "loss": loss, "grad_features": grad_features, "grad_weight": grad_weight}


def tracked(batches: Tensor | list[Tensor], momenta: list[float]) -> Tensor:
    """The moving average after each step; (T, D)."""
    tracker = HeadDirection(batches[0].shape[-1]).double()
    averages = []
    for features, momentum in zip(batches, momenta, strict=True):
        tracker.momentum = momentum
        tracker.update(features)
        averages.append(tracker.average.clone())
    return torch.stack(averages)


def head_direction(average: Tensor, groups: int) -> Tensor:
    """The direction of a given moving average; (D,) -> (K, D/K)."""
    tracker = HeadDirection(len(average)).double()
    tracker.update(average.unsqueeze(0))
    return tracker.direction(groups)


def rates_per_epoch(factor: Callable[[float, int], float], params: Params, inputs: Arrays) -> Tensor:
    """Base rate times a schedule of ours, in epochs counted from 1; (E,)."""
    base, epochs = params["base_lr"], params["epochs"]
    return doubles([base * factor(epoch - 1, epochs) for epoch in inputs["epoch"].tolist()])


def profile(kind: str, total: int, classes: int, ratio: float) -> Tensor:
    """Class counts; the release's step profile lacks the last class when C is odd, so it is left out."""
    if kind == "exp":
        return exponential_counts(total, classes, ratio)
    return step_counts(total, classes, ratio)[: classes // 2 * 2]


def groups_of(accuracy: dict[str, Any]) -> Tensor:
    """Many, medium and few; an empty group, None with us, is nan in the release."""
    shares = [accuracy[group] for group in ("many", "medium", "few")]
    return doubles([float("nan") if share is None else share for share in shares])


def doubles(numbers: list[float]) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)

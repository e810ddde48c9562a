"""Runs the golden vectors of experts: RIDE, its routing, TADE and the aggregation of SADE.

One function for each ``method`` of a cases.json, as in `adapter`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from counterpoise.classifiers import ExpertRouter, cosine_experts
from counterpoise.counts import effective_number_weights, real_counts
from counterpoise.experts import running_means
from counterpoise.losses import (
    ClassWeighted,
    Collaborative,
    Deferred,
    KnowledgeDistillation,
    LDAMLoss,
    Loss,
    RoutingLoss,
    diversity_temperatures,
    inverse_prior,
    ride_loss,
    tade_loss,
)
from counterpoise.predictors.test_time_aggregated import fitted
from counterpoise.regularizers.center_loss import center_loss, cosine_distances

Params = Mapping[str, Any]
Arrays = Mapping[str, Tensor]
Method = Callable[[Params, Arrays], dict[str, Tensor]]

BETA = 0.9999
"""Of the effective numbers; a constant of the release."""


def packed(expert_logits: Tensor) -> Tensor:
    """(E, B, C) -> (B, E * C)."""
    return expert_logits.transpose(0, 1).flatten(1)


def ride(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """One name for three kinds of case; where the diversity is 0 the release turns to a collaborative loss."""
    if "teacher_logits" in inputs:
        return distilled(params, inputs)
    if "centers" in inputs:
        return invariant_ride(params, inputs)
    made = individual_ride if params["additional_diversity_factor"] else collaborative_ride
    return before_and_after(made(params, inputs), params, inputs)


def ride_glt(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    return before_and_after(individual_ride(params, inputs), params, inputs)


def individual_ride(params: Params, inputs: Arrays) -> Deferred:
    return ride_loss(
        inputs["class_counts"].double(),
        len(inputs["expert_logits"]),
        start=params["reweight_epoch"] + 1,
        diversity=params["additional_diversity_factor"],
        spread=params["reweight_factor"],
        max_margin=params.get("max_m", 0.5),
        scale=params.get("s", 30),
        beta=BETA,
        temperature=params.get("base_diversity_temperature", 1.0),
    )


def collaborative_ride(params: Params, inputs: Arrays) -> Deferred:
    counts, experts = inputs["class_counts"].double(), len(inputs["expert_logits"])
    ldam = LDAMLoss(counts, max_margin=params["s"] * params["max_m"], scale=1.0)
    weighted = ClassWeighted(ldam, effective_number_weights(counts, beta=BETA))
    losses = (Collaborative(ldam, experts), Collaborative(weighted, experts))
    return Deferred(*losses, start=params["reweight_epoch"] + 1)


def before_and_after(loss: Loss, params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The loss in both of its parts, and what they have."""
    counts = inputs["class_counts"].double()
    highest, spread = params["base_diversity_temperature"], params["reweight_factor"]
    found = {
        "margins": LDAMLoss(counts, max_margin=params["max_m"]).margins,
        "class_weights_reweighting": effective_number_weights(counts, beta=BETA),
        "diversity_temperature_reweighting": diversity_temperatures(counts, spread=spread, highest=highest),
    }
    for when in ("before", "after"):
        loss.set_epoch(params[f"epoch_{when}"])
        logits = inputs["expert_logits"].clone().requires_grad_()
        value = loss(packed(logits), inputs["labels"])
        (gradient,) = torch.autograd.grad(value, logits)
        found |= {f"loss_{when}": value, f"grad_expert_logits_{when}": gradient}
    return found


def distilled(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The release adds up both losses once for each expert."""
    logits = inputs["expert_logits"].clone().requires_grad_()
    loss, taught = (
        individual_ride(params, inputs),
        KnowledgeDistillation(temperature=params["distill_temperature"]),
    )
    loss.set_epoch(params["epoch"])
    own = loss(packed(logits), inputs["labels"])
    distillation = taught(logits.mean(dim=0), inputs["teacher_logits"])
    whole = len(logits) * (own + params["additional_distill_loss_factor"] * distillation)
    (gradient,) = torch.autograd.grad(whole, logits)
    return {"ride_loss": own, "distill_loss": distillation, "loss": whole, "grad_expert_logits": gradient}


def ride_head(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    features, weights = inputs["features"].clone().requires_grad_(), inputs["weights"]
    experts, dim, classes = weights.shape
    classifier = cosine_experts(experts * dim, classes, experts=experts, scale=params["s"]).double()
    for number, weight in enumerate(weights):
        classifier.classifiers[number].weight.data = weight.T
    logits = classifier(features.flatten(1))
    (gradient,) = torch.autograd.grad(logits.square().sum(), features)
    return {
        "logits": logits,
        "expert_logits": classifier.by_expert(features.flatten(1)),
        "grad_features": gradient,
    }


def routing(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    logits = inputs["expert_logits"].transpose(0, 1)
    features = inputs["expert_feature_maps"].mean(dim=(3, 4)).transpose(0, 1)
    _, experts, dim = features.shape
    hidden = inputs["hidden_weights"].shape[1]
    router = ExpertRouter(dim, experts, top=params["top_choices"], hidden=hidden).double()
    state = {"shared.weight": inputs["shared_output_weight"], "shared.bias": inputs["shared_output_bias"]}
    for number in range(experts - 1):
        state[f"hidden.{number}.weight"] = inputs["hidden_weights"][number]
        state[f"hidden.{number}.bias"] = inputs["hidden_biases"][number]
    router.load_state_dict(state)
    outputs = torch.cat([logits.flatten(1), router(features, logits)], dim=1)
    loss = RoutingLoss(experts, positive_weight=params["pos_weight"])(outputs, inputs["labels"])
    learned = [router.shared.weight, *(layer.weight for layer in router.hidden)]
    shared, *own = torch.autograd.grad(loss, learned)
    return {
        "output_mean_logits": running_means(logits)[:, -1],
        "router_loss": loss.unsqueeze(0),
        "grad_shared_output_weight": shared,
        "grad_hidden_weights": torch.stack(own),
    }


def tade(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    counts = real_counts(inputs["class_counts"].double())
    prior = counts / counts.sum()
    loss, logits = tade_loss(counts, tau=params["tau"]), inputs["expert_logits"].clone().requires_grad_()
    value = loss(packed(logits), inputs["labels"])
    (gradient,) = torch.autograd.grad(value, logits)
    return {
        "prior": prior,
        "inverse_prior": inverse_prior(prior),
        "loss": value,
        "expert_losses": loss.per_expert(packed(logits), inputs["labels"]),
        "grad_expert_logits": gradient,
    }


def aggregation(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """Every step is an epoch of one batch."""
    first, second = inputs["view_1_expert_logits_per_step"], inputs["view_2_expert_logits_per_step"]
    start = first.new_full((first.shape[2],), 1 / first.shape[2])
    options = {name: params[name] for name in ("lr", "momentum", "weight_decay", "nesterov")}
    epochs = ([pair] for pair in zip(first, second, strict=True))
    raw = torch.stack([start, *fitted(start, epochs, **options)])
    return {"raw_weights_after_step": raw, "normalised_weights_after_step": raw.softmax(dim=1)}


def invariant_ride(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The centers are of the features of all experts side by side; with mixup both losses are mixed."""
    features, logits, centers = (
        inputs[name].clone().requires_grad_() for name in ("expert_features", "expert_logits", "centers")
    )
    loss, mixture = individual_ride(params, inputs), mixture_of(params, inputs)
    loss.set_epoch(params["epoch"])
    learned = torch.stack([share * loss(packed(logits), labels) for share, labels in mixture]).sum()
    pulled = torch.stack(
        [
            share * center_loss(features.flatten(1), labels, centers, distance=cosine_distances)
            for share, labels in mixture
        ]
    ).sum()
    invariant = params["alpha"] * pulled
    gradients = torch.autograd.grad(learned + invariant, (features, logits, centers))
    names = ("grad_expert_features", "grad_expert_logits", "grad_centers")
    return {
        "ride_loss": learned,
        "weighted_center_loss": invariant,
        **dict(zip(names, gradients, strict=True)),
    }


def mixture_of(params: Params, inputs: Arrays) -> list[tuple[float, Tensor]]:
    """Shares and labels; a single one without mixup."""
    labels = inputs["labels"]
    if "permutation" not in inputs:
        return [(1.0, labels)]
    return [(params["lam"], labels), (1 - params["lam"], labels[inputs["permutation"]])]


METHODS: dict[str, Method] = {
    "IFL + RIDE": invariant_ride,
    "RIDE": ride,
    "RIDE (GLT code)": ride_glt,
    "RIDE expert assignment (EA)": routing,
    "RIDE head": ride_head,
    "SADE test-time aggregation": aggregation,
    "TADE / SADE": tade,
}

"""Runs golden vectors through the public parts of counterpoise, in float64.

One function for each ``method`` of a cases.json: parameters and inputs of a case in, its named outputs out.
Nothing here knows a case by its id, so vectors of the same methods with other parameters run as well.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from counterpoise.backbones import ModulatedAttention
from counterpoise.classifiers import (
    CapsuleClassifier,
    CosineClassifier,
    DeconfoundedClassifier,
    LinearClassifier,
    MetaEmbeddingClassifier,
    NormalizedClassifier,
    ScaledClassifier,
)
from counterpoise.counts import effective_number_weights
from counterpoise.data import exponential_counts, step_counts
from counterpoise.data.streams import Batch
from counterpoise.losses import (
    BalancedSoftmaxLoss,
    ClassBalancedSigmoidLoss,
    ClassWeighted,
    CrossEntropy,
    Deferred,
    DetachedFocalLoss,
    EqualizationLoss,
    FocalLoss,
    LDAMLoss,
    LogitAdjustedLoss,
    Loss,
    equalization_scores,
)
from counterpoise.metrics import ShotAccuracy, per_class_accuracy
from counterpoise.net import Net
from counterpoise.predictors import (
    LogitAdjusted,
    TauNormalized,
    TotalDirectEffect,
    background_exempted,
    centered_unit_features,
    mean_product,
    nearest_class_mean,
    negative_squared_distance,
    raw_features,
    unit_features,
)
from counterpoise.regularizers import DiscriminativeCentroidLoss, attraction, repulsion
from counterpoise.samplers import (
    power_probabilities,
    progressive_probabilities,
    reversed_probabilities,
    reversed_weights,
)
from counterpoise.steps import BilateralBranch, Objective, Score, Supervise, released_bilateral_share
from counterpoise.trackers import HeadDirection, coupled_momentum
from counterpoise.training.schedules import cosine_by_epoch, ldam_multistep, warmup_multistep

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


class Pass(nn.Module):
    """A backbone with two branches whose inputs are the features."""

    def conventional_features(self, x: Tensor) -> Tensor:
        return x

    def rebalancing_features(self, x: Tensor) -> Tensor:
        return x


def bbn(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The steps of BBN in an epoch, which the cases count from 1."""
    classes, dim = inputs["weight"].shape
    classifier = LinearClassifier(dim, classes).double()
    classifier.load_state_dict({f"linear.{name}": inputs[name] for name in ("weight", "bias")})
    branch, streams = BilateralBranch(released_bilateral_share), {}
    for name, kind in {"train": "conventional", "rebalancing": "rebalancing"}.items():
        labels = inputs[f"labels_{kind}"]
        features = inputs[f"features_{kind}"].clone().requires_grad_()
        streams[name] = Batch(features, labels, torch.arange(len(labels)))
    objective = Objective(bilateral=branch, score=Score(), loss=Supervise(CrossEntropy()))
    objective.set_epoch(params["epoch_from_one"] - 1, params["max_epoch"])
    assert math.isclose(branch.share, params["alpha"], abs_tol=1e-12)
    seen = objective(Net(Pass(), classifier), streams)
    moved = [*(batch.inputs for batch in streams.values()), *classifier.parameters()]
    gradients = torch.autograd.grad(seen.terms["loss"], moved)
    names = ("features_conventional", "features_rebalancing", "weight", "bias")
    produced = {"mixed_features": seen.features, "logits": seen.outputs, "loss": seen.terms["loss"]}
    return produced | {f"grad_{name}": found for name, found in zip(names, gradients, strict=True)}


def bbn_alpha_schedule(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The shares of all epochs, for trainings of several lengths."""
    lengths: list[int] = params["total_epochs"]
    assert inputs["total_epochs_list"].tolist() == lengths
    return {
        f"alpha_per_epoch_total_{length}": doubles(
            [released_bilateral_share(epoch, length) for epoch in range(length)]
        )
        for length in lengths
    }


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


def balanced_softmax(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    loss = BalancedSoftmaxLoss(inputs["class_counts"].double())
    mean, gradient = differentiated(loss, inputs["logits"], inputs["labels"])
    losses = loss.per_sample(inputs["logits"], inputs["labels"])
    return {
        "loss_mean": mean,
        "loss_sum": losses.sum(),
        "loss_none": losses,
        "grad_logits_of_mean": gradient,
    }


def class_balanced_sigmoid_focal(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    counts, beta, gamma = inputs["class_counts"].double(), params["beta"], params["gamma"]
    loss = ClassBalancedSigmoidLoss(counts, beta=beta, gamma=gamma)
    mean, gradient = differentiated(loss, inputs["logits"], inputs["labels"])
    return {"class_weights": loss.weights, "loss": mean, "grad_logits": gradient}


def class_balanced_weights(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    counts = inputs["class_counts"].double()
    rows = [effective_number_weights(counts, beta=beta) for beta in params["betas"]]
    return {"class_weights": torch.stack(rows)}


def eql(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The background is the last label with us, and where the case has it."""
    logits, labels, frequencies = (inputs[n] for n in ("logits", "labels", "class_image_frequency"))
    if params["background_index"] != len(frequencies):
        raise ValueError("the label of the background is the number of classes")
    loss = EqualizationLoss(frequencies, threshold=params["lambda_threshold"])
    mean, gradient = differentiated(loss, logits, labels)
    return {
        "bce_weights": loss.weights(labels).double(),
        "loss": mean,
        "grad_logits": gradient,
        "test_scores": equalization_scores(logits),
    }


def focal(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The cases of the version without gradient through the factor do not speak of class weights."""
    gamma = params["gamma"]
    if "class_weighted" in params:
        weights = inputs["class_weights"] if params["class_weighted"] else None
        loss = FocalLoss(gamma=gamma, class_weights=weights)
    else:
        loss = DetachedFocalLoss(gamma=gamma)
    mean, gradient = differentiated(loss, inputs["logits"], inputs["labels"])
    return {"loss": mean, "grad_logits": gradient}


def ldam(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The release re-weights with beta 0.9999."""
    counts, epoch = inputs["class_counts"].double(), params["epoch_index_from_zero"]
    plain = LDAMLoss(counts, max_margin=params["max_margin"], scale=params["scale"])
    reweighted = ClassWeighted(plain, effective_number_weights(counts, beta=0.9999))
    deferred = Deferred(plain, reweighted, start=params["drw_switch_epoch"])
    loss = {"None": plain, "Reweight": reweighted, "DRW": deferred}[params["train_rule"]]
    loss.set_epoch(epoch)
    mean, gradient = differentiated(loss, inputs["cosine_logits"], inputs["labels"])
    late = deferred.active is reweighted or loss is reweighted
    weights = reweighted.weights if late else torch.ones_like(counts)
    return {"margins": plain.margins, "loss": mean, "grad_cosine_logits": gradient, "class_weights": weights}


def ldam_lr_schedule(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The release has 200 epochs."""
    factors = [ldam_multistep(epoch, 200) for epoch in inputs["epoch_index"].tolist()]
    return {"learning_rate": params["base_lr"] * doubles(factors)}


def class_sampling_probabilities(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The power is one over the root; root 0 stands for class-balanced sampling."""
    counts, powers = inputs["class_counts"], [1 / root if root else 0.0 for root in params["root_q"]]
    progressive = [progressive_probabilities(counts, t) for t in params["progressive_t"]]
    return {
        "probability_per_root": torch.stack([power_probabilities(counts, power) for power in powers]),
        "probability_per_progressive_t": torch.stack(progressive),
    }


def reversed_sampling(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    counts = inputs["class_counts"]
    return {"class_weight": reversed_weights(counts), "class_probability": reversed_probabilities(counts)}


def cosine_linear(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """Our cosine classifier at tau 1; the release stores its weights as (features, classes)."""
    weight = inputs["weight_in_by_out"].T
    classifier = weighted(CosineClassifier(weight.shape[1], len(weight), tau=1.0), {"weight": weight})
    features = inputs["features"].clone().requires_grad_()
    logits = classifier(features)
    loss = CrossEntropy()(params["scale_in_loss"] * logits, inputs["labels"])
    grad_features, grad_weight = torch.autograd.grad(loss, [features, classifier.weight])
    return {
        "cosine_logits": logits,
        "loss": loss,
        "grad_features": grad_features,
        "grad_weight_in_by_out": grad_weight.T,
    }


def lws(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    classes, dim = inputs["weight"].shape
    classifier = ScaledClassifier(LinearClassifier(dim, classes)).double()
    inside = {f"classifier.linear.{name}": inputs[name] for name in ("weight", "bias")}
    classifier.load_state_dict({"scale": inputs["scales"], **inside})
    logits = classifier(inputs["features"])
    loss = CrossEntropy()(logits, inputs["labels"])
    (trained,) = (parameter for parameter in classifier.parameters() if parameter.requires_grad)
    return {"logits": logits, "loss": loss, "grad_scales": torch.autograd.grad(loss, trained)[0]}


def ncm(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The case also says which transform and which distance are the defaults."""
    transforms = {"un": raw_features, "l2n": unit_features, "cl2n": centered_unit_features}
    distances = {"l2": negative_squared_distance, "cos": mean_product}
    train, labels = inputs["train_features"], inputs["train_labels"]
    build = partial(nearest_class_mean, train, labels, num_classes=int(labels.max()) + 1)
    default = build()
    assert default.transform is transforms[params["default_feature_transform"]]
    assert default.score is distances[params["default_distance"]]
    produced = {"feature_mean": default.feature_mean}
    for name, transform in transforms.items():
        produced[f"centroids_{name}"] = build(transform=transform).class_means
        for distance, score in distances.items():
            rule = build(transform=transform, score=score)
            produced[f"logits_{name}_{distance}"] = rule(inputs["test_features"])
    return produced


def oltr_centroid_loss(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """Both terms alone, and their sum with its gradients."""
    margin, labels = params["margin"], inputs["labels"]
    features, centroids = (inputs[name].clone().requires_grad_() for name in ("features", "centroids"))
    loss = DiscriminativeCentroidLoss(margin=margin, repel_weight=params["repel_weight"])
    value = loss(features, labels, centroids)
    grad_features, grad_centroids = torch.autograd.grad(value, [features, centroids])
    return {
        "attract": attraction(features, labels, centroids),
        "repel": repulsion(features, labels, centroids, margin=margin),
        "loss": value,
        "grad_features": grad_features,
        "grad_centroids": grad_centroids,
    }


def oltr_meta_embedding(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """Logits, cross-entropy and its gradients; the case names the weights of the parts."""
    classes, dim = inputs["classifier_weight"].shape
    reachability, scale = params["reachability_scale"], params["logit_scale"]
    classifier = MetaEmbeddingClassifier(dim, classes, reachability=reachability, scale=scale).double()
    layers = {
        f"{layer}.{name}": inputs[f"{layer}_{name}"]
        for layer in ("hallucinator", "selector")
        for name in ("weight", "bias")
    }
    weights = {"centroids": inputs["centroids"], "classifier.weight": inputs["classifier_weight"]}
    classifier.load_state_dict(layers | weights)
    features = inputs["features"].clone().requires_grad_()
    logits = classifier(features)
    loss = CrossEntropy()(logits, inputs["labels"])
    grad_features, grad_weight = torch.autograd.grad(loss, [features, classifier.weight])
    return {
        "infused_memory_feature": classifier.infused(features),
        "logits": logits,
        "loss": loss,
        "grad_features": grad_features,
        "grad_classifier_weight": grad_weight,
    }


def oltr_modulated_attention(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The case names parameters as the layer does, with one underscore for every dot."""
    maps = inputs["feature_map"]
    _, channels, height, width = maps.shape
    layer = ModulatedAttention(channels, (height, width), reduction=params["reduction"]).double()
    layer.load_state_dict(
        {name: inputs[f"param_{name.replace('.', '_')}"] for name, _ in layer.named_parameters()}
    )
    return {"output": layer(maps), "spatial_attention": layer.spatial(maps), "mask": layer.mask(maps)}


def tau_norm(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    classes, dim = inputs["weight"].shape
    classifier = LinearClassifier(dim, classes, bias=False).double()
    classifier.load_state_dict({"linear.weight": inputs["weight"]})
    normalized = [TauNormalized(classifier, tau=tau) for tau in params["taus"]]
    return {
        "weight_tau_normalised": torch.stack([predictor.weight() for predictor in normalized]),
        "logits": torch.stack([predictor(inputs["features"]) for predictor in normalized]),
    }


def logit_adjustment(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """Before and after training, for each tau; a classifier of weight one turns given logits into its own."""
    if params["epsilon"] != 1e-12:
        raise ValueError("the epsilon inside the logarithm is 1e-12")
    counts, logits = inputs["class_counts"].double(), inputs["logits"]
    losses = [LogitAdjustedLoss(counts, tau=tau) for tau in params["taus"]]
    trained = [differentiated(loss, logits, inputs["labels"]) for loss in losses]
    classes = len(counts)
    identity = LinearClassifier(classes, classes, bias=False).double()
    identity.load_state_dict({"linear.weight": torch.eye(classes)})
    return {
        "adjustment": torch.stack([loss.adjustment for loss in losses]),
        "train_loss": torch.stack([value for value, _ in trained]),
        "grad_logits": torch.stack([gradient for _, gradient in trained]),
        "posthoc_logits": torch.stack(
            [LogitAdjusted(identity, counts, tau=tau)(logits) for tau in params["taus"]]
        ),
    }


METHODS: dict[str, Method] = {
    method.__name__: method
    for method in (
        background_exempted_inference,
        balanced_softmax,
        bbn,
        bbn_alpha_schedule,
        bbn_warmup_schedule,
        capsule_classifier,
        class_balanced_sigmoid_focal,
        class_balanced_weights,
        class_sampling_probabilities,
        cosine_classifier,
        cosine_linear,
        deconfound,
        deconfound_decay_schedule,
        deconfound_moving_average,
        deconfound_tde,
        detection_moving_average,
        eql,
        focal,
        ldam,
        ldam_lr_schedule,
        logit_adjustment,
        longtail_profile,
        lws,
        ncm,
        oltr_centroid_loss,
        oltr_meta_embedding,
        oltr_modulated_attention,
        reversed_sampling,
        shot_split_accuracy,
        tau_norm,
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


def differentiated(loss: Loss, logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Loss of the batch, and its gradient with respect to the logits."""
    logits = logits.clone().requires_grad_()
    mean = loss(logits, labels)
    return mean, torch.autograd.grad(mean, logits)[0]


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

"""Runs the golden vectors of semi- and self-supervised learning through the public parts of counterpoise.

One function for each ``method`` of a cases.json, as in `adapter`. Consistency, momentum contrast and theory are in
`semi_self_consistency`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from counterpoise.backbones import CifarResNet32
from counterpoise.classifiers import CosineClassifier, LinearClassifier
from counterpoise.counts import count_classes, effective_number_weights, effective_numbers
from counterpoise.data import by_digit, draw_labeled_and_unlabeled, draw_long_tail, unlabeled_counts
from counterpoise.losses import ClassWeighted, CrossEntropy, Deferred, FocalLoss, LDAMLoss
from counterpoise.metrics import ShotGroups, macro_f1, per_class_accuracy, shot_groups
from counterpoise.metrics.shots import group_accuracy
from counterpoise.net import Net
from counterpoise.samplers import EffectiveNumberSampler
from counterpoise.steps import even_turns, four_rotations, rotated_batch
from counterpoise.training.schedules import Schedule, cosine_by_epoch, ldam_multistep, moco_cosine
from counterpoise.training.transfer import backbone_weights, transferred

from .adapter import differentiated, doubles, profile

Params = Mapping[str, Any]
Arrays = Mapping[str, Any]
Method = Callable[[Params, Arrays], dict[str, Any]]

BACKBONES = {"resnet32 (CIFAR)": CifarResNet32}
RELEASED_THRESHOLDS = (100, 20)
SEEDS = range(100_000)


def labeled_counts(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    return {
        f"class_counts_{name}": profile(
            params["imb_type"],
            int(total),
            int(inputs[f"num_classes_{name}"]),
            ratio_of(inputs[f"imbalance_factor_{name}"]),
        )
        for name, total in each(inputs, "total_samples_")
    }


def labeled_counts_svhn(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    total = 10 * params["n_max"]
    ranked = [profile(params["imb_type"], total, 10, ratio_of(f)) for f in inputs["imbalance_factor"]]
    return {
        "profile_by_rank": torch.stack(ranked),
        "class_counts_by_digit": torch.stack([by_digit(counts) for counts in ranked]),
    }


def unlabeled(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The names of CIFAR-10 have no data set in the inputs."""
    produced = {}
    for name, labeled in each(inputs, "labeled_counts_"):
        dataset, _, setting = name.rpartition("_")
        total = params["size_factor"] * int(labeled.sum())
        rows = [unlabeled_counts(total, len(labeled), r) for r in inputs[f"rho_u_list_{setting}"].tolist()]
        produced[f"unlabeled_counts_{dataset or 'cifar10'}_{setting}"] = torch.stack(rows)
    return produced


def subset(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    labels, counts = inputs["labels"], inputs["class_counts_wanted"]
    assert len(counts) == params["num_classes"]
    drawn = draw_long_tail(labels, counts, seed=params["random_state"])
    return {"selected_indices": drawn, "selected_labels": labels[drawn]}


def self_training_set(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The case writes the positions of unlabeled samples from 1000 on."""
    labels = inputs["labels"]
    drawn = draw_labeled_and_unlabeled(
        labels,
        inputs["class_counts_wanted"],
        inputs["unlabeled_true_labels"],
        inputs["unlabeled_counts_wanted"],
        seed=params["random_state"],
    )
    targets = torch.cat([labels[drawn.labeled], inputs["unlabeled_pseudo_labels"][drawn.unlabeled]])
    return {
        "selected_indices": torch.cat([drawn.labeled, drawn.unlabeled + 1000]),
        "training_targets": targets,
        "combined_class_counts": count_classes(targets, params["num_classes"]),
    }


def class_weights(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    return {
        f"weights_{name}": effective_number_weights(counts.double(), beta=params["beta"])
        for name, counts in each(inputs, "class_counts_")
    }


def deferred_weights(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    counts = inputs["class_counts"].double()
    before, after = (
        ClassWeighted(CrossEntropy(), effective_number_weights(counts, beta=beta)) for beta in params["betas"]
    )
    loss, rows = Deferred(before, after, start=params["switch_epoch"]), []
    for epoch in inputs["epochs"].tolist():
        loss.set_epoch(epoch)
        rows.append(loss.active.weights)
    return {"weights_by_epoch": torch.stack(rows)}


def cifar_rates(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The release has 200 epochs."""
    return rates(ldam_multistep, params["base_lr"], inputs["epochs"], 200)


def moco_rates(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    return rates(moco_cosine, params["base_lr"], inputs["epochs"], params["epochs"])


def imagenet_rates(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    return rates(cosine_by_epoch, params["base_lr"], inputs["epochs_one_based"] - 1, params["epochs"])


def resampling(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    counts, beta = inputs["class_counts"], params["beta"]
    labels = torch.repeat_interleave(torch.arange(len(counts)), counts)
    sampler = EffectiveNumberSampler(labels, counts, beta=beta)
    return {
        "weight_per_class": 1 / effective_numbers(counts, beta=beta),
        "num_draws_per_epoch": torch.tensor(len(sampler)),
        "class_draw_probability": sampler.probabilities(),
    }


def ldam(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    plain = LDAMLoss(inputs["class_counts"].double(), max_margin=params["max_m"], scale=params["s"])
    weighted = ClassWeighted(plain, inputs["class_weights"])
    loss, gradient = differentiated(plain, inputs["logits"], inputs["labels"])
    loss_weighted, gradient_weighted = differentiated(weighted, inputs["logits"], inputs["labels"])
    return {
        "margins": plain.margins,
        "loss": loss,
        "grad_logits": gradient,
        "loss_weighted": loss_weighted,
        "grad_logits_weighted": gradient_weighted,
    }


def focal(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The class-balanced version has its weights inside the probability."""
    logits, labels, gamma = inputs["logits"], inputs["labels"], params["gamma"]
    loss, gradient = differentiated(FocalLoss(gamma=gamma), logits, labels)
    balanced = FocalLoss(gamma=gamma, class_weights=inputs["class_weights"])
    loss_balanced, gradient_balanced = differentiated(balanced, logits, labels)
    return {
        "loss": loss,
        "grad_logits": gradient,
        "loss_class_balanced": loss_balanced,
        "grad_logits_class_balanced": gradient_balanced,
    }


def weighted_cross_entropy(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    weights = effective_number_weights(inputs["class_counts"].double(), beta=params["beta"])
    loss, gradient = differentiated(
        ClassWeighted(CrossEntropy(), weights), inputs["logits"], inputs["labels"]
    )
    return {"class_weights": weights, "loss": loss, "grad_logits": gradient}


def normalised_linear(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """Our cosine classifier at tau 1, and the gradients of the sum; the release has weights (features, classes)."""
    if params["eps"] != 1e-12:
        raise ValueError("norms are kept above 1e-12")
    dim, classes = inputs["weight"].shape
    classifier = CosineClassifier(dim, classes, tau=1.0).double()
    classifier.load_state_dict({"weight": inputs["weight"].T})
    features = inputs["features"].clone().requires_grad_()
    logits = classifier(features)
    grad_features, grad_weight = torch.autograd.grad(logits.sum(), [features, classifier.weight])
    return {"cosine_logits": logits, "grad_features": grad_features, "grad_weight": grad_weight.T}


def one_rotation(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The labels are the first of a permutation, whose rest the case does not give; see `permuted`."""
    images, turns = inputs["images"], inputs["rotation_labels"]
    assert len(images) == params["batch_size"]
    return {
        "rotated_images": rotated_batch(images, turns),
        "label_pool_before_truncation": permuted(even_turns(len(images)), turns),
    }


def four_copies(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    images = inputs["images_hwc"].permute(0, 3, 1, 2)
    assert len(images) == params["batch_size"]
    rotated, turns = four_rotations(images)
    return {"rotated_images_nchw": rotated, "rotation_labels": turns}


def key_transfer(params: Params, inputs: Arrays) -> dict[str, Any]:
    """The release calls its classifier fc; the tensors of the case have names only."""
    kind = CosineClassifier if params["normalised_classifier"] else LinearClassifier
    net, names = Net(BACKBONES[params["arch"]](), kind(64, 10)), inputs["checkpoint_keys"].tolist()
    own = net.backbone.state_dict()
    # each name of the file beside the name that the backbone knows it by
    inside = dict(zip(names, backbone_weights(dict.fromkeys(names, torch.zeros(()))), strict=True))
    told = transferred(net, {name: own.get(inside[name], torch.zeros(())) for name in names})
    fresh = [f"fc.{name.rpartition('.')[2]}" for name in told.fresh]
    return {
        "transferred_keys": np.array([name for name in names if inside[name] in told.loaded]),
        "missing_keys": np.array([*told.missing, *fresh]),
    }


def shot_accuracy(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """An empty group, None with us, is 0 in the release."""
    counts, predictions = inputs["train_class_counts"], inputs["test_predictions"]
    many, few = params["many_threshold"], params["few_threshold"]
    groups = ShotGroups("strict", counts > many, (counts >= few) & (counts <= many), counts < few)
    if (many, few) == RELEASED_THRESHOLDS:
        groups = shot_groups(counts, convention="strict")
    per_class = per_class_accuracy(predictions, inputs["test_labels"], len(counts))
    means = group_accuracy(per_class, groups)
    return {
        **{
            ("median" if name == "medium" else name): torch.tensor(mean or 0.0, dtype=torch.float64)
            for name, mean in means.items()
        },
        "per_class_accuracy": per_class,
        "macro_f1": macro_f1(predictions, inputs["test_labels"], len(counts)),
    }


METHODS: dict[str, Method] = {
    "Focal and class-balanced focal loss (softmax form)": focal,
    "CIFAR/SVHN learning rate per epoch": cifar_rates,
    "ImageNet-LT / iNaturalist cosine learning rate as used in epochs 1..E": imagenet_rates,
    "LDAM loss": ldam,
    "MoCo v2 cosine learning rate per epoch": moco_rates,
    "SVHN-LT class counts": labeled_counts_svhn,
    "class-balanced (effective number) weights": class_weights,
    "class-balanced cross-entropy": weighted_cross_entropy,
    "class-balanced re-sampling weights per sample": resampling,
    "cosine classifier used with LDAM": normalised_linear,
    "deferred re-weighting by epoch": deferred_weights,
    "long-tailed class counts, exponential": labeled_counts,
    "long-tailed subset drawing": subset,
    "many / median / few-shot accuracy": shot_accuracy,
    "rotation pretext batch, four copies (RotNet)": four_copies,
    "rotation pretext batch, one random rotation per image": one_rotation,
    "self-training set: labeled subset + pseudo-labeled subset": self_training_set,
    "step imbalance class counts": labeled_counts,
    "unlabeled class counts of D_U@5x": unlabeled,
    "which tensors a rotation pre-trained network hands over": key_transfer,
}


def each(inputs: Arrays, start: str) -> list[tuple[str, Tensor]]:
    """The inputs whose names begin so, by the rest of the name."""
    return [(name.removeprefix(start), found) for name, found in inputs.items() if name.startswith(start)]


def ratio_of(factor: Tensor) -> float:
    """The ratio whose reciprocal is the release's imbalance factor, to the last bit where there is one."""
    near = 1 / factor.item()
    for ratio in (near, round(near), np.nextafter(near, 0), np.nextafter(near, np.inf)):
        if 1 / ratio == factor.item():
            return float(ratio)
    return near


def rates(schedule: Schedule, base: float, epochs: Tensor, length: int) -> dict[str, Tensor]:
    """Base rate times a schedule of ours, in epochs from 0."""
    return {"learning_rates": doubles([base * schedule(epoch, length) for epoch in epochs.tolist()])}


def permuted(pool: Tensor, first: Tensor) -> Tensor:
    """The permutation of numpy's legacy generator with the smallest seed that begins with these entries."""
    for seed in SEEDS:
        found = torch.from_numpy(np.random.RandomState(seed).permutation(pool.numpy()))
        if torch.equal(found[: len(first)], first):
            return found
    raise ValueError("no seed of the legacy generator gives these labels")

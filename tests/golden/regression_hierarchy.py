"""Runs the golden vectors of bins, soft ordinal labels and hierarchies through the public parts of counterpoise.

One function for each ``method`` of a cases.json, as in `adapter`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from counterpoise.bins import (
    class_means,
    class_of,
    linear_edges,
    logarithmic_edges,
    midpoints,
    with_zero_class,
    with_zero_first,
)
from counterpoise.classifiers import HierarchicalClassifier
from counterpoise.data import block_counts
from counterpoise.hierarchy import equal_number_split, level_edges
from counterpoise.losses import (
    ClassWeighted,
    HierarchicalDistillation,
    RangePreservingDistillation,
    SoftOrdinalLoss,
    SummationDistillation,
    absolute_distance,
    log_squared_distance,
    soft_ordinal_labels,
    squared_distance,
)
from counterpoise.metrics import inconsistency
from counterpoise.net import Classifier
from counterpoise.pooling import max_pooled
from counterpoise.predictors import HierarchyProduct, HierarchySum, MostLikelyValue

Params = Mapping[str, Any]
Arrays = Mapping[str, Tensor]
Method = Callable[[Params, Arrays], dict[str, Tensor]]

SPACINGS = {"log": logarithmic_edges, "linear": linear_edges}
DISTANCES = {
    "absolute": absolute_distance,
    "squared": squared_distance,
    "log_squared": log_squared_distance,
}


def class_edges(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    spacing, values = SPACINGS[params["spacing"]], inputs["training_values"]
    edges = with_zero_class(spacing(params["vmin"], params["vmax"], params["num_classes"] - 1))
    means, classes = with_zero_first(class_means(values, edges)), class_of(values, edges)
    return {
        "edges": edges[1:],
        "mean_representatives": means,
        "midpoint_representatives": with_zero_first(midpoints(edges)),
        "class_of_training_values": classes,
        "decoded_training_values": means[classes],
    }


def block_counting(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """Blocks of training pictures, and what is left of them after classification."""
    counts = block_counts(inputs["density_map"], params["psize"])
    edges = with_zero_class(logarithmic_edges(params["vmin"], params["vmax"], params["num_classes"] - 1))
    representatives, classes = with_zero_first(class_means(counts.flatten(), edges)), class_of(counts, edges)
    decoded = representatives[classes]
    return {
        "block_counts": counts,
        "edges": edges[1:],
        "representatives": representatives,
        "block_classes": classes,
        "decoded_block_counts": decoded,
        "decoded_image_counts": decoded.sum(dim=(1, 2, 3)),
        "true_image_counts_from_blocks": counts.sum(dim=(1, 2, 3)),
    }


def soft_labels(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """Class numbers have no logarithms, for class 0 is one; names carry the temperature or a multiple of it."""
    multiple = 5 if "names_carry" in params and params["names_carry"] == "temperature times 5" else 1
    numbers = torch.arange(params["num_classes"], dtype=torch.float64)
    continuous = "representatives" in inputs
    targets, positions = (
        (inputs["targets"], inputs["representatives"]) if continuous else (inputs["labels"], numbers)
    )
    return {
        f"soft_{name}_temperature{round(multiple * temperature, 6)}".replace(".", "p"): soft_ordinal_labels(
            targets, positions, temperature=temperature, distance=distance
        )
        for name, distance in DISTANCES.items()
        if continuous or distance is not log_squared_distance
        for temperature in params["temperatures"]
    }


def soft_cross_entropy(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    numbers = torch.arange(params["num_classes"], dtype=torch.float64)
    plain = SoftOrdinalLoss(numbers, temperature=params["temperature"], distance=absolute_distance)
    logits = inputs["logits"].clone().requires_grad_()
    loss = ClassWeighted(plain, inputs["class_weights"]).per_sample(logits, inputs["labels"]).mean()
    return {"loss": loss, "grad_logits": torch.autograd.grad(loss, logits)[0]}


def split(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    counts, edges = inputs["fine_bin_counts"].double(), inputs["fine_bin_edges"].clone()
    if params["observed_max"] is not None:
        edges[-1] = params["observed_max"]
    if params["integer_age_labels"]:
        edges -= 0.5
    weights = counts.sqrt() if params["sqrt_counts"] else counts
    produced = {}
    for number, group in enumerate(equal_number_split(weights, params["levels"] + 1)[:-1], start=1):
        coarse = level_edges(edges, group)
        level_counts = torch.zeros(len(coarse) - 1, dtype=torch.float64).index_add(0, group, counts)
        produced |= {
            f"level{number}_interior_edges": coarse[1:-1],
            f"level{number}_class_of_fine_bin": group,
            f"level{number}_midpoint_representatives": midpoints(coarse),
            f"level{number}_class_counts": level_counts,
            f"level{number}_inverse_count_weights": 1 / level_counts / (1 / level_counts).sum(),
        }
    return produced


def adjust(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    outputs, representatives = together(params, inputs, "logits"), inputs["fine_representatives"]
    classifier = given(outputs, levels(params, inputs), representatives)
    produced = {}
    for name, predictor in (("add", HierarchySum(classifier)), ("mul", HierarchyProduct(classifier))):
        logits = predictor(torch.eye(len(outputs)).double())
        produced[f"hca_{name}_class"] = logits.argmax(dim=1)
        produced[f"hca_{name}_value"] = MostLikelyValue(predictor, representatives).decoded(logits)
        produced["hca_add" if name == "add" else "hca_mul_log"] = logits.exp() if name == "add" else logits
    return produced


def distill(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    hierarchy, student = levels(params, inputs), inputs["student_logits"]
    teacher = together(params, inputs, "teacher_logits", "teacher_fine_logits")
    preserving, summing = RangePreservingDistillation(hierarchy), SummationDistillation(hierarchy)
    shares = [loss.aligned(student).exp().split(loss.sizes, dim=1) for loss in (preserving, summing)]
    produced = {"student_probabilities": student.softmax(dim=1)}
    for number, (best, total) in enumerate(zip(*shares, strict=True), start=1):
        produced |= {f"level{number}_pooled_max_normalised": best, f"level{number}_pooled_sum": total}
    for suffix, loss, pooled in (("", preserving, shares[0]), ("_sum_alignment", summing, shares[1])):
        produced |= {name + suffix: value for name, value in taught(loss, student, teacher).items()}
        kind = suffix or "_max_alignment"
        produced[f"inconsistent_fraction{kind}"] = torch.stack(
            [inconsistency(student, level, group) for level, group in zip(pooled, hierarchy, strict=True)]
        )
    return produced


def taught(loss: HierarchicalDistillation, student: Tensor, teacher: Tensor) -> dict[str, Tensor]:
    student = student.clone().requires_grad_()
    divergences = loss.per_level(student, teacher).mean(dim=0)
    mean = loss(student, teacher)
    (gradient,) = torch.autograd.grad(mean, student)
    return {"kl_per_level": divergences, "loss": mean, "grad_student_logits": gradient}


def dense_pooling(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    transitions = [inputs[f"level{number + 1}_transition"] for number in range(params["levels"])]
    return {
        f"level{number}_pooled_logits": max_pooled(
            inputs["logits"], transition.argmax(dim=0), len(transition)
        )
        for number, transition in enumerate(transitions, start=1)
    }


def levels(params: Params, inputs: Arrays) -> Tensor:
    """The transition matrices as a hierarchy; (H, C)."""
    rows = [inputs[f"level{number + 1}_transition"].argmax(dim=0) for number in range(params["levels"])]
    return torch.stack([*rows, torch.arange(len(rows[0]))])


def together(params: Params, inputs: Arrays, name: str, finest: str = "fine_logits") -> Tensor:
    """Logits of all levels; (B, S)."""
    coarse = [inputs[f"level{number + 1}_{name}"] for number in range(params["levels"])]
    return torch.cat([*coarse, inputs[finest]], dim=1)


def given(outputs: Tensor, hierarchy: Tensor, representatives: Tensor) -> Classifier:
    """A classifier that has these outputs for the rows of the identity; (B, S)."""
    classifier = HierarchicalClassifier(len(outputs), hierarchy, representatives=representatives).double()
    fine, coarse = outputs[:, -classifier.num_classes :], outputs[:, : -classifier.num_classes]
    weights = {"finest.weight": fine.T, "finest.bias": 0 * fine[0]}
    weights |= {"coarse.weight": coarse.T, "coarse.bias": 0 * coarse[0]}
    classifier.load_state_dict(weights, strict=False)
    return classifier.requires_grad_(False)


METHODS: dict[str, Method] = {
    "HCA hierarchical class split": split,
    "HCA-add / HCA-mul": adjust,
    "HCA-d": distill,
    "HCA-d dense max alignment": dense_pooling,
    "SORD cross entropy": soft_cross_entropy,
    "SORD soft labels": soft_labels,
    "class edges and representatives": class_edges,
    "crowd counting by local block classes": block_counting,
}

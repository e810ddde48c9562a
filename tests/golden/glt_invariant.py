"""Runs the vectors of generalized long tails, but those of several experts, through the parts of counterpoise."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from counterpoise.classifiers import LinearClassifier
from counterpoise.counts import effective_number_weights
from counterpoise.data.protocols import (
    attribute_balanced_selection,
    attribute_ranks,
    class_balanced_splits,
    labels_by_size,
    order_by_rank,
)
from counterpoise.data.streams import Batch
from counterpoise.losses import (
    AmplifiedCrossEntropy,
    ClassWeighted,
    CrossEntropy,
    Deferred,
    DetachedFocalLoss,
    LDAMLoss,
    LogitAdjustedLoss,
    Loss,
    failure_weighted_loss,
    failure_weights,
    irm_l1_penalty,
    irm_v1_penalty,
    released_failure_weights,
)
from counterpoise.losses.irm import scale_slopes
from counterpoise.metrics import (
    AccuracyPrecision,
    accuracy_precision,
    attribute_group_scores,
    class_group_scores,
)
from counterpoise.net import Net
from counterpoise.predictors import LogitAdjusted
from counterpoise.ramps import stepped
from counterpoise.regularizers import (
    CenterLoss,
    center_loss,
    center_triplet_loss,
    cosine_distances,
    squared_distances,
)
from counterpoise.samplers import (
    environment_weights,
    reversed_weights,
    weights_both_ways,
    weights_over_all,
    weights_within_classes,
)
from counterpoise.steps import (
    BilateralBranch,
    Encode,
    Join,
    Objective,
    PenalizeEnvironments,
    PenalizeScores,
    PullToCenters,
    Score,
    Seen,
    Step,
    Supervise,
    SuperviseEnvironments,
    bilateral_share,
    total,
)
from counterpoise.steps.mixing import mixed
from counterpoise.trackers import Confidences, LossMemory

from .adapter import Arrays, Method, Params, Pass, differentiated, doubles

LABELS = "labels_environment_"
RULES = {"intra": weights_within_classes, "inter": weights_over_all, "inter_intra": weights_both_ways}


def ifl(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """One name for six kinds of case, told apart by what they give."""
    kinds: dict[str, Method] = {
        "features": center_triplet if "logits" in inputs else center_distance,
        "features_per_step": center_updates,
        "epochs": center_weights,
        "sample_index": environments,
        "inputs_environment_1": training_steps,
    }
    (kind,) = inputs.keys() & kinds.keys()
    return kinds[kind](params, inputs)


def center_distance(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    return differentiated_centers(inputs, squared_distances)


def cosine_center_distance(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    return differentiated_centers(inputs, cosine_distances)


def differentiated_centers(inputs: Arrays, distance: Callable[[Tensor, Tensor], Tensor]) -> dict[str, Tensor]:
    features, centers = (inputs[name].clone().requires_grad_() for name in ("features", "centers"))
    loss = center_loss(features, inputs["labels"], centers, distance=distance)
    grad_features, grad_centers = torch.autograd.grad(loss, [features, centers])
    return {"loss": loss, "grad_features": grad_features, "grad_centers": grad_centers}


def center_triplet(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The margin is that of the release where the case has none."""
    features, centers = (inputs[name].clone().requires_grad_() for name in ("features", "centers"))
    margin = params.get("margin", 1.0)
    loss = center_triplet_loss(features, inputs["labels"], centers, inputs["logits"], margin=margin)
    grad_features, grad_centers = torch.autograd.grad(loss, [features, centers])
    return {"loss": loss, "grad_features": grad_features, "grad_centers": grad_centers}


def centers_of(initial: Tensor, rate: float) -> CenterLoss:
    classes, dim = initial.shape
    loss = CenterLoss(dim, classes, rate=rate).double()
    loss.centers.copy_(initial)
    return loss


def center_updates(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """Each step is an epoch of its own, with its own weight."""
    alphas: list[float] = params["alphas"]
    loss = centers_of(inputs["initial_centers"], params["center_lr"])
    pull = PullToCenters(loss, lambda epoch, epochs: alphas[epoch])
    losses, gradients, centers = [], [], [loss.centers.clone()]
    batches = zip(inputs["features_per_step"], inputs["labels_per_step"], strict=True)
    for step, (features, labels) in enumerate(batches):
        pull.set_epoch(step, len(alphas))
        features = features.clone().requires_grad_()
        seen = pull(identity_net(1, 1), Seen({}, features=features, mixture=((1.0, labels),)))
        losses.append(seen.terms["centers"].detach())
        gradients.append(torch.autograd.grad(seen.terms["centers"], features)[0])
        pull.update(identity_net(1, 1), seen)
        centers.append(loss.centers.clone())
    return {
        "weighted_loss_per_step": torch.stack(losses),
        "grad_features_per_step": torch.stack(gradients),
        "centers_after_step": torch.stack(centers),
    }


def center_weights(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """Milestones are shares of the epochs with us."""
    epochs = int(inputs["epochs"].max()) + 1
    weight = stepped(tuple(start / epochs for start in params["milestones"]), tuple(params["weights"]))
    return {"alpha_per_epoch": doubles([weight(epoch, epochs) for epoch in inputs["epochs"].tolist()])}


def environments(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    return sampling_weights(params, inputs, 2)


def three_environments(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    return sampling_weights(params, inputs, 3)


def sampling_weights(params: Params, inputs: Arrays, count: int) -> dict[str, Tensor]:
    index, size = inputs["sample_index"], params["num_samples"]
    tracker = Confidences(size).double()
    tracker.record(index, inputs["true_class_probability"])
    tracker.close_epoch()
    targets = torch.zeros(size, dtype=torch.int64).scatter(0, index, inputs["sample_label"])
    rule, scale = RULES[params["env_type"]], params["sample_scale"]
    found = environment_weights(tracker.latest, targets, environments=count, scale=scale, rule=rule)
    return {f"environment_{number}_sampling_weights": row for number, row in enumerate(found, start=1)}


class Rectified(nn.Module):
    """A linear layer and a ReLU."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(weight.clone()), nn.Parameter(bias.clone())

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.linear(x, self.weight, self.bias).relu()


def training_steps(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The rate falls along a cosine from step to step; each step is an epoch of its own."""
    alphas: list[float] = params["alphas"]
    losses: dict[str, Loss] = {
        "CrossEntropy": CrossEntropy(),
        "BalancedSoftmax": LogitAdjustedLoss(inputs["class_counts"].double(), tau=1.0),
    }
    backbone = Rectified(inputs["initial_backbone_weight"], inputs["initial_backbone_bias"])
    net = Net(backbone, linear(inputs["initial_classifier_weight"]))
    centers = centers_of(inputs["initial_centers"], params["center_lr"])
    objective = Objective(
        join=Join(),
        encode=Encode(),
        centers=PullToCenters(centers, lambda epoch, epochs: alphas[epoch]),
        score=Score(),
        loss=Supervise(losses[params["loss"]]),
    )
    optimizer = torch.optim.SGD(
        net.parameters(), lr=params["lr"], momentum=params["momentum"], weight_decay=params["weight_decay"]
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, len(alphas))
    rows: list[list[float]] = []
    for step in range(len(alphas)):
        objective.set_epoch(step, len(alphas))
        seen = objective(net, streams_of(inputs, "inputs", step))
        optimizer.zero_grad()
        total(seen.terms).backward()
        rate = optimizer.param_groups[0]["lr"]
        optimizer.step()
        schedule.step()
        objective.update(net, seen)
        rows.append([seen.terms["loss"].item(), seen.terms["centers"].item(), rate])
    found = dict(
        zip(
            ("classification_loss_per_step", "weighted_center_loss_per_step", "learning_rate_per_step"),
            doubles(rows).T,  # pyright: ignore[reportArgumentType]
            strict=True,
        )
    )
    return found | {
        "final_backbone_weight": backbone.weight,
        "final_backbone_bias": backbone.bias,
        "final_classifier_weight": next(net.classifier.parameters()),
        "final_centers": centers.centers,
    }


def streams_of(inputs: Arrays, what: str, step: int | None = None) -> dict[str, Batch]:
    """The batches of all environments, of a step where the case has several."""
    found = {}
    for number in numbers_of(inputs):
        rows, labels = (inputs[f"{name}_environment_{number}"] for name in (what, "labels"))
        rows, labels = (rows, labels) if step is None else (rows[step], labels[step])
        found[f"environment{number - 1}"] = Batch(rows, labels, torch.arange(len(labels)))
    return found


def ifl_mixup(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    labels, share = inputs["labels"], params["lam"]
    features, logits = (inputs[name].clone().requires_grad_() for name in ("features", "logits"))
    loss = centers_of(inputs["centers"], 1.0)
    mixture = mixed(((1.0, labels),), share, inputs["permutation"])
    seen = Seen({}, features=features, outputs=logits, mixture=mixture)
    net = identity_net(1, 1)
    for step in (Supervise(CrossEntropy()), PullToCenters(loss, lambda epoch, epochs: 1.0)):
        seen = step(net, seen)
    grad_features, grad_logits = torch.autograd.grad(total(seen.terms), [features, logits])
    loss.update(features, mixture)  # at rate 1: by the gradient
    right = sum(part * (logits.argmax(dim=1) == targets).double().mean() for part, targets in mixture)
    return {
        "mixed_cross_entropy": seen.terms["loss"],
        "mixed_center_loss": seen.terms["centers"],
        "mixed_accuracy": torch.as_tensor(right),
        "grad_features": grad_features,
        "grad_logits": grad_logits,
        "grad_centers": inputs["centers"] - loss.centers,
    }


def irm_glt(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    weight, labels = params["irm_weight"], inputs["labels"]
    logits = inputs["logits"].clone().requires_grad_()
    penalty = PenalizeScores("irm", irm_l1_penalty, weight=lambda epoch, epochs: weight)
    seen = Seen({}, outputs=logits, mixture=((1.0, labels),))
    net = identity_net(1, 1)
    terms = penalty(net, Supervise(CrossEntropy())(net, seen)).terms
    (grad_penalty,) = torch.autograd.grad(terms["irm"], logits, retain_graph=True)
    (grad_total,) = torch.autograd.grad(total(terms), logits)
    return {
        "cross_entropy": terms["loss"],
        "scale_gradient": scale_slopes(logits, labels).mean(dim=0, keepdim=True),
        "penalty": terms["irm"],
        "grad_logits_penalty": grad_penalty,
        "grad_logits_total": grad_total,
    }


def irm_v1(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    streams, weight = streams_of(inputs, "logits"), params["irm_lambda"]
    logits = torch.cat([batch.inputs for batch in streams.values()]).requires_grad_()
    labels = torch.cat([inputs[f"{LABELS}{number}"] for number in numbers_of(inputs)])
    steps: tuple[Step, ...] = (
        SuperviseEnvironments(CrossEntropy()),
        PenalizeEnvironments("irm", irm_v1_penalty, weight=lambda epoch, epochs: weight),
    )
    seen = Seen(streams, outputs=logits, mixture=((1.0, labels),))
    for step in steps:
        seen = step(identity_net(1, 1), seen)
    value = total(seen.terms)
    gradients = torch.autograd.grad(value, logits)[0].split([len(batch) for batch in streams.values()])
    found = {
        "mean_cross_entropy": seen.terms["loss"],
        "mean_penalty": seen.terms["irm"] / weight,
        "total_loss": value,
    }
    for number, (batch, gradient) in enumerate(zip(streams.values(), gradients, strict=True), start=1):
        assert batch.targets is not None
        found[f"penalty_environment_{number}"] = irm_v1_penalty(batch.inputs, batch.targets)
        found[f"grad_logits_environment_{number}"] = gradient
    return found


def lff_biased(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    logits = inputs["logits"].clone().requires_grad_()
    losses = AmplifiedCrossEntropy(q=params["q"]).per_sample(logits, inputs["labels"])
    return {"loss_per_sample": losses, "grad_logits": torch.autograd.grad(losses.sum(), logits)[0]}


def lff_glt(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    labels = inputs["labels"]
    biased, debiased = (inputs[f"logits_{name}"].clone().requires_grad_() for name in ("biased", "debiased"))
    weights = released_failure_weights(biased, debiased, labels)
    first = AmplifiedCrossEntropy(q=params["q"])(biased, labels)
    second = failure_weighted_loss(debiased, labels, weights)
    gradients = torch.autograd.grad(first + second, [biased, debiased])
    return {
        "sample_weight": weights,
        "loss_biased_mean": first,
        "loss_debiased_mean": second,
        "total_loss": first + second,
        "grad_logits_biased": gradients[0],
        "grad_logits_debiased": gradients[1],
    }


def lff_original(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    targets, names = inputs["dataset_labels"], ("biased", "debiased")
    memories = {
        name: LossMemory(targets, int(targets.max()) + 1, decay=params["ema_alpha"]).double()
        for name in names
    }
    found: dict[str, list[Tensor]] = {"weight_per_step": []}
    for step, index in enumerate(inputs["batch_index_per_step"]):
        for name, memory in memories.items():
            memory.update(index, inputs[f"{name}_loss_per_step"][step])
            found.setdefault(f"{name}_memory_after_step", []).append(memory.average.clone())
        relative = [memories[name].relative(index) for name in names]
        found["weight_per_step"].append(failure_weights(*relative))
    return {name: torch.stack(rows) for name, rows in found.items()}


def balanced_softmax_and_focal(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The released balanced softmax adds log(prior + 1e-12): logit adjustment in training, at tau 1."""
    losses = {
        "balanced_softmax": LogitAdjustedLoss(inputs["class_counts"].double(), tau=1.0),
        "focal": DetachedFocalLoss(gamma=params["gamma"]),
    }
    found = {}
    for name, loss in losses.items():
        value, gradient = differentiated(loss, inputs["logits"], inputs["labels"])
        found |= {f"{name}_loss": value, f"grad_logits_{name}": gradient}
    return found


def ldam_drw(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """Weights begin at 0.8 of the epochs, with beta 0.9999."""
    counts = inputs["class_counts"].double()
    plain = LDAMLoss(counts, max_margin=params["max_m"], scale=params["s"])
    weighted = ClassWeighted(plain, effective_number_weights(counts, beta=0.9999))
    loss = Deferred(plain, weighted, start=int(0.8 * params["total_epoch"]))
    found = {"margins": plain.margins}
    for when in ("before", "after"):
        loss.set_epoch(params[f"epoch_{when}"])
        value, gradient = differentiated(loss, inputs["cosine_logits"], inputs["labels"])
        weights = weighted.weights if loss.active is weighted else torch.ones_like(counts)
        found |= {
            f"loss_{when}_reweighting": value,
            f"grad_cosine_{when}_reweighting": gradient,
            f"class_weights_{when}": weights,
        }
    return found


def bbn_glt(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """Epochs are counted from 0, and one is taken off all the same."""
    epochs, counts = params["total_epochs"], inputs["class_counts"]
    branch = BilateralBranch(lambda epoch, epochs: bilateral_share(epoch - 1, epochs))
    objective = Objective(bilateral=branch, score=Score(), loss=Supervise(CrossEntropy()))
    net = Net(Pass(), linear(inputs["classifier_weight"]))
    found: dict[str, list[Tensor]] = {}
    for epoch in params["epochs"]:
        objective.set_epoch(epoch, epochs)
        streams = {
            stream: Batch(
                inputs[f"features_{kind}"].clone().requires_grad_(),
                inputs[f"labels_{kind}"],
                torch.arange(len(inputs[f"labels_{kind}"])),
            )
            for stream, kind in {"train": "conventional", "rebalancing": "reversed"}.items()
        }
        loss = objective(net, streams).terms["loss"]
        gradients = torch.autograd.grad(loss, [batch.inputs for batch in streams.values()])
        rows = {
            "l_per_epoch": torch.tensor(branch.share, dtype=torch.float64),
            "loss_per_epoch": loss.detach(),
            "grad_features_conventional_per_epoch": gradients[0],
            "grad_features_reversed_per_epoch": gradients[1],
        }
        for name, row in rows.items():
            found.setdefault(name, []).append(row)
    weights = reversed_weights(counts) / counts
    return {name: torch.stack(rows) for name, rows in found.items()} | {
        "reverse_instance_weight_per_class": weights
    }


def glt_metrics(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    predictions, labels, classes = inputs["predictions"], inputs["labels"], params["num_classes"]
    groups = torch.zeros(classes, dtype=torch.int64).scatter(0, labels, inputs["class_group_of_sample"])
    whole = accuracy_precision(predictions, labels, classes)
    return {
        "overall_accuracy": torch.tensor(whole.accuracy, dtype=torch.float64),
        "overall_precision": torch.tensor(whole.precision, dtype=torch.float64),
        "overall_f1": torch.tensor(whole.f1, dtype=torch.float64),
        **columns("class", class_group_scores(predictions, labels, groups)),
        **columns(
            "attribute",
            attribute_group_scores(predictions, labels, inputs["attribute_rank_of_sample"], classes),
        ),
    }


def columns(kind: str, scores: list[AccuracyPrecision]) -> dict[str, Tensor]:
    return {
        f"{kind}_group_{name}": doubles([getattr(score, name) for score in scores])
        for name in AccuracyPrecision._fields
    }


def logit_adjustment_posthoc(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    predictor = LogitAdjusted(
        linear(inputs["classifier_weight"]), inputs["class_counts"].double(), tau=params["tro"]
    )
    return {"adjustment": predictor.adjustment, "test_logits": predictor(inputs["features"])}


def attribute_balanced(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    present = inputs["attribute_scores"] > 0.5
    chosen = attribute_balanced_selection(present, params["num_selected"])
    return {
        "selected_index_in_order": chosen,
        "final_attribute_histogram": present[chosen].double().sum(dim=0),
    }


def imagenet_glt(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """Splits by number, and labels and attributes of the samples in them; -1 for all others."""
    classes, clusters, ratio = inputs["sample_class"], inputs["sample_cluster"], params["intra_distribution"]
    labels = labels_by_size(torch.bincount(classes))[classes]
    attributes = attribute_ranks(labels, clusters, groups=len(ratio))
    splits = class_balanced_splits(
        labels,
        attributes,
        order_by_rank(labels, clusters),
        test_size=params["test_size"],
        val_size=params["val_size"],
        ratio=ratio,
        most=params["class_size_cap"],
    )
    split = torch.full_like(labels, -1)
    for number, positions in enumerate((splits.train, splits.val, splits.test_cbl, splits.test_gbl)):
        split[positions] = number
    return {
        "sample_split": split,
        "sample_new_label": torch.where(split >= 0, labels, -1),
        "sample_attribute_rank": torch.where(split >= 0, attributes, -1),
    }


def numbers_of(inputs: Arrays) -> list[int]:
    """The numbers of the environments, from 1."""
    return sorted(int(name.removeprefix(LABELS)) for name in inputs if name.startswith(LABELS))


def linear(weight: Tensor) -> LinearClassifier:
    """A classifier with these weights and no bias."""
    classes, dim = weight.shape
    classifier = LinearClassifier(dim, classes, bias=False).double()
    classifier.load_state_dict({"linear.weight": weight})
    return classifier


def identity_net(dim: int, classes: int) -> Net:
    """A net for steps that do not look at it."""
    return Net(nn.Identity(), LinearClassifier(dim, classes))


METHODS: dict[str, Method] = {
    "BBN (GLT code)": bbn_glt,
    "BLSoftmax / Focal": balanced_softmax_and_focal,
    "GLT metrics": glt_metrics,
    "IFL": ifl,
    "IFL (cosine)": cosine_center_distance,
    "IFL (three environments)": three_environments,
    "IFL + Mixup": ifl_mixup,
    "IRM (GLT code)": irm_glt,
    "IRM (v1)": irm_v1,
    "ImageNet-GLT split": imagenet_glt,
    "LDAM (deferred re-weighting)": ldam_drw,
    "LfF": lff_biased,
    "LfF (GLT code)": lff_glt,
    "LfF (original)": lff_original,
    "Logit-Adj": logit_adjustment_posthoc,
    "MSCOCO-GLT Test-GBL": attribute_balanced,
}

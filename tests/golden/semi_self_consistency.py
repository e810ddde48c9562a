"""Runs the golden vectors of consistency, momentum contrast and theory through the public parts of counterpoise.

One function for each ``method`` of a cases.json, as in `adapter`.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from counterpoise.classifiers import LinearClassifier, Projector
from counterpoise.data.streams import Batch
from counterpoise.errors import InputError
from counterpoise.losses import SoftmaxKL, SoftmaxMSE, VirtualAdversarialLoss, contrastive_logits, entropy
from counterpoise.net import Net
from counterpoise.ramps import cosine_rampdown, linear_rampup, sigmoid_rampup
from counterpoise.steps import Interpolation, MomentumContrast, Seen, interpolated
from counterpoise.theory import (
    biased_midpoint,
    midpoint_confidence,
    norm_error,
    norm_error_bound,
    norm_error_confidence,
    norm_threshold,
    pseudo_labeled_midpoint,
)
from counterpoise.trackers import MeanTeacher, teacher_decay

Params = Mapping[str, Any]
Arrays = Mapping[str, Tensor]
Method = Callable[[Params, Arrays], dict[str, Tensor]]

REDUCTIONS = {"sum over batch": Tensor.sum, "mean over batch": Tensor.mean}


def consistency(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    student, reduce = inputs["student_logits"].clone().requires_grad_(), REDUCTIONS[params["reduction"]]
    found = {}
    for name, loss in (("mse", SoftmaxMSE()), ("kl", SoftmaxKL())):
        cost = reduce(loss.per_sample(student, inputs["teacher_logits"]))
        found[f"softmax_{name}_sum"] = cost
        (found[f"grad_student_{name}"],) = torch.autograd.grad(cost, student)
    return found


def teacher_average(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """A teacher that has taken part in all steps before each of those given."""
    student = nn.ParameterDict({"weight": inputs["teacher_weight_initial"].clone()})
    teacher, weights = MeanTeacher(student, decay=params["alpha"]), []
    steps = inputs["global_steps"].tolist()
    for step, weight in zip(steps, inputs["student_weight_per_step"], strict=True):
        student["weight"].data.copy_(weight)
        teacher.steps.fill_(step - 1)
        teacher.update(student)
        weights.append(next(teacher.net.parameters()).clone())
    decays = [teacher_decay(step, params["alpha"]) for step in steps]
    return {
        "teacher_weight_after_update": torch.stack(weights),
        "effective_alpha": torch.tensor(decays, dtype=torch.float64),
    }


def ramps(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    shapes = {
        "sigmoid_rampup": (sigmoid_rampup, inputs["t"]),
        "linear_rampup": (linear_rampup, inputs["t"]),
        "cosine_rampdown": (cosine_rampdown, inputs["t_down"]),
    }
    length = params["ramp_length"]
    return {
        name: torch.tensor([shape(time, length) for time in times.tolist()], dtype=torch.float64)
        for name, (shape, times) in shapes.items()
    }


def virtual_adversarial(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    weights = [inputs[f"mlp_param_{number}"].clone().requires_grad_() for number in range(4)]

    def score(images: Tensor) -> Tensor:
        hidden = F.linear(images.flatten(1), weights[0], weights[1]).tanh()
        return F.linear(hidden, weights[2], weights[3])

    loss = VirtualAdversarialLoss(eps=params["eps"], xi=params["xi"], iterations=params["power_iterations"])
    clean = score(inputs["images"])
    value = loss(score, inputs["images"], clean, inputs["initial_direction"])
    slopes = torch.autograd.grad(value, weights)
    return {
        "clean_logits": clean,
        "vat_loss": value,
        "entropy_of_clean_prediction": entropy(clean).mean(),
        **{f"grad_vat_loss_mlp_param_{number}": slope for number, slope in enumerate(slopes)},
    }


def interpolation(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The share and the permutation are given, so alpha is only checked."""
    check_alpha(params["alpha"])
    share, order = inputs["lam"].item(), inputs["permutation"]
    student = inputs["student_logits_on_mixed"].clone().requires_grad_()
    targets = interpolated(inputs["teacher_logits"], share, order)
    loss = SoftmaxMSE()(student, targets)
    return {
        "mixed_inputs": interpolated(inputs["unlabeled_inputs"], share, order),
        "mixed_target_logits": targets,
        "loss": loss,
        "grad_student_logits": torch.autograd.grad(loss, student)[0],
    }


def check_alpha(alpha: float) -> None:
    net = Net(nn.Identity(), LinearClassifier(1, 2))
    assert Interpolation(net, alpha=alpha).alpha == alpha
    try:
        Interpolation(net, alpha=-alpha)
    except InputError:
        return
    raise AssertionError("an alpha below 0 must be refused")


def momentum_contrast(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """Several steps of training."""
    query = encoder(inputs, "query_encoder_initial", params)
    step = MomentumContrast(
        query, queue=params["queue_size"], decay=params["momentum"],
        temperature=params["temperature"],
    ).double()  # fmt: skip
    step.keys.load_state_dict(encoder(inputs, "key_encoder_initial", params).state_dict())
    step.queue.rows.copy_(inputs["queue_initial"].T)
    optimizer = torch.optim.SGD(
        query.parameters(), params["sgd_lr"], params["sgd_momentum"], weight_decay=params["weight_decay"]
    )
    pairs = list(zip(inputs["query_images"], inputs["key_images"], strict=True))
    assert (len(pairs), len(pairs[0][0])) == (params["steps"], params["batch_size"])
    found: dict[str, list[Tensor]] = {}
    for pair in pairs:
        for name, tensor in one_step(step, query, optimizer, pair).items():
            found.setdefault(name, []).append(tensor.detach().clone())
    return {name: torch.stack(tensors) for name, tensors in found.items()}


def one_step(
    step: MomentumContrast, query: Net, optimizer: torch.optim.Optimizer, pair: tuple[Tensor, Tensor]
) -> dict[str, Tensor]:
    queue = step.queue.rows.clone()
    index = torch.arange(len(pair[0]))
    streams = {
        name: Batch(view, None, index) for name, view in zip(("unlabeled", "strong"), pair, strict=True)
    }
    queries = F.normalize(query(pair[0]))
    seen = step(query, Seen(streams))
    logits = contrastive_logits(queries, step.newest, queue, temperature=step.temperature)
    optimizer.zero_grad()
    seen.terms["contrast"].backward()
    optimizer.step()
    step.update(query, seen)
    encoders = {"query": query, "key": step.keys}
    return {
        "logits_per_step": logits,
        "loss_per_step": seen.terms["contrast"],
        "queue_after_step": step.queue.rows.T,
        "queue_pointer_after_step": step.queue.pointer,
        **{
            f"{side}_encoder_after_step.{told(name)}": parameter
            for side, net in encoders.items()
            for name, parameter in net.named_parameters()
        },
    }


NAMES = {"backbone.0.": "body.", "classifier.layers.": "fc.", "classifier.linear.": "fc."}


def told(name: str) -> str:
    """A parameter's name in the release."""
    prefix = next(prefix for prefix in NAMES if name.startswith(prefix))
    return NAMES[prefix] + name.removeprefix(prefix)


def encoder(inputs: Arrays, prefix: str, params: Params) -> Net:
    """The encoder of the release, with its initial weights."""
    weights = {name.removeprefix(f"{prefix}."): t for name, t in inputs.items() if name.startswith(prefix)}
    dim, features = weights["body.weight"].shape
    if params["mlp_head"]:
        classifier = Projector(dim, params["dim"], hidden=len(weights["fc.0.bias"]))
    else:
        classifier = LinearClassifier(dim, params["dim"])
    net = Net(nn.Sequential(nn.Linear(features, dim), nn.Tanh()), classifier).double()
    net.load_state_dict({name: weights[told(name)] for name in net.state_dict()})
    return net


def theorem1(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    plus, minus = inputs["x_plus"], inputs["x_minus"]
    means = {"mu1": params["mu1"], "mu2": params["mu2"]}
    return {
        "theta_hat": pseudo_labeled_midpoint(plus, minus),
        "theta_target": torch.tensor(
            biased_midpoint(**means, p=params["p"], q=params["q"]), dtype=torch.float64
        ),
        "probability_lower_bound": midpoint_confidence(
            inputs["deltas"], n_plus=len(plus), n_minus=len(minus), sigma=params["sigma"], **means
        ),
    }


def theorem3(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    plus, minus, deltas = inputs["x_plus"], inputs["x_minus"], inputs["deltas"]
    dim, beta, share = params["d"], params["beta"], params["p_plus"]
    feature = {"k1": params["k1"], "k2": params["k2"]}
    threshold = norm_threshold(plus, minus, **feature)
    error = norm_error(threshold.item(), dim=dim, sigma1=params["sigma1"], beta=beta, p_plus=share, **feature)
    return {
        "threshold_b": threshold,
        "exact_error": torch.tensor(error, dtype=torch.float64),
        "error_bound": norm_error_bound(deltas, dim=dim, beta=beta, p_plus=share),
        "probability_lower_bound": norm_error_confidence(
            deltas, n_plus=len(plus), n_minus=len(minus), dim=dim
        ),
    }


METHODS: dict[str, Method] = {
    "Mean Teacher / Pi-model consistency costs": consistency,
    "Mean Teacher weight averaging": teacher_average,
    "consistency weight ramps": ramps,
    "virtual adversarial training loss": virtual_adversarial,
    "interpolation consistency (ICT)": interpolation,
    "MoCo v2: InfoNCE logits, queue, momentum encoder over several SGD steps": momentum_contrast,
    "Theorem 1 estimator and its probability bound": theorem1,
    "Theorem 3 classifier, exact error and bound": theorem3,
}

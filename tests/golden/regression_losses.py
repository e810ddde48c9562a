"""Runs the golden vectors of imbalanced regression: losses, weights, statistics, regularizers and metrics."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

from counterpoise.bins import class_of, linear_edges, with_zero_class
from counterpoise.dense_weight import DenseWeight
from counterpoise.losses import (
    BalancedMSE,
    BatchMonteCarloMSE,
    BinnedMSE,
    DiscreteConstrainedLoss,
    FocalL1Loss,
    FocalMSELoss,
    GaussianMixtureMSE,
    HuberLoss,
    L1Loss,
    MSELoss,
    RegressionLoss,
    TargetMixture,
    TargetWeighted,
    image_bias_mask,
    kept_errors,
    sigmoid_activation,
    wrong_class_mask,
)
from counterpoise.metrics import depth_by_shot, regression_by_shot
from counterpoise.regularizers import normalized_rank, rank_similarity
from counterpoise.relevance import (
    balanced_shares,
    extreme_shares,
    relevance,
    relevance_bins,
    relevance_points,
)
from counterpoise.smoothing import depth_weights, kernel_window, lds_weights, smoothed_counts
from counterpoise.trackers import FeatureStatistics, calibrated, published_buckets

Params = Mapping[str, Any]
Arrays = Mapping[str, Tensor]
Method = Callable[[Params, Arrays], dict[str, Tensor]]

KERNELS: Mapping[str, Any] = {"gaussian": "gaussian", "triang": "triangular", "laplace": "laplace"}
SCHEMES: Mapping[str, Any] = {"sqrt_inv": "sqrt_inverse", "inverse": "inverse"}
CLIP_OF_AGES = (0.1, 10)
ACTIVATIONS = {"sigmoid": sigmoid_activation, "tanh": torch.tanh}


def doubled(number: float | None, *, empty: float = float("nan")) -> Tensor:
    return torch.tensor(empty if number is None else number, dtype=torch.float64)


def regression_loss(kind: Callable[..., RegressionLoss], params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The weights of a case stand for the weights of the targets' bins, one bin for each row."""
    options = {name: params[name] for name in ("beta", "gamma") if name in params}
    if "activate" in params:
        options["activation"] = ACTIVATIONS[params["activate"]]
    loss, targets = kind(**options), inputs["targets"]
    if params["use_weights"]:
        loss = row_weighted(loss, targets, inputs["weights"])
    predictions = inputs["predictions"].clone().requires_grad_()
    value = loss(predictions, targets)
    return {"loss": value, "grad_predictions": torch.autograd.grad(value, predictions)[0]}


def row_weighted(loss: RegressionLoss, targets: Tensor, weights: Tensor) -> TargetWeighted:
    ordered = targets.flatten().sort()
    values = ordered.values
    middles = (values[1:] + values[:-1]) / 2
    edges = torch.cat([values[:1] - 1, middles, values[-1:] + 1])
    return TargetWeighted(loss, weights.flatten()[ordered.indices], edges=edges)


def balanced_mse(loss: BalancedMSE, params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The case says how many numbers a target has, and how many components or bins there are."""
    assert params["d"] == inputs["targets"].shape[1]
    assert params["noise_sigma"] == inputs["noise_sigma"].item()
    loss.double().noise_sigma.data = inputs["noise_sigma"].clone()
    predictions = inputs["predictions"].clone().requires_grad_()
    value = loss(predictions, inputs["targets"])
    gradients = torch.autograd.grad(value, [predictions, loss.noise_sigma])
    return dict(zip(("loss", "grad_predictions", "grad_noise_sigma"), (value, *gradients), strict=True))


def batch_monte_carlo(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    assert params["K"] is None
    return balanced_mse(BatchMonteCarloMSE(), params, inputs)


def gaussian_mixture(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    mixture = TargetMixture(*(inputs[f"gmm_{name}"] for name in ("weights", "means", "variances")))
    assert params["K"] == len(mixture.weights)
    return balanced_mse(GaussianMixtureMSE(mixture), params, inputs)


def binned(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    assert params["K"] == len(inputs["bucket_centers"])
    return balanced_mse(BinnedMSE(inputs["bucket_centers"], inputs["bucket_prior"]), params, inputs)


def dc_regression(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The edges of the case begin after the class of zero, and the last of them bounds nothing."""
    edges = with_zero_class(inputs["edges"])
    assert len(inputs["edges"]) == params["num_classes"]
    assert params["spacing"] in ("log", "linear")
    torch.testing.assert_close(edges[[1, -1]], doubles([params["vmin"], params["vmax"]]), rtol=1e-9, atol=0)
    predictions, truth = (
        inputs["predicted_block_counts"].clone().requires_grad_(),
        inputs["true_block_counts"],
    )
    errors = (predictions - truth).abs()
    masks = {
        "class": wrong_class_mask(predictions, truth, edges),
        "bias": image_bias_mask(predictions, truth),
    }
    loss = DiscreteConstrainedLoss(edges)(predictions, truth)
    return {
        **{f"{name}_mask": mask.double() for name, mask in masks.items()},
        **{f"{name}_loss": kept_errors(errors, mask).mean() for name, mask in masks.items()},
        "loss": loss,
        "grad_predicted_block_counts": torch.autograd.grad(loss, predictions)[0],
    }


def windows(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    produced = {}
    for window in params["windows"]:
        kernel, size, sigma = window["kernel"], window["ks"], window["sigma"]
        width = f"{sigma or 0.0:.1f}".replace(".", "p")
        made = kernel_window(KERNELS[kernel], size=size, sigma=sigma or 1.0)
        produced[f"window_{kernel}_ks{size}_sigma{width}"] = made
    return produced


def reweighted(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """Ages: with "inverse" the release clips the counts, and smooths whole numbers."""
    bins = inputs["labels"].clamp(max=params["max_target"] - 1)
    counts = torch.bincount(bins, minlength=params["max_target"])
    inverse = params["reweight"] == "inverse"
    kernel, size, sigma = KERNELS[params["kernel"]], params["ks"], params["sigma"]
    options = {
        "scheme": SCHEMES[params["reweight"]],
        "kernel": kernel if params["lds"] else None,
        "kernel_size": size,
        "sigma": sigma,
        "clip": (5, 1000) if inverse else None,
    }
    base = counts.clamp(5, 1000).double() if inverse else counts.double().sqrt()
    return {
        "weights": lds_weights(counts, truncate=inverse and params["lds"], **options)[bins],
        "weights_untruncated": lds_weights(counts, **options)[bins],
        "counts_per_bin": counts,
        "smoothed_density_untruncated": smoothed_counts(base, kernel_window(kernel, size=size, sigma=sigma)),
    }


def float_labels(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """Text similarity: no clipping."""
    lowest, highest = params["range"]
    edges = linear_edges(lowest, highest, params["bins"]).to(inputs["labels"].dtype)
    bins = class_of(inputs["labels"], edges)
    counts = torch.bincount(bins, minlength=params["bins"])
    inverse = params["reweight"] == "inverse"
    weigh = partial(
        lds_weights,
        counts,
        scheme=SCHEMES[params["reweight"]],
        kernel=KERNELS[params["kernel"]] if params["lds"] else None,
        kernel_size=params["ks"],
        sigma=params["sigma"],
    )
    return {
        "bin_index": bins,
        "histogram": counts,
        "weights": weigh(truncate=inverse and params["lds"])[bins],
        "weights_untruncated": weigh()[bins],
    }


def depth_buckets(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """Bins before the first populated one copy it, also in the prior of the binned balanced MSE."""
    counts, start = inputs["bucket_counts"], params["bucket_start"]
    assert len(counts) == params["bucket_num"]
    inverse = params["reweight"] == "inverse"
    weigh = partial(depth_weights, counts, start=start, scheme=SCHEMES[params["reweight"]])
    edges = linear_edges(0, len(counts) / 10, len(counts))
    prior = torch.cat([counts[start : start + 1].expand(start), counts[start:]]).double()
    loss = BinnedMSE((edges[:-1] + edges[1:]) / 2, prior)
    return {
        "bucket_weights_lds": weigh(kernel_size=params["ks"], sigma=params["sigma"], truncate=inverse),
        "bucket_weights_no_lds": weigh(kernel=None),
        "bni_bucket_centers": loss.centers.flatten(),
        "bni_bucket_prior": loss.log_prior.exp(),
    }


def dense_weight(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    targets = inputs["targets"]
    weigh = DenseWeight(targets)
    produced = {
        "density": weigh.density(targets),
        "normalised_density": weigh.normalized_density(targets),
        "bandwidth": doubled(weigh.bandwidth),
    }
    for alpha in params["alphas"]:
        name = f"weights_alpha{float(alpha)}".replace(".", "p")
        produced[name] = DenseWeight(targets, alpha=alpha, floor=params["eps"])(targets)
    return produced


def relevances(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    targets, manual = inputs["sorted_targets"], params["manual_points"]
    box_plot = {"extremes": params["extremes"], "reach": params["coef"]}
    if params["method"] == "manual":
        points = torch.tensor(manual, dtype=torch.float64)
    else:
        points = relevance_points(targets, **box_plot)
    found = relevance(targets, points)
    bins = relevance_bins(found, threshold=params["threshold"])
    return {
        "control_points": points,
        "relevance": found,
        "bin_starts": bins.starts,
        "bin_lengths": bins.lengths,
        "percent_balance": balanced_shares(bins.lengths),
        "percent_extreme": extreme_shares(bins.lengths),
    }


def rank_sim(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """Which of the samples with equal targets take part was drawn by the release."""
    features = inputs["features"].clone().requires_grad_()
    rows = inputs.get("kept_sample_indices", torch.arange(len(features)))
    interpolation = params["interpolation_lambda"]
    value = rank_similarity(features[rows], inputs["labels"][rows], interpolation=interpolation)
    return {"loss": value, "grad_features": torch.autograd.grad(value, features)[0]}


def rank_gradient(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    sequence = inputs["sequence"].clone().requires_grad_()
    rank = normalized_rank(sequence, interpolation=params["interpolation_lambda"])
    gradient = torch.autograd.grad(rank, sequence, inputs["grad_output"])[0]
    return {"normalised_rank": rank, "grad_sequence": gradient}


def fds_calibration(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The releases for ages and for the rest differ in the bounds, and in what one bad variance does."""
    features = inputs["features"].clone().requires_grad_()
    own = (inputs[f"{side}_{kind}"] for side in ("source", "target") for kind in ("mean", "var"))
    clip = (params["clip_min"], params["clip_max"])
    moved = calibrated(features, *own, clip=clip, all_or_none=clip != CLIP_OF_AGES)
    return {"calibrated": moved, "grad_features": torch.autograd.grad(moved.sum(), features)[0]}


def fds(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The epochs of a case, once with the statistics as published and once with those of one epoch."""
    published = fds_epochs(params, inputs, newest_source=True)
    snapshot = fds_epochs(params, inputs, newest_source=False)
    moved = ("smoothed_batch", "grad_batch")
    return {
        **{f"published_{n}" if n.startswith(moved) else n: tensor for n, tensor in published.items()},
        **{f"snapshot_{n}": tensor for n, tensor in snapshot.items() if n.startswith(moved)},
    }


def fds_epochs(params: Params, inputs: Arrays, *, newest_source: bool) -> dict[str, Tensor]:
    start, stop, epochs = params["bucket_start"], params["bucket_num"], params["epochs"]
    buckets = partial(published_buckets, start=start, stop=stop)
    tracker = FeatureStatistics(
        params["feature_dim"],
        stop - start,
        kernel=KERNELS[params["kernel"]],
        kernel_size=params["ks"],
        sigma=params["sigma"],
        momentum=params["momentum"],
        newest_source=newest_source,
    ).double()
    produced = {"kernel_window": tracker.window}
    for epoch in range(epochs + 1):
        batch = inputs[f"batch_features_{epoch}"].clone().requires_grad_()
        smooth = epoch >= params["start_smooth"]
        moved = tracker.calibrate(batch, buckets(inputs[f"batch_labels_{epoch}"])) if smooth else batch * 1
        produced[f"smoothed_batch_epoch{epoch}"] = moved.detach()
        produced[f"grad_batch_epoch{epoch}"] = torch.autograd.grad(moved.sum(), batch)[0]
        if epoch == epochs:
            return produced
        if epoch >= params["start_update"]:
            tracker.observe(inputs[f"epoch_features_{epoch}"], buckets(inputs[f"epoch_labels_{epoch}"]))
            tracker.close_epoch()
        produced |= {
            f"{name}_after_epoch{epoch}": value.clone() for name, value in fds_state(tracker).items()
        }
    raise AssertionError("a case ends with a batch after the last epoch")


def fds_state(tracker: FeatureStatistics) -> dict[str, Tensor]:
    return {
        "running_mean": tracker.running_mean,
        "running_var": tracker.running_var,
        "kernel_smoothed_mean": tracker.smoothed_mean,
        "kernel_smoothed_var": tracker.smoothed_var,
        "num_samples_tracked": tracker.tracked,
    }


def shot_metrics(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    bins, train = inputs["labels"].long(), inputs["train_labels"]
    counts = torch.bincount(train, minlength=int(max(bins.max(), train.max())) + 1)
    many, few = counts > params["many_shot_thr"], counts < params["low_shot_thr"]
    groups = {"many": many, "medium": ~(many | few), "few": few}
    return by_group(
        regression_by_shot(inputs["predictions"], inputs["labels"], bins, groups=groups), overall="all"
    )


def shot_metrics_text(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """Predictions come in 0 .. 1, targets in 0 .. 5."""
    labels = inputs["labels"]
    edges = linear_edges(0, 5, params["bins"]).to(labels.dtype)
    groups = masks(params["shot_bins"], params["bins"])
    scores = regression_by_shot(
        5 * inputs["predictions_unit"], labels.double(), class_of(labels, edges), groups=groups, exact=1e-10
    )
    return by_group(scores, empty=0.0)


def depth_metrics(params: Params, inputs: Arrays) -> dict[str, Tensor]:
    """The release has its shares of pixels in single precision."""
    groups = masks(params["shot_buckets"], 100)
    found = by_group(depth_by_shot(inputs["predicted_depth"], inputs["depth"], groups=groups))
    renamed = {"log10": "lg10", "num_samples": "num"}
    produced = {}
    for key, value in found.items():
        name, _, group = key.rpartition("_")
        value = value.float().double() if name.startswith("delta") else value
        produced[f"{renamed.get(name, name)}_{group}"] = value
    return produced


def masks(bins: Mapping[str, list[int]], count: int) -> dict[str, Tensor]:
    return {name: torch.isin(torch.arange(count), torch.tensor(some)) for name, some in bins.items()}


def by_group(
    scores: Mapping[str, Mapping[str, float | None]], *, overall: str = "overall", empty: float = float("nan")
) -> dict[str, Tensor]:
    """What is None with us is nan in the releases for ages and depth, and 0 in that for text."""
    return {
        f"{'num_samples' if name == 'samples' else name}_{overall if group == 'overall' else group}": doubled(
            number, empty=empty
        )
        for group, numbers in scores.items()
        for name, number in numbers.items()
    }


def doubles(numbers: list[float]) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


METHODS: dict[str, Method] = {
    "Balanced MSE BMC": batch_monte_carlo,
    "Balanced MSE BNI": binned,
    "Balanced MSE GAI": gaussian_mixture,
    "DC-regression": dc_regression,
    "DenseWeight": dense_weight,
    "FDS": fds,
    "FDS calibration": fds_calibration,
    "LDS": windows,
    "LDS for dense depth": depth_buckets,
    "LDS for real-valued labels": float_labels,
    "LDS re-weighting": reweighted,
    "RankSim": rank_sim,
    "blackbox rank gradient": rank_gradient,
    "depth metrics": depth_metrics,
    "focal_l1 loss": partial(regression_loss, FocalL1Loss),
    "focal_mse loss": partial(regression_loss, FocalMSELoss),
    "huber loss": partial(regression_loss, HuberLoss),
    "l1 loss": partial(regression_loss, L1Loss),
    "mse loss": partial(regression_loss, MSELoss),
    "re-weighting": reweighted,
    "relevance function and resampling bins": relevances,
    "shot metrics": shot_metrics,
    "shot metrics (float labels)": shot_metrics_text,
}

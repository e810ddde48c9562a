"""Experts: what their losses, stages and predictors are, what goes with them, and what is refused."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.backbones import SkippingExperts
from counterpoise.classifiers import ExpertsClassifier, RoutedClassifier
from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.losses import KnowledgeDistillation, Loss, ride_loss, tade_loss
from counterpoise.net import Net
from counterpoise.predictors import Tempered
from counterpoise.recipes import (
    cross_entropy,
    crt,
    distilled_experts,
    lws,
    mixup,
    ncm,
    rand_augment,
    ride,
    routing,
    tade,
    tau_normalization,
    tde,
)
from counterpoise.recipes.compose import recreate
from counterpoise.recipes.experts import trained_teacher
from counterpoise.steps import Seen, Supervise
from counterpoise.training import Experiment, Hardware, Now, Training, run
from counterpoise.training.checkpoint import load_tensors
from counterpoise.training.encode import encode, scores

COUNTS, CPU = torch.tensor([8, 5, 2, 1]), Hardware("cpu", "32")
TRAINING = Training(epochs=2, batch_size=8, lr=0.05)
TARGETS = torch.tensor([0, 1, 2, 3, 0, 2])


def loss_of(experiment: Experiment) -> Loss:
    stage = experiment.stages[0]
    return cast(Supervise, stage.objective(Now(experiment.data, experiment.net()))["loss"]).loss


@pytest.fixture
def outputs() -> Tensor:
    return 30 * (2 * torch.rand(6, 3 * 4) - 1)


def test_ride_is_its_released_loss_over_three_narrow_experts(tiny: Data, outputs: Tensor) -> None:
    experiment = ride(tiny, training=replace(TRAINING, epochs=10), diversity=-0.2, spread=0.1, max_margin=0.4)
    net, loss = experiment.net(), loss_of(experiment)
    assert isinstance(net.classifier, ExpertsClassifier)
    assert (net.classifier.num_experts, net.classifier.dim) == (3, 3 * 48)
    wanted = ride_loss(COUNTS, 3, start=8, diversity=-0.2, spread=0.1, max_margin=0.4)
    for epoch in (0, 7, 8, 9):
        loss.set_epoch(epoch)
        wanted.set_epoch(epoch)
        assert_close(loss(outputs, TARGETS), wanted(outputs, TARGETS))


def test_tade_is_its_three_losses(tiny: Data, outputs: Tensor) -> None:
    experiment = tade(tiny, training=TRAINING, tau=1.5)
    assert_close(loss_of(experiment)(outputs, TARGETS), tade_loss(COUNTS, tau=1.5)(outputs, TARGETS))


def test_what_the_scores_answer_for(tiny: Data) -> None:
    """A weighted prior of so few samples is almost that of as many of each class."""
    for experiment in (ride(tiny, training=TRAINING), tade(tiny, training=TRAINING)):
        found = experiment.prior(Now(tiny, experiment.net()))
        assert_close(found, torch.full((4,), 0.25), atol=1e-3, rtol=0)


def test_published_numbers_are_those_of_the_releases_and_of_generalized_long_tails(tiny: Data) -> None:
    for recipe, cifar, imagenet, alt in ((ride, 48.6, 55.7, 47.24), (tade, 49.8, 58.8, 47.10)):
        found = {(claim.data, claim.metric): claim.value for claim in recipe(tiny, training=TRAINING).claim}
        assert found["CIFAR-100-LT, ratio 100", "top-1"] == cifar
        assert found["ImageNet-LT", "top-1"] == imagenet
        assert found["ImageNet-GLT, ALT", "accuracy"] == alt


@pytest.fixture(scope="module")
def routed(tiny: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("routed")
    run(routing(ride(tiny, training=TRAINING), epochs=2), folder, seed=3, hardware=CPU)
    return folder


def test_the_second_stage_moves_the_routers_alone(routed: Path) -> None:
    before, _ = load_tensors(routed / "checkpoints" / "0-main.safetensors")
    after, _ = load_tensors(routed / "checkpoints" / "1-routing.safetensors")
    inner = "net/classifier.classifier."
    kept = {name.replace("net/classifier.", inner): value for name, value in before.items()}
    assert all(torch.equal(after[name], value) for name, value in kept.items() if name.startswith("net/"))
    routers = {name for name in after if name.startswith("net/classifier.router.")}
    assert routers == {name for name in after if name.startswith("net/")} - kept.keys()


def test_a_routed_run_is_recreated_to_the_same_predictions(routed: Path, tiny: Data) -> None:
    experiment, predictor = recreate(routed)
    split = tiny.splits["test"]
    logits = scores(predictor.classifier, encode(predictor, split, tiny.facts))
    found = experiment.reading.table(split.names, tiny.facts, logits, split.targets)
    pd.testing.assert_frame_equal(found, pd.read_parquet(routed / "predictions.parquet"), check_exact=True)


def test_routing_answers_as_if_all_experts_were_computed(routed: Path, tiny: Data) -> None:
    _, predictor = recreate(routed)
    skipping, tempered = predictor.backbone, predictor.classifier
    assert isinstance(skipping, SkippingExperts)
    assert isinstance(tempered, Tempered)
    assert isinstance(tempered.classifier, RoutedClassifier)
    split, whole = tiny.splits["test"], Net(skipping.backbone, tempered)
    found, wanted = (scores(net.classifier, encode(net, split, tiny.facts)) for net in (predictor, whole))
    assert_close(found, wanted)


def test_routing_goes_with_what_comes_before_and_after_the_classifier(tiny: Data) -> None:
    base = ride(tiny, training=TRAINING)
    for experiment in (routing(crt(base)), rand_augment(routing(base)), routing(mixup(tade(tiny)))):
        assert experiment.stages[-1].name == "routing"


def test_crt_trains_every_expert_by_its_own_answers(tiny: Data, outputs: Tensor) -> None:
    experiment = crt(ride(tiny, training=TRAINING))
    now = Now(tiny, experiment.net())
    loss = cast(Supervise, experiment.stages[1].objective(now)["loss"]).loss
    each = [torch.nn.functional.cross_entropy(one, TARGETS) for one in outputs.split(4, dim=1)]
    assert_close(loss(outputs, TARGETS), torch.stack(each).sum())


def test_what_makes_no_sense_is_refused(tiny: Data, make_data: Callable[..., Data]) -> None:
    base = ride(tiny, training=TRAINING)
    last = "routing must come after every modifier that changes the classifier"
    cases: list[tuple[Callable[[], Any], str]] = [
        (lambda: routing(cross_entropy(tiny)), "RoutedClassifier needs a classifier of two experts or more"),
        (
            lambda: routing(ride(tiny, experts=1)),
            "RoutedClassifier needs a classifier of two experts or more",
        ),
        (lambda: routing(lws(base)), "but ScaledClassifier came"),
        (lambda: routing(ncm(base)), last),
        (lambda: lws(routing(base)), last),
        (lambda: crt(routing(base)), "name routing last"),
        (lambda: ncm(routing(base)), "class means need the features of all experts"),
        (lambda: tde(base), "needs a classifier that normalises its features"),
        (lambda: tau_normalization(base), "TauNormalized needs a classifier whose logits are x W"),
        (lambda: ride(tiny, experts=0), "one expert or more"),
        (lambda: tade(tiny, width=1.5), "width must lie in 0 < width <= 1"),
        (lambda: tade(tiny, tau=-1.0), "tau must be 0 or more"),
        (lambda: tade(tiny, trunk_rate=0.0), "trunk_rate must be above 0"),
        (lambda: distilled_experts(base), "needs a trained teacher; name its run folder"),
    ]
    for build, reason in cases:
        with pytest.raises(InputError, match=reason):
            build()


def test_rows_of_a_table_are_refused(tiny: Data) -> None:
    rows = replace(tiny, facts=replace(tiny.facts, kind="table", shape=(3,)))
    with pytest.raises(InputError, match="experts share the first layers of a net for images"):
        ride(rows, training=TRAINING)


@pytest.fixture(scope="module")
def teacher(tiny: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("teacher")
    run(ride(tiny, training=TRAINING, experts=6), folder, seed=5, hardware=CPU)
    return folder


def test_a_student_learns_from_the_logits_of_its_teacher(teacher: Path, tiny: Data, tmp_path: Path) -> None:
    taught = trained_teacher(teacher, tiny.facts)
    assert isinstance(taught.classifier, ExpertsClassifier)
    assert taught.classifier.num_experts == 6
    weights, _ = load_tensors(teacher / "checkpoints" / "0-main.safetensors")
    assert all(torch.equal(weights[f"net/{name}"], value) for name, value in taught.state_dict().items())
    experiment = distilled_experts(ride(tiny, training=TRAINING), teacher=str(teacher))
    run(experiment, tmp_path / "taught", hardware=CPU)
    run(ride(tiny, training=TRAINING), tmp_path / "alone", hardware=CPU)
    found, alone = (
        load_tensors(tmp_path / name / "checkpoints" / "0-main.safetensors")[0]
        for name in ("taught", "alone")
    )
    assert found.keys() == alone.keys()
    assert not all(torch.equal(found[name], alone[name]) for name in found)


def test_the_teacher_counts_as_much_as_the_experts_together(teacher: Path, tiny: Data) -> None:
    """The release adds up both losses once for each expert, so what it weighs by is the factor."""
    experiment = distilled_experts(ride(tiny, training=TRAINING), teacher=str(teacher), factor=0.5)
    now = Now(tiny, experiment.net())
    step = experiment.stages[0].objective(now)["distillation"]
    inputs, outputs = torch.rand(4, *tiny.facts.shape), torch.randn(4, 3 * 4)
    found = step(now.net, Seen({}, inputs=inputs, outputs=outputs)).terms["distillation"]
    taught = trained_teacher(teacher, tiny.facts).eval()(inputs).detach()
    wanted = KnowledgeDistillation()(outputs.unflatten(1, (3, 4)).mean(dim=1), taught)
    assert_close(found, 0.5 * wanted)


def test_a_distilled_run_is_recreated_without_its_teacher(teacher: Path, tiny: Data, tmp_path: Path) -> None:
    moved = tmp_path / "teacher"
    moved.symlink_to(teacher, target_is_directory=True)
    run(distilled_experts(ride(tiny, training=TRAINING), teacher=str(moved)), tmp_path / "run", hardware=CPU)
    moved.unlink()
    _, predictor = recreate(tmp_path / "run")
    saved, _ = load_tensors(tmp_path / "run" / "checkpoints" / "predictor.safetensors")
    assert all(torch.equal(saved[f"predictor/{name}"], one) for name, one in predictor.state_dict().items())


def test_a_teacher_of_something_else_is_refused(
    teacher: Path, tiny: Data, make_data: Callable[..., Data], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="whose classes, size or normalisation of images differ"):
        distilled_experts(ride(make_data((6, 3, 2))), teacher=str(teacher))
    with pytest.raises(InputError, match="distilled_experts needs a classifier of two experts or more"):
        distilled_experts(cross_entropy(tiny), teacher=str(teacher))
    with pytest.raises(InputError, match=r"run\.json"):
        distilled_experts(ride(tiny), teacher=str(tmp_path / "nowhere"))


@pytest.mark.parametrize(("role", "step"), [("main", 2), ("main", 3), ("finetune", 3)])
def test_halted_in_either_stage_it_ends_with_the_same_bits(
    halting: Callable[..., Experiment], role: str, step: int, tiny: Data, tmp_path: Path
) -> None:
    """The last epoch of the main stage is re-weighted; a halt in it or before makes no difference."""
    experiment = routing(ride(tiny, training=TRAINING, start=0.5), epochs=3, batch_size=8)
    run(experiment, tmp_path / "whole", hardware=CPU)
    with pytest.raises(KeyError, match="halted"):
        run(halting(experiment, step, role), tmp_path / "halted", hardware=CPU, checkpoint_seconds=0)
    run(experiment, tmp_path / "halted", hardware=CPU)
    for name in (
        "metrics.csv",
        "evaluation.json",
        "predictions.parquet",
        "checkpoints/predictor.safetensors",
    ):
        assert (tmp_path / "halted" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name

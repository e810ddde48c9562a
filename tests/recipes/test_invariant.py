"""Invariant features and invariant risks: what is trained on what, over which recipes, and what is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.recipes import (
    balanced_softmax,
    bbn,
    class_balanced_sampling,
    cosine,
    cross_entropy,
    crt,
    deconfound,
    decouple_crt,
    decouple_lws,
    deferred_reweighting,
    focal,
    ifl,
    irm,
    ldam,
    ldam_drw,
    learning_from_failure,
    logit_adjustment,
    lws,
    mixup,
    rand_augment,
    ride,
    tade,
    tde,
)
from counterpoise.recipes.compose import recreate
from counterpoise.regularizers.center_loss import cosine_distances, squared_distances
from counterpoise.samplers import LateWeightedSampler, WeightedSampler
from counterpoise.steps import Environments, Objective, PenalizeEnvironments, PenalizeScores, PullToCenters
from counterpoise.training import Experiment, Hardware, Now, Training, run
from counterpoise.training.checkpoint import load_tensors

Made = Callable[..., Experiment]
TRAINING = Training(epochs=3, batch_size=8, lr=0.05)
SHORT = {"start": 0.3, "again": 0.6}


def main_objective(experiment: Experiment) -> Objective:
    now = Now(experiment.data, experiment.net())
    return experiment.stages[0].objective(now)


def centers_of(experiment: Experiment) -> PullToCenters:
    step = main_objective(experiment)["centers"]
    assert isinstance(step, PullToCenters)
    return step


def over(modifier: Made, base: Made = cross_entropy) -> Made:
    """A modifier over a recipe."""
    return lambda data, training: modifier(base(data, training=training))


@pytest.mark.parametrize(
    "base",
    [
        cross_entropy,
        balanced_softmax,
        logit_adjustment,
        ldam,
        ldam_drw,
        focal,
        decouple_crt,
        decouple_lws,
        ride,
        tade,
        over(crt),
        over(lws),
        over(mixup),
        over(rand_augment),
        over(mixup, ride),
        over(tde, deconfound),
    ],
)
def test_it_goes_over_every_row_and_comes_back_with_the_same_bits(base, tiny: Data, tmp_path: Path) -> None:
    experiment = ifl(base(tiny, training=TRAINING), environments=3, **SHORT)
    run(experiment, tmp_path, hardware=Hardware("cpu", "32"))
    _, predictor = recreate(tmp_path)
    tensors, _ = load_tensors(tmp_path / "checkpoints" / "predictor.safetensors")
    assert all(torch.equal(tensors[f"predictor/{k}"], v) for k, v in predictor.state_dict().items())
    trained, _ = load_tensors(tmp_path / "checkpoints" / "0-main.safetensors")
    known = trained["objective/steps.environments.confidences.latest"]
    assert len(known) == len(tiny.splits["train"]) and not known.isnan().all()


def test_a_second_stage_stays_as_it_is(tiny: Data) -> None:
    plain = decouple_crt(tiny, training=TRAINING)
    changed = ifl(plain)
    assert changed.stages[1] == plain.stages[1]
    assert changed.stages[0] != plain.stages[0]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_each_environment_has_its_share_of_the_batch(count: int, tiny: Data) -> None:
    experiment = ifl(cross_entropy(tiny, training=TRAINING), environments=count)
    now, (stage,) = Now(tiny, experiment.net()), experiment.stages
    objective = stage.objective(now)
    streams = stage.streams(now, objective)
    assert list(streams) == ["train", *(f"environment{n}" for n in range(1, count))]
    assert {stream.batch_size for stream in streams.values()} == {8 // count}
    first, *later = (stream.sampler for stream in streams.values())
    assert isinstance(first, WeightedSampler) and first.weights.unique().tolist() == [1]
    assert all(isinstance(sampler, LateWeightedSampler) for sampler in later)
    assert ("environments" in objective.named) == (count > 1)


def test_later_environments_follow_what_the_net_is_sure_of(tiny: Data) -> None:
    experiment = ifl(cross_entropy(tiny, training=TRAINING))
    now, (stage,) = Now(tiny, experiment.net()), experiment.stages
    objective = stage.objective(now)
    sampler = stage.streams(now, objective)["environment1"].sampler
    watching = objective["environments"]
    assert isinstance(watching, Environments)
    known = watching.confidences.latest
    known.copy_(torch.linspace(0.1, 0.9, len(known)))
    one = tiny.splits["train"].targets == 0
    drawn = sampler.weights()[one]  # pyright: ignore[reportAttributeAccessIssue]
    assert (drawn.diff() <= 0).all() and drawn[0] > drawn[-1]


def test_the_weight_and_the_rebuilds_follow_the_released_clock(tiny: Data) -> None:
    training = Training(epochs=100, batch_size=8)
    objective = main_objective(ifl(cross_entropy(tiny, training=training)))
    centers, environments = objective["centers"], objective["environments"]
    found, due = [], []
    for epoch in range(100):
        objective.set_epoch(epoch, 100)
        found.append(centers.weight)
        due += [epoch] if environments.recording else []
    assert found == [0.0] * 60 + [0.001] * 20 + [0.005] * 20
    assert due == [60, 80]


@pytest.mark.parametrize("base", [ldam, ldam_drw, ride, over(deferred_reweighting, ldam), over(mixup, ride)])
def test_where_the_loss_looks_at_angles_the_centers_do(base, tiny: Data) -> None:
    plain = base(tiny, training=TRAINING)
    assert centers_of(ifl(plain)).center_loss.distance is cosine_distances
    assert centers_of(ifl(plain, distance="squared")).center_loss.distance is squared_distances


@pytest.mark.parametrize("base", [cross_entropy, balanced_softmax, cosine, tade, learning_from_failure])
def test_elsewhere_distances_are_squared_over_cosine_classifiers_too(base, tiny: Data) -> None:
    plain = base(tiny, training=TRAINING)
    assert centers_of(ifl(plain)).center_loss.distance is squared_distances
    assert centers_of(ifl(plain, distance="cosine")).center_loss.distance is cosine_distances


def test_over_experts_a_center_is_of_the_features_of_all(tiny: Data) -> None:
    for base in (ride, tade):
        found = centers_of(ifl(base(tiny, training=TRAINING))).center_loss.centers
        assert found.shape == (4, base(tiny, training=TRAINING).net().backbone.num_features)


def test_both_forms_of_irm_grow_as_published(tiny: Data) -> None:
    def weights(step) -> list[float]:
        found = []
        for epoch in range(100):
            step.set_epoch(epoch, 100)
            found.append(step.weight)
        return found

    plain = cross_entropy(tiny, training=Training(epochs=100, batch_size=8))
    released, first = main_objective(irm(plain))["irm"], main_objective(irm(plain, form="v1"))["irm"]
    assert isinstance(released, PenalizeScores) and isinstance(first, PenalizeEnvironments)
    wanted = [0.001] * 31 + [0.01] * 30 + [0.1] * 30 + [1.0] * 9
    assert weights(released) == pytest.approx(wanted)
    assert weights(first) == [1.0] * 10 + [100.0] * 90


@pytest.mark.parametrize("form", ["released", "v1"])
def test_irm_rebuilds_after_every_epoch(form, tiny: Data, tmp_path: Path) -> None:
    experiment = irm(cross_entropy(tiny, training=TRAINING), form=form)
    environments = main_objective(experiment)["environments"]
    for epoch in range(3):
        environments.set_epoch(epoch, 3)
        assert environments.recording
    assert 0 <= run(experiment, tmp_path, hardware=Hardware("cpu", "32"))["overall"] <= 1
    recreate(tmp_path)


def test_several_labelled_streams_are_refused(tiny: Data) -> None:
    with pytest.raises(InputError, match="but there are train, rebalancing here"):
        ifl(bbn(tiny, training=TRAINING))
    with pytest.raises(InputError, match="but there are train, environment1 here"):
        irm(ifl(cross_entropy(tiny, training=TRAINING)))


@pytest.mark.parametrize("order", [1, -1])
def test_another_sampler_is_refused_in_either_order(order: int, tiny: Data) -> None:
    first, second = (ifl, class_balanced_sampling)[::order]
    with pytest.raises(InputError, match="a stream has one sampler"):
        second(first(cross_entropy(tiny, training=TRAINING)))


@pytest.mark.parametrize("count", [0, 9])
def test_a_count_that_no_batch_can_share_is_refused(count: int, tiny: Data) -> None:
    with pytest.raises(InputError, match=f"but {count} came for batches of 8"):
        ifl(cross_entropy(tiny, training=TRAINING), environments=count)

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from counterpoise.training.schedules import (
    Schedule,
    constant,
    cosine_by_epoch,
    detection_multistep,
    ldam_multistep,
    moco_cosine,
    places_multistep,
    released_epoch,
    ride_multistep,
    rotnet_multistep,
    sade_multistep,
    warmup_cosine,
    warmup_multistep,
)

GOLDEN = Path(__file__).parents[1] / "golden"
BY_EPOCH = [
    cosine_by_epoch,
    ldam_multistep,
    moco_cosine,
    ride_multistep,
    rotnet_multistep,
    sade_multistep,
    warmup_multistep,
]


@pytest.mark.parametrize(
    ("case", "base", "schedule"),
    [
        ("classification/warmup_schedule_bbn_cifar", 0.1, warmup_multistep),
        ("classification/warmup_schedule_deconfound_cifar", 0.2, warmup_multistep),
        ("classification/ldam_schedule", 0.1, ldam_multistep),
        ("classification/cosine_schedule_and_mu_imagenetlt", 0.2, cosine_by_epoch),
        ("semi_self/lr_schedule_moco_cosine", 0.015, moco_cosine),
    ],
)
def test_the_defaults_are_the_released_schedules(case: str, base: float, schedule: Schedule) -> None:
    vectors = np.load(GOLDEN / f"{case}.npz")
    wanted = next(array for name, array in vectors.items() if name.startswith("learning_rate"))
    produced = [base * schedule(epoch, len(wanted)) for epoch in range(len(wanted))]
    np.testing.assert_allclose(produced, wanted, rtol=1e-12, atol=1e-15)


def test_epochs_count_from_one_as_in_the_releases() -> None:
    assert [released_epoch(time) for time in (0.0, 0.999, 1.0, 7.5)] == [1, 1, 2, 8]


@pytest.mark.parametrize("schedule", BY_EPOCH)
def test_a_schedule_by_epoch_holds_still_within_one(schedule: Schedule) -> None:
    for epoch in range(20):
        rates = {schedule(epoch + share, 20) for share in (0.0, 0.3, 0.99)}
        assert len(rates) == 1


def test_the_last_epoch_of_the_cosine_trains_with_rate_zero() -> None:
    assert cosine_by_epoch(89.5, 90) == 0


def test_the_schedules_of_experts_drop_where_the_releases_do() -> None:
    """Epochs from 0; warm-up over 5 epochs, (1 + epoch) / 5."""
    warm = pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    for schedule, epochs, first, second in ((ride_multistep, 100, 60, 80), (sade_multistep, 200, 160, 180)):
        factors = [schedule(epoch, epochs) for epoch in range(epochs)]
        assert factors[:5] == warm
        assert set(factors[4:first]) == {1.0}
        assert factors[first:second] == pytest.approx([0.1] * (second - first))
        assert factors[second:] == pytest.approx([0.01] * (epochs - second))


@pytest.mark.parametrize("epochs", [20, 200, 1000])
def test_milestones_keep_their_place_in_shorter_and_longer_runs(epochs: int) -> None:
    factors = [warmup_multistep(epoch, epochs) for epoch in range(epochs)]
    first, second = (next(e for e in range(epochs) if factors[e] <= level) for level in (0.011, 0.00011))
    assert (first + 1, second + 1) == (epochs * 6 // 10, epochs * 8 // 10)


def test_ldams_milestones_are_the_last_epochs_at_the_higher_rate() -> None:
    factors = [ldam_multistep(epoch, 10) for epoch in range(10)]
    assert factors == pytest.approx([1.0] * 8 + [0.01, 0.0001])


def test_rotnet_drops_where_it_did_in_200_epochs() -> None:
    factors = [rotnet_multistep(epoch, 200) for epoch in range(200)]
    wanted = [1.0] * 60 + [0.2] * 60 + [0.04] * 40 + [0.008] * 40
    assert factors == pytest.approx(wanted, rel=1e-12)
    assert [rotnet_multistep(epoch, 10) for epoch in (2, 3, 6, 8)] == pytest.approx([1, 0.2, 0.04, 0.008])


def test_the_cosine_of_moco_begins_with_the_base_rate() -> None:
    assert moco_cosine(0.7, 200) == 1
    assert moco_cosine(100, 200) == pytest.approx(0.5)
    assert moco_cosine(199, 200) > 0


def test_places_have_a_rate_for_each_third() -> None:
    assert [places_multistep(epoch, 30) for epoch in range(30)] == pytest.approx(
        [1.0] * 10 + [0.1] * 10 + [0.01] * 10
    )
    assert [places_multistep(epoch + 0.9, 4) for epoch in range(4)] == pytest.approx([1.0, 1.0, 0.1, 0.01])


def test_detectors_drop_where_the_release_does_and_warm_up_in_500_steps() -> None:
    """An epoch has 3,572 steps of 16 images there."""
    factors = [detection_multistep(epoch + 0.5, 20) for epoch in range(20)]
    assert factors == pytest.approx([1.0] * 16 + [0.1] * 3 + [0.01])
    assert [detection_multistep(epoch, 20) for epoch in (16, 19)] == pytest.approx([0.1, 0.01])
    warm = [detection_multistep(step / 3572, 20) for step in (0, 250, 500, 600)]
    assert warm == pytest.approx([1 / 3, 2 / 3, 1, 1], abs=0.01)


def test_a_multistep_schedule_can_start_and_drop_otherwise() -> None:
    factors = [
        warmup_multistep(epoch, 10, milestones=(0.5,), drop=0.1, warmup=0.2, start=0.0) for epoch in range(10)
    ]
    assert factors == pytest.approx([0.5, 1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])


def test_a_multistep_schedule_can_do_without_warm_up() -> None:
    assert [warmup_multistep(epoch, 10, warmup=0.0) for epoch in range(5)] == [1.0] * 5


def test_our_cosine_warms_up_and_ends_at_zero() -> None:
    rates = [warmup_cosine(100 * step / 1000, 100) for step in range(1001)]
    assert 0 < rates[0] < 0.03
    assert rates[:51] == sorted(rates[:51])
    assert rates[50:] == sorted(rates[50:], reverse=True)
    assert max(rates) == 1
    assert rates[-1] == pytest.approx(0, abs=1e-12)
    assert max(abs(a - b) for a, b in pairwise(rates)) < 0.03


def test_our_cosine_is_half_way_down_half_way_through() -> None:
    assert warmup_cosine(52.5, 100) == pytest.approx((1 + math.cos(math.pi / 2)) / 2)


def test_a_constant_rate_is_constant() -> None:
    assert [constant(time, 3) for time in (0.0, 1.5, 3.0)] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("schedule", [*BY_EPOCH, detection_multistep, warmup_cosine, constant])
def test_a_run_of_one_epoch_has_a_finite_rate(schedule: Schedule) -> None:
    assert all(0 <= schedule(share, 1) <= 1 for share in (0.0, 0.5, 0.999))

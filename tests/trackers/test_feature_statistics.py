import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.smoothing import kernel_window
from counterpoise.trackers import FeatureStatistics, calibrated
from counterpoise.trackers.feature_statistics import fill_empty_buckets, merged, moments

BUCKETS, DIM = 7, 3
Epoch = tuple[Tensor, Tensor]


def epochs(count: int, *, samples: int = 40, buckets: int = BUCKETS) -> list[Epoch]:
    return [
        (torch.randn(samples, DIM, dtype=torch.float64) + 2, torch.randint(0, buckets, (samples,)))
        for _ in range(count)
    ]


def tracker(**options) -> FeatureStatistics:
    return FeatureStatistics(DIM, BUCKETS, **options).double()


def followed(statistics: FeatureStatistics, some: list[Epoch]) -> FeatureStatistics:
    for features, buckets in some:
        statistics.observe(features, buckets)
        statistics.close_epoch()
    return statistics


def looped(some: list[Epoch], momentum: float | None) -> tuple[Tensor, Tensor]:
    mean, var = torch.zeros(BUCKETS, DIM).double(), torch.ones(BUCKETS, DIM).double()
    tracked = [0] * BUCKETS
    for epoch, (features, buckets) in enumerate(some):
        for bucket in range(BUCKETS):
            rows = features[buckets == bucket]
            if not len(rows):
                continue
            tracked[bucket] += len(rows)
            old = momentum if momentum is not None else 1 - len(rows) / tracked[bucket]
            old = 0 if epoch == 0 else old
            for d in range(DIM):
                values = rows[:, d].tolist()
                m = sum(values) / len(values)
                v = sum((x - m) ** 2 for x in values) / max(len(values) - 1, 1)
                mean[bucket, d] = (1 - old) * m + old * mean[bucket, d]
                var[bucket, d] = (1 - old) * v + old * var[bucket, d]
    return mean, var


def looped_smooth(statistics: Tensor, size: int) -> Tensor:
    window, half = kernel_window("gaussian", size=size), size // 2
    found = torch.zeros_like(statistics)
    for bucket in range(len(statistics)):
        for i in range(-half, half + 1):
            at = abs(bucket + i)
            at = 2 * (len(statistics) - 1) - at if at >= len(statistics) else at
            found[bucket] += window[i + half] / window.sum() * statistics[at]
    return found


@pytest.mark.parametrize("momentum", [0.9, 0.0, None])
def test_statistics_are_those_of_a_loop(momentum: float | None) -> None:
    some = [*epochs(2), *epochs(1, samples=3)]
    found = followed(tracker(momentum=momentum), some)
    mean, var = looped(some, momentum)
    assert_close(found.running_mean, mean, rtol=1e-11, atol=1e-12)
    assert_close(found.running_var, var, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("size", [1, 3, 5])
def test_smoothed_statistics_are_those_of_the_epoch_before(size: int) -> None:
    some = epochs(3)
    found = followed(tracker(kernel_size=size), some)
    mean, var = looped(some[:2], 0.9)
    assert_close(found.source_mean, mean, rtol=1e-11, atol=1e-12)
    assert_close(found.smoothed_mean, looped_smooth(mean, size), rtol=1e-11, atol=1e-12)
    assert_close(found.smoothed_var, looped_smooth(var, size), rtol=1e-11, atol=1e-12)


def test_an_epoch_may_come_in_parts() -> None:
    (features, buckets), *_ = epochs(1, samples=700)
    whole, parts = followed(tracker(), [(features, buckets)]), tracker()
    for rows, places in zip(features.split(33), buckets.split(33), strict=True):
        parts.observe(rows, places)
    parts.observe(features[:0], buckets[:0])
    parts.close_epoch()
    for name in ("running_mean", "running_var", "tracked"):
        assert_close(getattr(parts, name), getattr(whole, name), rtol=1e-11, atol=1e-13)


def test_variances_far_from_zero_are_exact_in_single_precision() -> None:
    features = 1e4 + torch.randn(5000, 1)
    first, second = (moments(rows, torch.zeros(2500, dtype=torch.int64), 1) for rows in features.split(2500))
    _, _, squares = merged(first, second)
    assert_close(squares[0, 0].item() / 4999, features.double().var().item(), rtol=1e-3, atol=0)


@pytest.mark.parametrize("newest", [False, True])
def test_the_first_two_epochs_change_nothing(newest: bool) -> None:
    (features, buckets), *some = epochs(2)
    found = tracker(newest_source=newest)
    assert torch.equal(found.calibrate(features, buckets), features)
    followed(found, some)
    assert torch.equal(found.calibrate(features, buckets), features)


@pytest.mark.parametrize("newest", [False, True])
def test_features_move_from_the_own_to_the_smoothed_statistics(newest: bool) -> None:
    some = epochs(3)
    found, (features, buckets) = followed(tracker(newest_source=newest), some), epochs(1)[0]
    mean, var = looped(some if newest else some[:2], 0.9)
    old_mean, old_var = looped(some[:2], 0.9)
    wanted_mean, wanted_var = looped_smooth(old_mean, 5), looped_smooth(old_var, 5)
    wanted = features.clone()
    for row, bucket in enumerate(buckets.tolist()):
        for d in range(DIM):
            ratio = min(max(wanted_var[bucket, d].item() / var[bucket, d].item(), 0.1), 10)
            wanted[row, d] = (features[row, d] - mean[bucket, d]) * math.sqrt(ratio) + wanted_mean[bucket, d]
    assert_close(found.calibrate(features, buckets), wanted, rtol=1e-10, atol=1e-11)


def test_equal_buckets_leave_features_alone() -> None:
    features = torch.randn(10, DIM, dtype=torch.float64).repeat(BUCKETS, 1)
    buckets = torch.arange(BUCKETS).repeat_interleave(10)
    found = followed(tracker(), [(features, buckets)] * 2)
    assert_close(found.calibrate(features, buckets), features, rtol=1e-10, atol=1e-11)


def test_nothing_is_written_into_the_features_and_gradients_pass() -> None:
    found, (features, buckets) = followed(tracker(), epochs(3)), epochs(1)[0]
    kept = features.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: found.calibrate(x, buckets), kept)
    assert torch.equal(kept.detach(), features)


def test_rows_of_no_bucket_are_neither_counted_nor_moved() -> None:
    (features, buckets), *some = epochs(3)
    without = torch.where(torch.arange(40) < 10, -1, buckets)
    wanted = followed(tracker(), [(features[10:], buckets[10:])])
    found = followed(tracker(), [(features, without)])
    assert_close(found.running_mean, wanted.running_mean, rtol=1e-12, atol=1e-14)
    moved = followed(found, some).calibrate(features, without)
    assert torch.equal(moved[:10], features[:10])
    assert not torch.isclose(moved[10:], features[10:]).any()


def test_empty_buckets_keep_their_start_or_take_their_neighbours() -> None:
    features, buckets = torch.randn(30, DIM, dtype=torch.float64), torch.arange(30) % 3 + 2
    plain, filled = (followed(tracker(fill_empty=fill), [(features, buckets)]) for fill in (False, True))
    assert plain.running_mean[[0, 1, 5, 6]].abs().sum() == 0
    assert torch.equal(filled.running_mean[2:5], plain.running_mean[2:5])
    assert_close(filled.running_mean[1], (filled.running_mean[0] + filled.running_mean[2]) / 2)
    assert_close(filled.running_mean[5], filled.running_mean[4] / 2)
    assert torch.equal(filled.running_mean[6], filled.running_mean[5])


def test_empty_buckets_are_filled_in_rising_order() -> None:
    values = torch.tensor([[9.0], [8.0], [4.0], [7.0]])
    fill_empty_buckets(values, torch.tensor([0, 0, 5, 0]))
    assert values.flatten().tolist() == [8.0, 6.0, 4.0, 4.0]


def test_dead_features_and_silent_samples_stay() -> None:
    features = torch.ones(2, 3)
    source = torch.tensor([[1.0, 0.0, 4.0], [0.0, 0.0, 1e-11]])
    target = torch.tensor([[4.0, 4.0, -1.0], [4.0, 4.0, 4.0]])
    zeros = torch.zeros(2, 3)
    moved = calibrated(features, zeros, source, zeros, target, clip=(0.1, 10.0))
    assert moved.tolist() == [[2.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    strict = calibrated(features, zeros, source, zeros, target, clip=(0.1, 10.0), all_or_none=True)
    assert torch.equal(strict, features)


def test_variances_of_zero_give_finite_gradients() -> None:
    features = torch.ones(2, 3, requires_grad=True)
    zeros = torch.zeros(3)
    moved = calibrated(features, zeros, torch.tensor([0.0, 1.0, 0.0]), zeros, torch.ones(3), clip=(0.1, 10.0))
    assert torch.autograd.grad(moved.sum(), features)[0].tolist() == [[1.0] * 3] * 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kernel_size": 15}, "more than 7 buckets, but 7 came"),
        ({"momentum": 1.5}, "momentum must lie in 0 .. 1 or be None"),
        ({"clip": (2.0, 1.0)}, "clip must rise from 0"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        tracker(**options)


@pytest.mark.parametrize("method", ["observe", "calibrate"])
def test_rows_that_do_not_fit_are_refused(method: str) -> None:
    call = getattr(tracker(), method)
    with pytest.raises(InputError, match=r"features must be \(B, 3\) and buckets \(B,\)"):
        call(torch.ones(4, 2), torch.zeros(4, dtype=torch.int64))
    with pytest.raises(InputError, match="buckets must lie below 7, but 7 came"):
        call(torch.ones(1, 3), torch.tensor([7]))

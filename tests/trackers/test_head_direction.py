import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.trackers import HeadDirection, coupled_momentum


def looped(batches: list[Tensor], momentum: float) -> Tensor:
    average = torch.zeros(batches[0].shape[1], dtype=torch.float64)
    for batch in batches:
        for d in range(len(average)):
            average[d] = momentum * average[d] + sum(row[d] for row in batch) / len(batch)
    return average


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9, 1.0])
def test_the_average_is_that_of_a_loop(momentum: float) -> None:
    batches = [torch.randn(size, 6, dtype=torch.float64) for size in (4, 1, 7, 3)]
    tracker = HeadDirection(6, momentum=momentum).double()
    for batch in batches:
        tracker.update(batch)
    assert_close(tracker.average, looped(batches, momentum), rtol=1e-12, atol=1e-14)


def test_momentum_zero_keeps_the_last_batch_and_one_is_a_plain_sum() -> None:
    batches = [torch.full((2, 3), 1.0), torch.full((5, 3), 4.0)]
    for momentum, wanted in ((0.0, 4.0), (1.0, 5.0)):
        tracker = HeadDirection(3, momentum=momentum)
        for batch in batches:
            tracker.update(batch)
        assert tracker.average.tolist() == [wanted] * 3


def test_the_default_momentum_is_that_of_the_paper() -> None:
    assert HeadDirection(3).momentum == 0.9


def test_the_momentum_may_change_between_updates() -> None:
    tracker, ones = HeadDirection(2), torch.ones(3, 2)
    for momentum in (0.9, 0.5, 1.0):
        tracker.momentum = momentum
        tracker.update(ones)
    assert tracker.average.tolist() == [2.5, 2.5]


def test_no_rows_leave_the_average_as_it_is() -> None:
    tracker = HeadDirection(3)
    tracker.update(torch.empty(0, 3))
    assert tracker.average.tolist() == [0.0] * 3
    tracker.update(torch.ones(2, 3))
    tracker.update(torch.empty(0, 3))
    assert tracker.average.tolist() == [1.0] * 3


def test_updating_records_no_gradient() -> None:
    tracker, features = HeadDirection(3), torch.ones(2, 3, requires_grad=True)
    tracker.update(features)
    assert not tracker.average.requires_grad


def test_low_precision_features_are_averaged_in_the_precision_of_the_buffer() -> None:
    tracker = HeadDirection(2)
    features = torch.full((1000, 2), 1 + 2**-7, dtype=torch.bfloat16)
    tracker.update(features)
    assert tracker.average.dtype == torch.float32
    assert tracker.average.tolist() == [1 + 2**-7] * 2


@pytest.mark.parametrize("groups", [1, 2, 3, 6])
def test_directions_have_length_one_in_every_group(groups: int) -> None:
    tracker = HeadDirection(6).double()
    tracker.update(torch.randn(4, 6, dtype=torch.float64))
    direction = tracker.direction(groups)
    assert direction.shape == (groups, 6 // groups)
    assert_close(direction.norm(dim=1), torch.ones(groups, dtype=torch.float64), rtol=1e-12, atol=0)
    slices = tracker.average.view(groups, -1)
    assert_close(direction * slices.norm(dim=1, keepdim=True), slices, rtol=1e-12, atol=1e-14)


def test_the_scale_of_the_features_does_not_change_the_direction() -> None:
    batches = torch.randn(3, 4, 6, dtype=torch.float64)
    plain, scaled = HeadDirection(6).double(), HeadDirection(6).double()
    for batch in batches:
        plain.update(batch)
        scaled.update(1000 * batch)
    assert_close(scaled.direction(2), plain.direction(2), rtol=1e-12, atol=1e-14)


def test_a_group_that_saw_only_zeros_has_the_direction_zero() -> None:
    tracker = HeadDirection(4)
    assert tracker.direction(2).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    tracker.update(torch.tensor([[0.0, 0.0, 3.0, 4.0]]))
    assert_close(tracker.direction(2), torch.tensor([[0.0, 0.0], [0.6, 0.8]]))


def test_groups_that_do_not_divide_are_refused_with_both_numbers() -> None:
    with pytest.raises(InputError, match="groups=4 for 6 features"):
        HeadDirection(6).direction(4)


@pytest.mark.parametrize("shape", [(2, 5), (6,), (2, 3, 6)])
def test_features_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"shape \(B, 6\), but \(.*\) came"):
        HeadDirection(6).update(torch.ones(shape))


@pytest.mark.parametrize("momentum", [-0.1, 1.1, float("nan")])
def test_a_momentum_outside_zero_to_one_is_refused(momentum: float) -> None:
    with pytest.raises(InputError, match=f"0 .. 1, but {momentum} came"):
        HeadDirection(6, momentum=momentum)


@pytest.mark.parametrize(
    ("lr", "wanted"), [(0.2, 0.9), (0.02, 0.9), (0.019, 0.905), (0.01, 0.95), (0.001, 0.995), (0.0, 1.0)]
)
def test_the_coupled_momentum_follows_the_learning_rate(lr: float, wanted: float) -> None:
    assert coupled_momentum(lr) == pytest.approx(wanted, rel=1e-12)

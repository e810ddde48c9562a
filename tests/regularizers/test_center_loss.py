import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.regularizers import CenterLoss, center_loss, cosine_distances, squared_distances

TARGETS = torch.tensor([0, 2, 2, 1, 0, 2, 2])
CLASSES, DIM = 4, 3


def made() -> tuple[CenterLoss, Tensor]:
    """A loss, and features of which class 3 has none."""
    return CenterLoss(DIM, CLASSES).double(), torch.randn(len(TARGETS), DIM, dtype=torch.float64)


def test_the_loss_is_the_mean_squared_distance() -> None:
    loss, features = made()
    wanted = sum(((x - loss.centers[y]) ** 2).sum() for x, y in zip(features, TARGETS, strict=True)) / 7
    assert_close(loss(features, TARGETS), torch.as_tensor(wanted))


def test_centers_move_towards_the_features_of_their_class() -> None:
    loss, features = made()
    before = loss.centers.clone()
    loss.update(features, [(1.0, TARGETS)])
    for label in range(CLASSES):
        own = features[label == TARGETS]
        step = 0.5 * 2 / 7 * (before[label] - own).sum(dim=0)
        assert_close(loss.centers[label], before[label] - step, rtol=1e-12, atol=1e-14)
    assert torch.equal(loss.centers[3], before[3])


@pytest.mark.parametrize("distance", [squared_distances, cosine_distances])
def test_centers_step_against_the_true_gradient(distance: object) -> None:
    features = torch.randn(7, DIM, dtype=torch.float64)
    loss = CenterLoss(DIM, CLASSES, distance=distance, rate=0.3).double()  # pyright: ignore[reportArgumentType]
    before = loss.centers.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(center_loss(features, TARGETS, before, distance=loss.distance), before)
    loss.update(features, [(1.0, TARGETS)], share=0.5)
    assert_close(loss.centers, (before - 0.15 * gradient).detach())


def test_mixed_targets_move_their_centers_by_their_shares() -> None:
    loss, features = made()
    other = TARGETS.flip(0)
    before = loss.centers.clone()
    moves = []
    for targets in (TARGETS, other):
        loss.centers.copy_(before)
        loss.update(features, [(1.0, targets)])
        moves.append(loss.centers - before)
    loss.centers.copy_(before)
    loss.update(features, [(0.3, TARGETS), (0.7, other)])
    assert_close(loss.centers - before, 0.3 * moves[0] + 0.7 * moves[1])


def test_no_share_moves_nothing() -> None:
    loss, features = made()
    before = loss.centers.clone()
    loss.update(features, [(1.0, TARGETS)], share=0.0)
    assert torch.equal(loss.centers, before)


def test_many_steps_bring_the_centers_to_the_class_means() -> None:
    loss, features = made()
    for _ in range(500):
        loss.update(features, [(1.0, TARGETS)])
    means = torch.stack([features[label == TARGETS].mean(dim=0) for label in range(3)])
    assert_close(loss.centers[:3], means, rtol=0, atol=1e-5)


def test_features_get_a_gradient_and_centers_none() -> None:
    loss, features = made()
    features.requires_grad_()
    value = loss(features, TARGETS)
    (gradient,) = torch.autograd.grad(value, features)
    assert_close(gradient, 2 / 7 * (features - loss.centers[TARGETS]).detach())
    assert not list(loss.parameters())


def test_the_cosine_form_knows_no_lengths() -> None:
    features, centers = torch.randn(2, 5, DIM, dtype=torch.float64)
    wanted = 1 - torch.cosine_similarity(features, centers)
    assert_close(cosine_distances(3 * features, 7 * centers), wanted)


def test_a_zero_feature_has_distance_one_and_no_gradient() -> None:
    features = torch.zeros(2, DIM, requires_grad=True)
    distances = cosine_distances(features, torch.ones(2, DIM))
    assert distances.tolist() == [1.0, 1.0]
    assert torch.autograd.grad(distances.sum(), features)[0].count_nonzero() == 0


def test_half_precision_features_move_centers_of_single_precision() -> None:
    loss = CenterLoss(DIM, CLASSES)
    loss.update(torch.ones(7, DIM, dtype=torch.bfloat16), [(1.0, TARGETS)])
    assert loss.centers.dtype == torch.float32


def test_a_label_out_of_range_is_refused() -> None:
    loss, features = made()
    with pytest.raises(InputError, match=r"labels must lie in 0 \.\. 3"):
        loss(features, TARGETS * 2)


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_rate_that_cannot_be_is_refused(rate: float) -> None:
    with pytest.raises(InputError, match="rate must be above 0"):
        CenterLoss(DIM, CLASSES, rate=rate)

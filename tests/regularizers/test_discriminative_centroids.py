import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.regularizers import DiscriminativeCentroidLoss, attraction, repulsion

TARGETS = torch.tensor([0, 2, 2, 1, 0, 2, 2])
CLASSES, DIM = 4, 3


def made(scale: float = 1.0) -> tuple[Tensor, Tensor]:
    """Features and centroids; class 3 has no sample."""
    features = torch.randn(len(TARGETS), DIM, dtype=torch.float64) * scale
    centroids = torch.randn(CLASSES, DIM, dtype=torch.float64) * scale
    return features.requires_grad_(), centroids.requires_grad_()


def squared(first: Tensor, second: Tensor) -> float:
    return sum((a - b) ** 2 for a, b in zip(first.tolist(), second.tolist(), strict=True))


def looped_attraction(features: Tensor, centroids: Tensor) -> float:
    return sum(squared(x, centroids[y]) for x, y in zip(features, TARGETS.tolist(), strict=True)) / (
        2 * len(features)
    )


def looped_repulsion(features: Tensor, centroids: Tensor, margin: float) -> float:
    apart = sum(
        squared(x, c)
        for x, y in zip(features, TARGETS.tolist(), strict=True)
        for j, c in enumerate(centroids)
        if j != y
    )
    return max(0.0, margin - apart / (len(features) * len(centroids)))


def looped_pull(features: Tensor, centroids: Tensor) -> Tensor:
    pull = torch.zeros(CLASSES, DIM, dtype=torch.float64)
    for j in range(CLASSES):
        own = [x for x, y in zip(features, TARGETS.tolist(), strict=True) if y == j]
        for x in own:
            pull[j] += (centroids[j] - x) / (1 + len(own)) / len(features)
    return pull


@pytest.mark.parametrize("margin", [0.5, 10.0])
@pytest.mark.parametrize("weight", [0.01, 0.7])
def test_the_loss_is_that_of_loops(margin: float, weight: float) -> None:
    features, centroids = made()
    wanted = looped_attraction(features, centroids) + weight * looped_repulsion(features, centroids, margin)
    found = DiscriminativeCentroidLoss(margin=margin, repel_weight=weight)(features, TARGETS, centroids)
    assert found.item() == pytest.approx(wanted, rel=1e-12)


def test_centroids_are_pulled_by_the_released_gradient() -> None:
    features, centroids = made()
    (found,) = torch.autograd.grad(attraction(features, TARGETS, centroids), centroids)
    with torch.no_grad():
        assert_close(found, looped_pull(features, centroids), rtol=1e-12, atol=1e-14)


def test_the_pull_is_weighed_by_what_comes_from_above() -> None:
    features, centroids = made()
    plain = torch.autograd.grad(attraction(features, TARGETS, centroids), [features, centroids])
    weighed = torch.autograd.grad(0.3 * attraction(features, TARGETS, centroids), [features, centroids])
    for found, wanted in zip(weighed, plain, strict=True):
        assert_close(found, 0.3 * wanted, rtol=1e-12, atol=1e-15)


def test_the_pull_is_the_true_gradient_by_one_more_than_the_samples_of_a_class() -> None:
    features, centroids = made()
    true = (features - centroids[TARGETS]).square().sum() / (2 * len(features))
    (wanted,) = torch.autograd.grad(true, centroids)
    (found,) = torch.autograd.grad(attraction(features, TARGETS, centroids), centroids)
    assert_close(found * torch.tensor([[3], [2], [5], [1]]), wanted, rtol=1e-12, atol=1e-15)
    assert found[3].count_nonzero() == 0


def test_features_get_the_true_gradient() -> None:
    features, centroids = made()
    fixed = centroids.detach()
    assert torch.autograd.gradcheck(lambda x: attraction(x, TARGETS, fixed), features)


@pytest.mark.parametrize(("scale", "active"), [(1.0, True), (10.0, False)])
def test_the_repulsion_has_true_gradients_on_both_sides_of_its_margin(scale: float, active: bool) -> None:
    features, centroids = made(scale)
    assert (repulsion(features, TARGETS, centroids, margin=10.0) > 0) == active
    assert torch.autograd.gradcheck(lambda x, c: repulsion(x, TARGETS, c, margin=10.0), (features, centroids))


def test_a_feature_on_a_centroid_keeps_finite_gradients() -> None:
    features, centroids = made()
    with torch.no_grad():
        features[0] = centroids[0]
        features[1] = centroids[1]
    loss = DiscriminativeCentroidLoss()(features, TARGETS, centroids)
    assert all(found.isfinite().all() for found in torch.autograd.grad(loss, [features, centroids]))


def test_without_weight_there_is_no_repulsion() -> None:
    features, centroids = made()
    loss = DiscriminativeCentroidLoss(repel_weight=0.0)(features, TARGETS, centroids)
    assert torch.equal(loss, attraction(features, TARGETS, centroids))


def test_a_step_brings_features_and_their_centroids_together() -> None:
    features, centroids = made()
    loss = DiscriminativeCentroidLoss(repel_weight=0.0)
    before = loss(features, TARGETS, centroids)
    moves = torch.autograd.grad(before, [features, centroids])
    moved = [value - 0.1 * move for value, move in zip((features, centroids), moves, strict=True)]
    assert loss(moved[0], TARGETS, centroids) < before
    assert loss(features, TARGETS, moved[1]) < before


def test_a_label_out_of_range_is_refused() -> None:
    features, centroids = made()
    with pytest.raises(InputError, match=r"labels must lie in 0 \.\. 3, but 0 \.\. 4 came"):
        attraction(features, TARGETS * 2, centroids)


@pytest.mark.parametrize("options", [{"margin": -1.0}, {"repel_weight": -0.1}, {"margin": float("nan")}])
def test_options_that_cannot_be_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(InputError, match="margin and repel_weight must be 0 or more"):
        DiscriminativeCentroidLoss(**options)

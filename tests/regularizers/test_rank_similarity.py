import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.regularizers import RankSim, normalized_rank, rank_similarity
from counterpoise.regularizers.rank_similarity import one_of_each, ranks


def looped_ranks(row: list[float]) -> list[float]:
    """The largest first; of equal ones the later first."""
    order = sorted(range(len(row)), key=lambda i: (-row[i], -i))
    found = [0.0] * len(row)
    for rank, place in enumerate(order, 1):
        found[place] = rank / len(row)
    return found


def looped_penalty(features: Tensor, targets: list[float]) -> float:
    rows, total = features.tolist(), 0.0
    norms = [math.sqrt(sum(v * v for v in row)) for row in rows]
    for i, row in enumerate(rows):
        similar = [
            sum(a * b for a, b in zip(row, other, strict=True)) / norms[i] / norms[j]
            for j, other in enumerate(rows)
        ]
        near = [-abs(targets[i] - t) for t in targets]
        pairs = zip(looped_ranks(similar), looped_ranks(near), strict=True)
        total += sum((a - b) ** 2 for a, b in pairs) / len(rows)
    return total


def test_the_penalty_is_that_of_a_loop() -> None:
    features, targets = torch.randn(9, 4, dtype=torch.float64), torch.randperm(9).double()
    wanted = looped_penalty(features, targets.tolist())
    assert RankSim()(features, targets).item() == pytest.approx(wanted, rel=1e-11)
    assert RankSim()(features, targets.unsqueeze(1)).item() == pytest.approx(wanted, rel=1e-11)


def test_ranks_are_those_of_a_loop_also_with_ties() -> None:
    scores = torch.randint(0, 3, (5, 8)).double()
    wanted = torch.tensor([looped_ranks(row) for row in scores.tolist()], dtype=torch.float64)
    assert torch.equal(ranks(scores), wanted)


@pytest.mark.parametrize("interpolation", [0.5, 2.0])
def test_the_slope_is_that_of_blackbox_differentiation(interpolation: float) -> None:
    scores = torch.randn(3, 6, dtype=torch.float64, requires_grad=True)
    above = torch.randn(3, 6, dtype=torch.float64)
    (produced,) = torch.autograd.grad(normalized_rank(scores, interpolation=interpolation), scores, above)
    moved = (scores + interpolation * above).tolist()
    for i, row in enumerate(moved):
        pairs = zip(looped_ranks(scores[i].tolist()), looped_ranks(row), strict=True)
        wanted = [-(a - b) / (interpolation + 1e-8) for a, b in pairs]
        assert_close(produced[i], torch.tensor(wanted, dtype=torch.float64), rtol=1e-11, atol=1e-14)


def test_features_in_the_order_of_their_targets_cost_nothing() -> None:
    angles = torch.tensor([0.0, 0.1, 0.3, 0.7, 1.3]).double()
    features = torch.stack([angles.cos(), angles.sin()], dim=1)
    assert RankSim()(features, angles).item() == 0
    assert RankSim()(features, angles.flip(0)) > 0


def test_the_length_of_features_does_not_matter() -> None:
    features, targets = torch.randn(7, 3, dtype=torch.float64), torch.randperm(7)
    scaled = features * (1 + torch.arange(7.0)).unsqueeze(1)
    assert_close(RankSim()(features, targets), RankSim()(scaled, targets), rtol=1e-12, atol=0)


def test_one_sample_of_each_target_takes_part() -> None:
    targets = torch.tensor([5, 1, 5, 3, 5, 1])
    drawn = {tuple(one_of_each(targets).tolist()) for _ in range(200)}
    assert drawn == {(one, 3, five) for one in (1, 5) for five in (0, 2, 4)}
    assert one_of_each(torch.tensor([3, 1, 2])).tolist() == [0, 1, 2]


def test_repeated_targets_give_a_gradient_to_those_that_take_part() -> None:
    features = torch.randn(6, 3, requires_grad=True)
    targets = torch.tensor([5.0, 1.0, 5.0, 3.0, 2.0, 9.0])
    (gradient,) = torch.autograd.grad(100 * RankSim()(features, targets), features)
    assert ((gradient != 0).any(dim=1)[[0, 2]]).sum() <= 1
    assert gradient.isfinite().all() and gradient.abs().sum() > 0


def test_a_single_sample_and_equal_targets_cost_nothing() -> None:
    features = torch.randn(4, 3, requires_grad=True)
    for value in (RankSim()(features[:1], torch.ones(1)), RankSim()(features, torch.ones(4))):
        assert value.item() == 0
        assert torch.autograd.grad(value, features)[0].abs().sum() == 0


def test_several_numbers_are_compared_by_summed_distances() -> None:
    features, targets = torch.randn(6, 3, dtype=torch.float64), torch.randn(6, 2, dtype=torch.float64)
    found = rank_similarity(features, targets, interpolation=2.0)
    spread = torch.cat([targets, torch.zeros(6, 1).double()], dim=1)
    assert torch.equal(found, rank_similarity(features, spread, interpolation=2.0))
    alone = rank_similarity(features, targets[:, :1], interpolation=2.0)
    assert alone.item() == pytest.approx(looped_penalty(features, targets[:, 0].tolist()), rel=1e-11)


def test_an_interpolation_that_is_not_above_zero_is_refused() -> None:
    with pytest.raises(InputError, match=r"interpolation must be above 0, but 0\.0 came"):
        RankSim(interpolation=0.0)

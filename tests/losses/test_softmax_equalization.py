import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import CrossEntropy, SoftmaxEqualizationLoss

Batch = tuple[Tensor, Tensor]


@pytest.fixture
def shares(counts: Tensor) -> Tensor:
    return counts / counts.sum()


def rare_third_and_fourth(shares: Tensor, gamma: float = 0.9) -> SoftmaxEqualizationLoss:
    return SoftmaxEqualizationLoss(shares, threshold=0.06, gamma=gamma)


def written_out(batch: Batch, weights: list[list[float]]) -> list[float]:
    return [
        -math.log(math.exp(row[y]) / sum(w * math.exp(z) for w, z in zip(own, row, strict=True)))
        for row, y, own in zip(batch[0].tolist(), batch[1].tolist(), weights, strict=True)
    ]


def test_with_gamma_one_losses_are_those_of_a_loop(batch: Batch, shares: Tensor) -> None:
    weights = [[1.0, 1.0, float(y == 2), float(y == 3)] for y in batch[1].tolist()]
    loss, wanted = rare_third_and_fourth(shares, gamma=1.0), written_out(batch, weights)
    assert loss.per_sample(*batch).tolist() == pytest.approx(wanted, rel=1e-10)
    assert loss.eval()(*batch).item() == pytest.approx(sum(wanted) / 6, rel=1e-10)


def test_in_evaluation_mode_the_weights_are_their_means(batch: Batch, shares: Tensor) -> None:
    weights = [[1.0, 1.0, 1.0 if y == 2 else 0.3, 1.0 if y == 3 else 0.3] for y in batch[1].tolist()]
    loss, state = rare_third_and_fourth(shares, gamma=0.7).eval(), torch.get_rng_state()
    assert loss.per_sample(*batch).tolist() == pytest.approx(written_out(batch, weights), rel=1e-10)
    assert torch.equal(torch.get_rng_state(), state)


def test_in_training_each_loss_is_that_of_one_outcome_of_the_coins(batch: Batch, shares: Tensor) -> None:
    """Per sample, one of four outcomes of two coins; in their share."""
    row, target, draws = batch[0][:1], batch[1][:1], 4000
    outcomes = [written_out((row, target), [[1.0, 1.0, 1.0 - a, 1.0 - b]])[0] for a in (0, 1) for b in (0, 1)]
    losses = rare_third_and_fourth(shares, gamma=0.7).per_sample(row.expand(draws, 4), target.expand(draws))
    seen = (losses.unsqueeze(1) - torch.tensor(outcomes, dtype=torch.float64)).abs() < 1e-9
    assert (seen.sum(dim=1) == 1).all()
    wanted = torch.tensor([0.09, 0.21, 0.21, 0.49], dtype=torch.float64)
    assert_close(seen.double().mean(dim=0), wanted, rtol=0, atol=0.03)


@pytest.mark.parametrize("gamma", [2**-16, 0.25, 0.9])
def test_coins_fall_as_often_as_gamma_says(gamma: float, shares: Tensor) -> None:
    like, loss = torch.empty(1000, 1001), rare_third_and_fourth(shares, gamma=gamma)
    coins = loss.tossed(like)
    assert coins.shape == like.shape
    assert coins.double().mean().item() == pytest.approx(gamma, abs=2e-3)
    assert coins.double().mean(dim=0).std().item() == pytest.approx(
        math.sqrt(gamma * (1 - gamma) / 1000), rel=0.15, abs=2e-4
    )


def test_coins_come_from_torchs_generator(batch: Batch, shares: Tensor) -> None:
    logits, targets = batch[0].repeat(20, 1), batch[1].repeat(20)
    values = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        values.append(rare_third_and_fourth(shares).per_sample(logits, targets))
    assert torch.equal(values[0], values[1])
    assert not torch.equal(values[0], values[2])


def test_only_rare_classes_are_spared_and_never_the_true_one(batch: Batch, shares: Tensor) -> None:
    logits, targets = batch[0].requires_grad_(), batch[1]
    loss = rare_third_and_fourth(shares, gamma=1.0)
    (gradient,) = torch.autograd.grad(loss(logits, targets), logits)
    spared = torch.tensor([[c >= 2 and c != y for c in range(4)] for y in targets.tolist()])
    assert torch.equal(gradient == 0, spared)
    assert torch.autograd.gradcheck(lambda z: loss(z, targets), logits)


def test_without_rare_classes_it_is_cross_entropy(batch: Batch, shares: Tensor) -> None:
    loss = SoftmaxEqualizationLoss(shares, threshold=0.0)
    assert_close(loss(*batch), CrossEntropy()(*batch), rtol=1e-12, atol=0)
    assert_close(loss.eval()(*batch), CrossEntropy()(*batch), rtol=1e-12, atol=0)


def test_a_class_without_samples_is_rare_and_one_class_has_no_loss() -> None:
    empty = SoftmaxEqualizationLoss(torch.tensor([0.9, 0.1, 0.0]), threshold=1e-9)
    assert empty.rare.tolist() == [2]
    alone = SoftmaxEqualizationLoss(torch.ones(1), threshold=2.0)
    assert alone(torch.randn(3, 1), torch.zeros(3, dtype=torch.int64)).item() == 0


def test_a_spared_favourite_leaves_the_loss_finite(shares: Tensor) -> None:
    loss = rare_third_and_fourth(shares.float(), gamma=1.0)(
        torch.tensor([[0.0, 0.0, 1e4, 0.0]]), torch.tensor([0])
    )
    assert loss.item() == pytest.approx(math.log(2))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(dtype: torch.dtype, batch: Batch, shares: Tensor) -> None:
    logits, loss = batch[0].to(dtype), rare_third_and_fourth(shares).eval()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        produced = loss(logits, batch[1])
    assert_close(produced, loss(logits.float(), batch[1]))


@pytest.mark.parametrize("gamma", [0.0, 1.1, float("nan")])
def test_a_gamma_out_of_range_is_refused(gamma: float, shares: Tensor) -> None:
    with pytest.raises(InputError, match="gamma must lie in 0 < gamma <= 1, but"):
        rare_third_and_fourth(shares, gamma=gamma)


def test_frequencies_that_are_counts_are_refused(counts: Tensor) -> None:
    with pytest.raises(InputError, match=r"frequencies must be \(C,\) shares in 0 .. 1"):
        SoftmaxEqualizationLoss(counts, threshold=0.01)

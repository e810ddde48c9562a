import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import CrossEntropy, SeesawLoss

Batch = tuple[Tensor, Tensor]


def written_out(
    batch: Batch, counts: Tensor, *, p: float = 0.8, q: float = 2.0, floor: float = 0.01
) -> list[float]:
    """The equations of the paper, one number after the other."""
    numbers, losses = counts.clamp(min=1).tolist(), []
    for row, i in zip(batch[0].tolist(), batch[1].tolist(), strict=True):
        total = sum(map(math.exp, row))
        scores = [math.exp(z) / total for z in row]
        others = 0.0
        for j, z in enumerate(row):
            mitigation = (numbers[j] / numbers[i]) ** p if numbers[i] > numbers[j] else 1.0
            ratio = scores[j] / max(scores[i], floor)
            compensation = ratio**q if ratio > 1 else 1.0
            others += 0 if j == i else mitigation * compensation * math.exp(z)
        losses.append(-math.log(math.exp(row[i]) / (others + math.exp(row[i]))))
    return losses


@pytest.mark.parametrize("options", [{}, {"p": 0.3, "q": 0.7, "floor": 1e-6}, {"p": 0.0}, {"q": 0.0}])
def test_losses_are_those_of_a_loop(options: dict[str, float], batch: Batch, counts: Tensor) -> None:
    loss, wanted = SeesawLoss(counts, **options), written_out(batch, counts, **options)
    assert loss.per_sample(*batch).tolist() == pytest.approx(wanted, rel=1e-10)
    assert loss(*batch).item() == pytest.approx(sum(wanted) / 6, rel=1e-10)


def test_the_floor_of_the_release_matters_where_the_true_class_is_hopeless(counts: Tensor) -> None:
    hopeless = torch.tensor([[9.0, 0.0, 0.0, 0.0]], dtype=torch.float64), torch.tensor([3])
    values = [SeesawLoss(counts, floor=floor)(*hopeless).item() for floor in (0.01, 1e-9)]
    wanted = [written_out(hopeless, counts, floor=floor)[0] for floor in (0.01, 1e-9)]
    assert values == pytest.approx(wanted, rel=1e-10)
    assert values[1] - values[0] > 5


def test_without_powers_it_is_cross_entropy(batch: Batch, counts: Tensor) -> None:
    produced = SeesawLoss(counts, p=0.0, q=0.0).per_sample(*batch)
    assert_close(produced, CrossEntropy().per_sample(*batch), rtol=1e-12, atol=1e-14)


def test_only_ratios_of_the_counts_matter(batch: Batch, counts: Tensor) -> None:
    produced = [SeesawLoss(factor * counts)(*batch) for factor in (1, 9)]
    assert_close(*produced, rtol=1e-12, atol=0)


def test_no_gradient_flows_through_the_compensation(batch: Batch, counts: Tensor) -> None:
    """The gradient is that of a softmax over logits with constants added."""
    logits, targets = batch[0].requires_grad_(), batch[1]
    (produced,) = torch.autograd.grad(SeesawLoss(counts)(logits, targets), logits)
    mass, scores, own = counts.clamp(min=1).double(), logits.detach().softmax(1), targets.unsqueeze(1)
    spared = (mass / mass[own]).clamp(max=1).log()
    favoured = (scores / scores.gather(1, own).clamp(min=0.01)).clamp(min=1).log()
    (wanted,) = torch.autograd.grad(CrossEntropy()(logits + 0.8 * spared + 2.0 * favoured, targets), logits)
    assert_close(produced, wanted, rtol=1e-10, atol=1e-14)


def test_a_sample_of_a_frequent_class_pushes_a_rare_class_down_less(counts: Tensor) -> None:
    logits = torch.zeros(1, 4, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(SeesawLoss(counts)(logits, torch.tensor([0])), logits)
    pushes = gradient[0, 1:]
    assert_close(pushes / pushes[0], (counts[1:] / counts[1]) ** 0.8, rtol=1e-10, atol=0)


def test_a_class_without_samples_counts_as_one_sample(batch: Batch) -> None:
    empty, one = (SeesawLoss(torch.tensor([100, 20, 7, n])).per_sample(*batch) for n in (0, 1))
    assert torch.equal(empty, one)


def test_one_class_has_no_loss() -> None:
    assert SeesawLoss(torch.tensor([5]))(torch.randn(3, 1), torch.zeros(3, dtype=torch.int64)).item() == 0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(dtype: torch.dtype, batch: Batch, counts: Tensor) -> None:
    logits, loss = batch[0].to(dtype), SeesawLoss(counts.float())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        produced = loss(logits, batch[1])
    assert_close(produced, loss(logits.float(), batch[1]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"p": -0.1}, "p and q must be 0 or more"),
        ({"floor": 0.0}, "floor must lie in 0 < floor <= 1, but 0.0"),
    ],
)
def test_arguments_out_of_range_are_refused(options: dict[str, float], message: str, counts: Tensor) -> None:
    with pytest.raises(InputError, match=message):
        SeesawLoss(counts, **options)

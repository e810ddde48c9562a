import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import CrossEntropy, LDAMLoss

from .conftest import LogSoftmax

Batch = tuple[Tensor, Tensor]


def test_losses_are_those_of_a_loop(batch: Batch, counts: Tensor, log_softmax: LogSoftmax) -> None:
    cosines, targets = batch[0].tanh(), batch[1]
    raw = [count**-0.25 for count in counts.tolist()]
    wanted = []
    for row, target in zip(cosines.tolist(), targets.tolist(), strict=True):
        row[target] -= 0.3 * raw[target] / max(raw)
        wanted.append(-log_softmax([10 * z for z in row])[target])
    loss = LDAMLoss(counts, max_margin=0.3, scale=10.0)
    assert loss.per_sample(cosines, targets).tolist() == pytest.approx(wanted, rel=1e-10)
    assert loss(cosines, targets).item() == pytest.approx(sum(wanted) / 6, rel=1e-10)


def test_the_rarest_class_has_the_largest_margin_and_others_a_fourth_root_less() -> None:
    margins = LDAMLoss(torch.tensor([1600, 16, 1])).margins
    assert margins.tolist() == pytest.approx([0.5 / 1600**0.25, 0.25, 0.5])


def test_a_class_without_samples_changes_no_other_margin() -> None:
    margins = LDAMLoss(torch.tensor([160, 10, 0])).margins
    assert margins.tolist() == pytest.approx([0.25, 0.5, 0.5])


def test_without_margin_and_scale_it_is_cross_entropy(batch: Batch, counts: Tensor) -> None:
    produced = LDAMLoss(counts, max_margin=0.0, scale=1.0).per_sample(*batch)
    assert_close(produced, CrossEntropy().per_sample(*batch), rtol=1e-12, atol=1e-14)


def test_the_gradient_is_that_of_the_values(batch: Batch, counts: Tensor) -> None:
    loss = LDAMLoss(counts, scale=2.0)
    assert torch.autograd.gradcheck(lambda z: loss(z, batch[1]), batch[0].requires_grad_())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(dtype: torch.dtype, batch: Batch, counts: Tensor) -> None:
    cosines, loss = batch[0].tanh().to(dtype), LDAMLoss(counts.float())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        produced = loss(cosines, batch[1])
    assert_close(produced, loss(cosines.float(), batch[1]))


@pytest.mark.parametrize(("name", "value"), [("max_margin", -0.1), ("scale", 0.0)])
def test_arguments_out_of_range_are_refused(name: str, value: float, counts: Tensor) -> None:
    with pytest.raises(InputError, match=rf"{name} must be .*, but {value} came"):
        LDAMLoss(counts, **{name: value})

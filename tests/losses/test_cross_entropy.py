import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from counterpoise.losses import CrossEntropy


def test_losses_are_those_of_a_loop(batch: tuple[Tensor, Tensor]) -> None:
    logits, targets = batch
    looped = [
        math.log(sum(math.exp(z) for z in row)) - row[target]
        for row, target in zip(logits.tolist(), targets.tolist(), strict=True)
    ]
    per_sample = CrossEntropy().per_sample(logits, targets)
    assert_close(per_sample, torch.tensor(looped, dtype=torch.float64), rtol=1e-12, atol=1e-14)
    assert CrossEntropy()(logits, targets).item() == pytest.approx(sum(looped) / 6, rel=1e-12)


def test_it_is_called_like_torchs(batch: tuple[Tensor, Tensor]) -> None:
    logits, targets = batch
    logits.requires_grad_()
    loss, wanted = CrossEntropy()(logits, targets), torch.nn.CrossEntropyLoss()(logits, targets)
    assert_close(loss, wanted, rtol=1e-12, atol=0)
    produced, expected = (torch.autograd.grad(value, logits)[0] for value in (loss, wanted))
    assert_close(produced, expected, rtol=1e-12, atol=1e-15)


def test_permuted_classes_give_the_same_loss(batch: tuple[Tensor, Tensor]) -> None:
    logits, targets = batch
    order = torch.tensor([2, 0, 3, 1])
    permuted = CrossEntropy().per_sample(logits[:, order], order.argsort()[targets])
    assert_close(permuted, CrossEntropy().per_sample(logits, targets), rtol=1e-12, atol=1e-14)


def test_extreme_logits_stay_finite() -> None:
    logits = torch.tensor([[1e4, 0.0], [0.0, 1e4]])
    assert CrossEntropy().per_sample(logits, torch.tensor([0, 0])).tolist() == [0.0, 1e4]


def test_an_empty_batch_has_no_losses() -> None:
    per_sample = CrossEntropy().per_sample(torch.empty(0, 4), torch.empty(0, dtype=torch.int64))
    assert per_sample.shape == (0,)


def test_bfloat16_autocast_keeps_full_precision(batch: tuple[Tensor, Tensor]) -> None:
    logits, targets = batch[0].float(), batch[1]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = CrossEntropy()(logits, targets)
    assert_close(loss, F.cross_entropy(logits, targets))

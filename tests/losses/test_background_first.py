import pytest
import torch

from counterpoise.losses import BackgroundFirst, EqualizationLoss

FREQUENCIES = torch.tensor([0.5, 0.1, 0.001])


def test_the_background_goes_from_first_to_last() -> None:
    logits = torch.randn(4, 3, dtype=torch.float64)
    loss = EqualizationLoss(FREQUENCIES)
    produced = BackgroundFirst(loss).per_sample(logits, torch.tensor([0, 1, 3, 2]))
    assert torch.equal(produced, loss.per_sample(logits, torch.tensor([3, 0, 2, 1])))


def test_it_tells_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    loss, told = EqualizationLoss(FREQUENCIES), []
    monkeypatch.setattr(loss, "set_epoch", told.append)
    BackgroundFirst(loss).set_epoch(3)
    assert told == [3]

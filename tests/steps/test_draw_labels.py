from dataclasses import replace

import pytest
import torch
from torch import nn

from counterpoise.classifiers import LinearClassifier
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.steps import DrawLabels, Seen
from counterpoise.steps.draw_labels import draws

NET = Net(nn.Identity(), LinearClassifier(2, 3))
SOFT = torch.tensor([[0.2, 0.3, 0.5], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def labels_of(step: DrawLabels, index: torch.Tensor) -> torch.Tensor:
    seen = Seen({}, index=index, mixture=((1.0, torch.full((len(index),), 2)),))
    ((_, labels),) = step(NET, seen).mixture
    return labels


def test_classes_come_as_often_as_they_are_likely() -> None:
    found = draws(SOFT[:1].double().expand(200_000, 3)).bincount(minlength=3) / 200_000
    torch.testing.assert_close(found, SOFT[0], rtol=0, atol=0.005)


def test_certain_labels_stay_and_impossible_classes_never_come() -> None:
    drawn = [draws(SOFT).tolist() for _ in range(200)]
    assert {row[1] for row in drawn} == {-1} and {row[2] for row in drawn} == {1}
    assert {row[0] for row in drawn} == {0, 1, 2}


def test_a_sample_has_one_label_in_an_epoch_wherever_it_comes() -> None:
    step = DrawLabels(SOFT[:1].expand(50, 3).contiguous())
    step.set_epoch(0, 2)
    whole = labels_of(step, torch.arange(50))
    assert torch.equal(labels_of(step, torch.arange(50).flip(0)), whole.flip(0))
    step.set_epoch(1, 2)
    assert not torch.equal(labels_of(step, torch.arange(50)), whole)


def test_processes_draw_the_same() -> None:
    shares = []
    for rank in range(2):
        torch.manual_seed(7)
        step = DrawLabels(SOFT[:1].expand(10, 3).contiguous())
        shares.append(labels_of(step, torch.arange(10)[rank::2]))
    torch.manual_seed(7)
    whole = labels_of(DrawLabels(SOFT[:1].expand(10, 3).contiguous()), torch.arange(10))
    assert torch.equal(torch.stack(shares, dim=1).flatten(), whole)


def test_labels_without_soft_ones_are_those_of_the_batch() -> None:
    assert labels_of(DrawLabels(SOFT), torch.tensor([1, 1])).tolist() == [2, 2]


def test_what_is_no_probability_is_refused() -> None:
    for wrong in (torch.tensor([[-1.0, 2.0]]), torch.tensor([0.5, 0.5]), torch.tensor([[float("nan"), 1.0]])):
        with pytest.raises(InputError, match="soft labels must be"):
            DrawLabels(wrong)


def test_mixed_targets_come_later() -> None:
    step, seen = DrawLabels(SOFT), Seen({}, index=torch.tensor([2]), mixture=((1.0, torch.tensor([0])),))
    assert step(NET, replace(seen)).mixture[0][1].tolist() == [1]

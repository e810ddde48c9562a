import pytest
import torch
from torch import Generator
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.samplers import ClassMembers

TARGETS = torch.tensor([2, 0, 2, 4, 0, 2, 2])
COUNTS = torch.tensor([2, 0, 4, 0, 1])


def test_every_class_finds_its_own_samples() -> None:
    members = ClassMembers(TARGETS, COUNTS)
    for c in range(5):
        mine = members.positions[members.starts[c] :][: members.counts[c]]
        assert mine.tolist() == [i for i, target in enumerate(TARGETS.tolist()) if target == c]


def test_a_draw_is_that_of_a_loop() -> None:
    members = ClassMembers(TARGETS, COUNTS)
    probabilities = torch.tensor([0.2, 0.0, 0.1, 0.0, 0.7], dtype=torch.float64)
    picks, places = torch.rand(2, 7, dtype=torch.float64, generator=Generator().manual_seed(3)).tolist()
    looped = []
    for pick, place in zip(picks, places, strict=True):
        chosen = 0 if pick < 0.2 else 2 if pick < 0.3 else 4
        own = [i for i, target in enumerate(TARGETS.tolist()) if target == chosen]
        looped.append(own[int(place * len(own))])
    assert members.draw(probabilities, Generator().manual_seed(3)).tolist() == looped


def test_classes_come_by_their_probability_and_their_samples_alike() -> None:
    targets, counts = TARGETS.repeat(2000), COUNTS * 2000
    probabilities = torch.tensor([0.5, 0.0, 0.4, 0.0, 0.1], dtype=torch.float64)
    drawn = ClassMembers(targets, counts).draw(probabilities, Generator().manual_seed(0))
    share = torch.bincount(drawn % 7, minlength=7).double() / len(drawn)
    wanted = torch.tensor([0.1, 0.25, 0.1, 0.1, 0.25, 0.1, 0.1], dtype=torch.float64)
    assert_close(share, wanted, rtol=0, atol=0.015)


def test_more_than_two_to_the_24_samples() -> None:
    size = 2**24 + 3
    members = ClassMembers(torch.tensor([0]), torch.tensor([1]))
    members.positions, members.counts = torch.arange(size), torch.tensor([size])
    drawn = members.draw(torch.ones(1), Generator().manual_seed(0))
    assert len(drawn) == size
    assert drawn.max() < size
    assert drawn.min() >= 0
    assert drawn.remainder(2).double().mean().item() == pytest.approx(0.5, abs=1e-3)


def test_no_samples_are_refused() -> None:
    with pytest.raises(InputError, match=r"at least 1 sample"):
        ClassMembers(torch.empty(0, dtype=torch.int64), torch.tensor([0, 0]))


def test_counts_of_other_labels_are_refused() -> None:
    with pytest.raises(InputError, match=r"class 2 has 4 of them where 5 came"):
        ClassMembers(TARGETS, torch.tensor([2, 0, 5, 0, 1]))


def test_labels_beyond_the_counts_are_refused() -> None:
    with pytest.raises(InputError, match=r"0 \.\. 3"):
        ClassMembers(TARGETS, COUNTS[:4])

"""Names that are made when they are asked for."""

import torch

from counterpoise.data.numbered import Numbered, names_at, numbered


def test_names_count_from_zero() -> None:
    names = numbered("train/", 3)
    assert (len(names), names[1], names[-1]) == (3, "train/1", "train/2")
    assert list(names) == ["train/0", "train/1", "train/2"]
    assert list(names[1:]) == ["train/1", "train/2"]


def test_some_of_them_keep_their_numbers() -> None:
    some = names_at(numbered("x:", 10), torch.tensor([7, 2]))
    assert isinstance(some, Numbered)
    assert list(some) == ["x:7", "x:2"]


def test_plain_names_stay_plain() -> None:
    assert names_at(("a", "b", "c"), torch.tensor([2, 0])) == ("c", "a")

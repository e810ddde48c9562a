import torch

from counterpoise.detection import Found


def test_as_many_as_there_are_scores() -> None:
    assert len(Found(torch.zeros(3, 4), torch.zeros(3), torch.zeros(3).long())) == 3

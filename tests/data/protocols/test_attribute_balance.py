import numpy as np
import pytest
import torch

from counterpoise.data.protocols import attribute_balanced_selection
from counterpoise.errors import InputError


def test_the_choice_is_flatter_than_the_samples() -> None:
    attributes = torch.rand(300, 8) < torch.tensor([0.9, 0.5, 0.3, 0.2, 0.1, 0.1, 0.05, 0.05])
    chosen = attribute_balanced_selection(attributes, 30)
    histogram = attributes[chosen].sum(dim=0).double()
    assert len(set(chosen.tolist())) == 30
    assert (histogram / histogram.sum()).std() < 0.4 * (attributes.sum(dim=0) / attributes.sum()).std()


def test_every_step_takes_the_first_of_the_best() -> None:
    attributes = torch.tensor([[1, 0], [1, 0], [0, 1], [1, 1], [0, 0]], dtype=torch.bool)
    assert attribute_balanced_selection(attributes, 4).tolist() == [3, 0, 2, 1]


def test_the_choice_is_that_of_a_search_through_all_deviations() -> None:
    attributes = torch.rand(80, 7) < 0.3
    left, histogram, wanted = attributes.any(dim=1).tolist(), np.zeros(7), []
    for _ in range(25):
        spreads = [
            np.std((histogram + row) / ((histogram + row).sum() + 1e-9)) if free else np.inf
            for row, free in zip(attributes.double().numpy(), left, strict=True)
        ]
        wanted.append(int(np.array(spreads).argmin()))
        left[wanted[-1]] = False
        histogram += attributes[wanted[-1]].double().numpy()
    assert attribute_balanced_selection(attributes, 25).tolist() == wanted


def test_no_sample_may_be_wanted() -> None:
    assert attribute_balanced_selection(torch.ones(3, 2, dtype=torch.bool), 0).tolist() == []


@pytest.mark.parametrize("size", [-1, 3])
def test_more_than_there_are_with_an_attribute_is_refused(size: int) -> None:
    with pytest.raises(InputError, match="samples with an attribute, but 2 came"):
        attribute_balanced_selection(torch.tensor([[1, 0], [0, 0], [0, 1]], dtype=torch.bool), size)

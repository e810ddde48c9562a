import pytest
import torch
from torch.testing import assert_close

from counterpoise.data import block_counts
from counterpoise.errors import InputError

DENSITY = torch.rand(2, 1, 6, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def test_counts_are_those_of_a_loop() -> None:
    counts = block_counts(DENSITY, 3)
    assert counts.shape == (2, 1, 2, 3)
    for b in range(2):
        for x in range(2):
            for y in range(3):
                block = DENSITY[b, 0, 3 * x : 3 * x + 3, 3 * y : 3 * y + 3]
                assert counts[b, 0, x, y].item() == pytest.approx(block.sum().item())


def test_nobody_is_lost() -> None:
    whole = DENSITY.sum(dim=(1, 2, 3))
    assert_close(block_counts(DENSITY, 3).sum(dim=(1, 2, 3)), whole, rtol=1e-12, atol=0)


@pytest.mark.parametrize("size", [2, 4, 0])
def test_a_map_that_is_no_multiple_is_refused(size: int) -> None:
    with pytest.raises(InputError, match=rf"\(6, 9\) pixels came for blocks of {size}; pad"):
        block_counts(DENSITY, size)

import pytest
import torch
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.trackers import FeatureQueue


def test_the_oldest_rows_give_way() -> None:
    queue = FeatureQueue(2, size=6)
    start = queue.rows.clone()
    batches = [torch.full((2, 2), float(number)) for number in range(4)]
    pointers = []
    for batch in batches:
        queue.update(batch)
        pointers.append(int(queue.pointer))
    assert pointers == [2, 4, 0, 2]
    assert queue.rows[:, 0].tolist() == [3, 3, 1, 1, 2, 2]
    assert not torch.equal(queue.rows, start)


def test_it_begins_with_unit_rows() -> None:
    rows = FeatureQueue(5, size=7).rows
    assert_close(rows.norm(dim=1), torch.ones(7))
    assert len(rows.unique(dim=0)) == 7


@pytest.mark.parametrize("shape", [(4, 2), (0, 2), (3, 3), (12, 2)])
def test_a_batch_that_does_not_fit_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(
        InputError, match=r"a queue of 6 rows takes batches \(B, 2\) of a size that divides it"
    ):
        FeatureQueue(2, size=6).update(torch.zeros(shape))


def test_a_queue_has_rows() -> None:
    with pytest.raises(InputError, match="at least 1 row, but 0 came"):
        FeatureQueue(2, size=0)

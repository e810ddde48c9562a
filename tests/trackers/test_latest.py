import torch

from counterpoise.trackers.latest import dealt_rows, last_of_each


def test_the_last_row_of_each_index() -> None:
    index = torch.tensor([5, 2, 5, 9, 2, 5])
    found = last_of_each(index)
    assert index[found].tolist() == [2, 5, 9]
    assert found.tolist() == [4, 5, 3]


def test_distinct_rows_and_none() -> None:
    assert last_of_each(torch.tensor([3, 1, 2])).tolist() == [1, 2, 0]
    assert last_of_each(torch.zeros(0, dtype=torch.int64)).tolist() == []


def test_one_process_holds_the_whole_batch() -> None:
    rows = torch.rand(3, 2, requires_grad=True)
    assert torch.equal(dealt_rows(rows), rows)
    assert not dealt_rows(rows).requires_grad

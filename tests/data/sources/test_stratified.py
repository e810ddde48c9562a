import torch

from counterpoise.data.sources.stratified import set_aside, strata, three_way


def test_each_class_is_shared_out_by_itself() -> None:
    targets = torch.tensor([0] * 100 + [1] * 3 + [2] * 2 + [3])
    parts = three_way(targets, seed=0)
    counts = {name: targets[part].bincount(minlength=4).tolist() for name, part in parts.items()}
    assert counts == {"train": [70, 1, 1, 1], "val": [10, 1, 0, 0], "test": [20, 1, 1, 0]}
    assert torch.cat(list(parts.values())).sort().values.tolist() == list(range(106))


def test_empty_splits_are_left_out() -> None:
    assert set(three_way(torch.tensor([0, 0, 1]), seed=0)) == {"train", "test"}


def test_setting_aside() -> None:
    targets = torch.tensor([0] * 50 + [1] * 4 + [2] * 2)
    remaining, aside = set_aside(targets, 0.2, seed=1)
    assert targets[aside].bincount(minlength=3).tolist() == [10, 1, 0]
    assert sorted(remaining.tolist() + aside.tolist()) == list(range(56))
    assert remaining.tolist() == sorted(remaining.tolist())
    assert not torch.equal(aside, set_aside(targets, 0.2, seed=2)[1])


def test_a_large_share_leaves_one() -> None:
    remaining, aside = set_aside(torch.tensor([0] * 4 + [1] * 3), 0.99, seed=0)
    assert (len(remaining), len(aside)) == (2, 5)


def test_samples_with_several_labels_are_shared_out_by_the_rarest() -> None:
    marks = torch.tensor([[1, 1, 0], [1, 0, 0], [0, 0, 0], [1, 0, 1], [1, 1, 1]]).bool()
    assert strata(marks).tolist() == [1, 0, 3, 2, 1]
    assert strata(torch.tensor([2, 0])).tolist() == [2, 0]

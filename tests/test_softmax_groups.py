import torch

from counterpoise.softmax_groups import group_labels, group_sizes, groups_by_count

GROUPS = torch.tensor([2, 0, 1, 0, 2])


def test_groups_begin_at_10_100_and_1000() -> None:
    counts = torch.tensor([0, 9, 10, 99, 100, 999, 1000, 5000])
    assert groups_by_count(counts).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_groups_without_a_class_have_no_number() -> None:
    assert groups_by_count(torch.tensor([5000, 20, 3000])).tolist() == [1, 0, 1]
    assert groups_by_count(torch.tensor([4, 4]), edges=(3,)).tolist() == [0, 0]


def test_each_softmax_has_its_classes_and_one_output_more() -> None:
    assert group_sizes(GROUPS) == [2, 3, 2, 3]


def test_labels_are_positions_within_a_group_and_0_elsewhere() -> None:
    assert group_labels(GROUPS).tolist() == [
        [0, 1, 1, 1, 1, 1],
        [0, 0, 1, 0, 2, 0],
        [0, 0, 0, 1, 0, 0],
        [0, 1, 0, 0, 0, 2],
    ]


def test_every_class_is_in_one_group() -> None:
    labels = group_labels(torch.randint(0, 4, (30,)))
    assert (labels[1:, 1:] > 0).sum(dim=0).tolist() == [1] * 30
    assert not labels[:, 0].any()

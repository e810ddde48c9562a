import pytest
import torch

from counterpoise.data.protocols import attribute_ranks, cluster_ranks, order_by_rank, shuffled_order
from counterpoise.errors import InputError

TARGETS = torch.tensor([0] * 6 + [1] * 4)
CLUSTERS = torch.tensor([2, 2, 2, 0, 0, 1, 1, 1, 3, 0])


def test_the_largest_cluster_of_a_class_has_rank_zero_and_equal_ones_keep_their_order() -> None:
    assert cluster_ranks(TARGETS, CLUSTERS).tolist() == [0, 0, 0, 1, 1, 2, 0, 0, 2, 1]


def test_clusters_are_joined_to_as_many_groups() -> None:
    assert attribute_ranks(TARGETS, CLUSTERS, groups=2).tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 1, 0]
    assert attribute_ranks(TARGETS, CLUSTERS, groups=4).tolist() == cluster_ranks(TARGETS, CLUSTERS).tolist()
    six = torch.arange(6).repeat_interleave(torch.tensor([9, 8, 7, 6, 5, 4]))
    ranks = attribute_ranks(torch.zeros_like(six), six)
    assert torch.bincount(ranks).tolist() == [17, 13, 9]


def test_larger_clusters_come_first_each_in_its_own_order() -> None:
    assert order_by_rank(TARGETS, CLUSTERS).tolist() == [0, 1, 2, 6, 7, 3, 4, 9, 5, 8]


def test_a_shuffled_order_is_one_of_its_seed() -> None:
    assert shuffled_order(50, seed=1).sort().values.tolist() == list(range(50))
    assert torch.equal(shuffled_order(50, seed=1), shuffled_order(50, seed=1))
    assert not torch.equal(shuffled_order(50, seed=1), shuffled_order(50, seed=2))


@pytest.mark.parametrize("groups", [0, 5])
def test_more_groups_than_clusters_are_refused(groups: int) -> None:
    with pytest.raises(InputError, match="at least as many clusters as groups, but 4 and"):
        attribute_ranks(TARGETS, CLUSTERS, groups=groups)


def test_labels_and_clusters_that_do_not_fit_are_refused() -> None:
    for targets, clusters in ((TARGETS[1:], CLUSTERS), (TARGETS, CLUSTERS - 1), (TARGETS[:0], CLUSTERS[:0])):
        with pytest.raises(InputError, match="a label and a cluster from 0 for each sample"):
            cluster_ranks(targets, clusters)

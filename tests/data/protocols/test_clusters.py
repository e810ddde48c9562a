import pytest
import torch
from torch import Tensor

from counterpoise.data.protocols import cluster_within_classes
from counterpoise.errors import InputError


def tinted(per_class: int = 30) -> tuple[Tensor, Tensor, Tensor]:
    """Features that three colours set apart in each of two classes, 7:2:1; class 1 has no sample."""
    colours = torch.tensor([0] * 21 + [1] * 6 + [2] * 3).repeat(2)[: 2 * per_class]
    targets = torch.tensor([0, 2]).repeat_interleave(per_class)
    features = 10 * torch.eye(4)[colours] + targets.unsqueeze(1) + 0.1 * torch.randn(len(targets), 4)
    order = torch.randperm(len(targets))
    return features[order], targets[order], colours[order]


def test_colours_are_found_again_in_each_class() -> None:
    features, targets, colours = tinted()
    found = cluster_within_classes(features, targets, num_classes=3, clusters=3)
    for label in (0, 2):
        pairs = {
            (int(a), int(b)) for a, b in zip(found[targets == label], colours[targets == label], strict=True)
        }
        assert len(pairs) == 3
        assert {cluster for cluster, _ in pairs} == {0, 1, 2}


def test_the_same_seed_gives_the_same_clusters_and_a_class_alone_has_its_own() -> None:
    features, targets, _ = tinted()
    found = cluster_within_classes(features, targets, num_classes=3, clusters=4, seed=5)
    assert torch.equal(found, cluster_within_classes(features, targets, num_classes=3, clusters=4, seed=5))
    alone = targets == 2
    again = cluster_within_classes(features[alone], targets[alone], num_classes=3, clusters=4, seed=5)
    assert torch.equal(found[alone], again)


def test_a_class_with_fewer_samples_than_clusters_is_refused() -> None:
    features, targets, _ = tinted()
    with pytest.raises(InputError, match="at least as many samples as clusters, 31, but class 0 has 30"):
        cluster_within_classes(features, targets, num_classes=3, clusters=31)


@pytest.mark.parametrize("clusters", [0, -1])
def test_no_clusters_are_refused(clusters: int) -> None:
    features, targets, _ = tinted()
    with pytest.raises(InputError, match="clusters must be at least 1"):
        cluster_within_classes(features, targets, num_classes=3, clusters=clusters)


def test_a_class_with_too_few_is_called_by_its_name() -> None:
    features, targets, _ = tinted()
    options = {"num_classes": 3, "clusters": 31, "class_names": ("ant", "bee", "cat")}
    with pytest.raises(InputError, match=r"as clusters, 31, but class 'ant' has 30 \(2 such classes\); take"):
        cluster_within_classes(features, targets, **options)


def test_features_that_do_not_fit_are_refused() -> None:
    features, targets, _ = tinted()
    broken = features.clone()
    broken[0, 0] = torch.nan
    for wrong in (features[1:], features.flatten(), broken):
        with pytest.raises(InputError, match=r"features must be \(60, D\) finite numbers"):
            cluster_within_classes(wrong, targets, num_classes=3)

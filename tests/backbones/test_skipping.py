import copy

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.backbones import ExpertBackbone, SkippingExperts, expert_cifar_resnet32, expert_small_cnn
from counterpoise.classifiers import RoutedClassifier, cosine_experts
from counterpoise.net import Net

SIZE = 8


@pytest.fixture(params=[expert_small_cnn, expert_cifar_resnet32])
def backbone(request: pytest.FixtureRequest) -> ExpertBackbone:
    return request.param(channels=1).eval()


@pytest.fixture
def routed(backbone: ExpertBackbone) -> RoutedClassifier:
    return RoutedClassifier(cosine_experts(backbone.num_features, 4, experts=3), top=2)


@pytest.fixture
def images() -> Tensor:
    return torch.randn(40, 1, SIZE, SIZE)


def asking_for(routed: RoutedClassifier, features: Tensor, share: float) -> None:
    """Move the routers' threshold, so that a share of the samples needs a second expert."""
    first = routed.routed(features)[1][:, 0]
    routed.router.shared.bias.data -= first.quantile(1 - share)


def rows_of_each(backbone: ExpertBackbone) -> list[int]:
    """How many rows each expert gets from now on."""
    rows = [0] * backbone.num_experts

    def watch(number: int) -> None:
        def count(module: object, given: tuple[Tensor], found: Tensor) -> None:
            rows[number] += len(given[0])

        backbone.experts[number].register_forward_hook(count)

    for number in range(backbone.num_experts):
        watch(number)
    return rows


@torch.no_grad()
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_answers_are_those_of_all_experts_and_skipped_rows_are_not_computed(
    backbone: ExpertBackbone, routed: RoutedClassifier, images: Tensor, share: float
) -> None:
    features = backbone(images)
    asking_for(routed, features, share)
    asked = routed.asked(features)
    wanted = Net(backbone, routed)(images)
    rows = rows_of_each(backbone)
    assert_close(Net(SkippingExperts(backbone, routed.asked), routed)(images), wanted)
    assert rows == asked.sum(dim=0).tolist()
    assert rows[0] == 40
    assert rows[1] == pytest.approx(40 * share, abs=1)


@torch.no_grad()
def test_features_of_experts_that_are_not_asked_are_zeros(
    backbone: ExpertBackbone, routed: RoutedClassifier, images: Tensor
) -> None:
    features = backbone(images)
    asking_for(routed, features, 0.5)
    kept = routed.asked(features).repeat_interleave(backbone.num_features // 3, dim=1)
    found = SkippingExperts(backbone, routed.asked)(images)
    assert_close(found, features.where(kept, 0))
    assert (found == 0).sum() > 40


def test_it_can_be_copied_with_the_classifier_that_it_asks(
    backbone: ExpertBackbone, routed: RoutedClassifier, images: Tensor
) -> None:
    net = Net(SkippingExperts(backbone, routed.asked), routed)
    copied = copy.deepcopy(net)
    assert copied.backbone.asked.__self__ is copied.classifier  # pyright: ignore
    assert net.backbone.num_experts == 3
    assert torch.equal(copied(images), net(images))
    assert net.state_dict().keys() == copied.state_dict().keys()

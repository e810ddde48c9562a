import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from counterpoise.classifiers import (
    CosineClassifier,
    Experts,
    ExpertsClassifier,
    HierarchicalClassifier,
    LinearClassifier,
    cosine_experts,
)
from counterpoise.classifiers.experts import with_experts
from counterpoise.errors import InputError
from counterpoise.net import Net


@pytest.fixture
def features() -> Tensor:
    return torch.randn(6, 3 * 8)


def made() -> ExpertsClassifier:
    return ExpertsClassifier(
        [LinearClassifier(8, 5), CosineClassifier(8, 5), LinearClassifier(8, 5, bias=False)]
    )


def test_each_expert_answers_for_its_own_features(features: Tensor) -> None:
    classifier = made()
    pairs = zip(classifier.classifiers, features.split(8, dim=1), strict=True)
    wanted = torch.stack([one(part) for one, part in pairs], dim=1)
    assert torch.equal(classifier.by_expert(features), wanted)
    assert torch.equal(classifier.outputs(features), wanted.flatten(1))
    assert_close(classifier(features), wanted.mean(dim=1))
    assert (classifier.dim, classifier.num_classes, classifier.num_experts) == (24, 5, 3)


def test_the_experts_of_ride_are_scaled_cosines(features: Tensor) -> None:
    classifier = cosine_experts(24, 5, experts=3)
    weights = [one.weight for one in classifier.classifiers]
    assert_close(torch.stack([weight.norm(dim=1) for weight in weights]), torch.ones(3, 5))  # pyright: ignore
    cosines = torch.cosine_similarity(features[:, 8:16].unsqueeze(1), weights[1].unsqueeze(0), dim=2)  # pyright: ignore
    assert_close(classifier.by_expert(features)[:, 1], 30 * cosines)


def test_experts_start_apart_and_fresh_weights_are_others(features: Tensor) -> None:
    classifier = cosine_experts(24, 5, experts=3)
    first, second, _ = classifier.classifiers
    assert not torch.equal(first.weight, second.weight)  # pyright: ignore
    before = classifier(features)
    classifier.reset_parameters()
    assert not torch.allclose(classifier(features), before)


def test_a_net_of_experts_is_exported_with_its_mean(features: Tensor) -> None:
    net = Net(nn.Identity(), made()).eval()
    program = torch.export.export(net, (features,))
    assert_close(program.module()(features), net(features))


def test_the_ability_is_that_of_several_experts() -> None:
    assert isinstance(made(), Experts)
    assert with_experts(classifier := made(), "Someone") is classifier
    levels = torch.tensor([[0, 0, 1], [0, 1, 2]])
    others = (LinearClassifier(8, 5), HierarchicalClassifier(8, levels, representatives=torch.rand(3)))
    for other in (*others, ExpertsClassifier([LinearClassifier(8, 5)])):
        with pytest.raises(
            InputError, match=f"Someone needs .* but {type(other).__name__} came; train with ride"
        ):
            with_experts(other, "Someone")


def test_classifiers_of_different_sizes_are_refused() -> None:
    with pytest.raises(InputError, match=r"\[\(8, 5\), \(8, 6\)\]; make them all alike"):
        ExpertsClassifier([LinearClassifier(8, 6), LinearClassifier(8, 5)])
    with pytest.raises(InputError, match="one size"):
        ExpertsClassifier([])


def test_features_of_another_number_of_experts_are_refused(features: Tensor) -> None:
    with pytest.raises(InputError, match=r"outputs of 3 experts, .* but \(6, 23\) came"):
        made().outputs(features[:, 1:])
    with pytest.raises(InputError, match="24 features cannot be shared out among 5 experts"):
        cosine_experts(24, 5, experts=5)

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.classifiers import CosineClassifier, Hierarchical, HierarchicalClassifier, LinearClassifier
from counterpoise.errors import InputError
from counterpoise.hierarchy import equal_number_split
from counterpoise.net import Net

LEVELS = torch.tensor([[0, 0, 0, 1, 1], [0, 0, 1, 2, 2], [0, 1, 2, 3, 4]])
AGES = torch.tensor([10.0, 20.0, 30.0, 40.0, 50.0])


def made(**options: bool) -> HierarchicalClassifier:
    return HierarchicalClassifier(8, LEVELS, representatives=AGES, **options)


@pytest.fixture
def features() -> Tensor:
    return torch.randn(6, 8)


def test_every_level_is_a_linear_layer_of_the_same_features(features: Tensor) -> None:
    classifier, outputs = made(), made().outputs(features)
    assert outputs.shape == (6, 2 + 3 + 5)
    assert classifier.coarse is not None
    layers = [*classifier.coarse.weight.split([2, 3]), classifier.weight]
    biases = [*classifier.coarse.bias.split([2, 3]), classifier.bias]
    wanted = [
        features @ weight.detach().T + bias.detach() for weight, bias in zip(layers, biases, strict=True)
    ]
    assert_close(classifier.outputs(features).detach(), torch.cat(wanted, dim=1))


def test_a_call_gives_the_finest_level_alone(features: Tensor) -> None:
    classifier = made()
    assert torch.equal(classifier(features), classifier.outputs(features)[:, -5:])
    assert classifier.num_classes == 5


def test_one_level_is_a_linear_classifier(features: Tensor) -> None:
    classifier = HierarchicalClassifier(8, LEVELS[-1:], representatives=AGES)
    linear = LinearClassifier(8, 5)
    linear.load_state_dict({"linear.weight": classifier.weight, "linear.bias": classifier.bias})
    assert torch.equal(classifier.outputs(features), linear(features))


@pytest.mark.parametrize("detached", [False, True])
def test_coarse_levels_train_the_features_unless_they_are_detached(features: Tensor, detached: bool) -> None:
    classifier = made(detached=detached)
    features.requires_grad_()
    coarse, finest = classifier.outputs(features).split([5, 5], dim=1)
    gradients = [
        torch.autograd.grad(part.square().sum(), features, retain_graph=True, materialize_grads=True)[0]
        for part in (coarse, finest)
    ]
    assert gradients[0].any() == (not detached)
    assert gradients[1].any()


def test_coarse_levels_are_trained_where_they_are_detached(features: Tensor) -> None:
    classifier = made(detached=True)
    classifier.outputs(features).square().sum().backward()
    assert all(weight.grad is not None and weight.grad.any() for weight in classifier.parameters())


def test_levels_and_representatives_are_kept_with_the_weights() -> None:
    classifier = made()
    other = HierarchicalClassifier(8, LEVELS, representatives=torch.zeros(5))
    other.load_state_dict(classifier.state_dict())
    assert torch.equal(other.representatives, AGES)
    assert torch.equal(other.levels, LEVELS)


def test_fresh_weights_are_others() -> None:
    classifier = made()
    before = [weight.clone() for weight in classifier.parameters()]
    classifier.reset_parameters()
    pairs = zip(before, classifier.parameters(), strict=True)
    assert not any(torch.equal(old, new) for old, new in pairs)


def test_it_is_exported_without_its_coarse_levels(features: Tensor) -> None:
    net = Net(torch.nn.Identity(), made()).eval()
    program = torch.export.export(net, (features,))
    assert torch.equal(program.module()(features), net(features))
    products = [node for node in program.graph.nodes if "linear" in str(node.target)]
    assert len(products) == 1


def test_the_ability_is_that_of_this_classifier_and_not_of_channel_groups() -> None:
    assert isinstance(made(), Hierarchical)
    assert not isinstance(LinearClassifier(8, 5), Hierarchical)
    assert not isinstance(CosineClassifier(8, 5, groups=2), Hierarchical)


def test_a_level_may_have_one_class(features: Tensor) -> None:
    levels = equal_number_split(torch.tensor([0, 0, 9, 0, 0]), 2)
    classifier = HierarchicalClassifier(8, levels, representatives=AGES)
    assert classifier.outputs(features).shape == (6, 1 + 5)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match=r"5 representatives, one for each finest class, but \(4,\) came"):
        HierarchicalClassifier(8, LEVELS, representatives=AGES[:4])
    with pytest.raises(InputError, match="last row of levels"):
        HierarchicalClassifier(8, LEVELS[:2], representatives=AGES[:3])

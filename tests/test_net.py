import pytest
import torch
from torch import nn

from counterpoise.classifiers import CosineClassifier, LinearClassifier
from counterpoise.net import Classifier, Net


def small_net() -> Net:
    return Net(nn.Sequential(nn.Flatten(), nn.Linear(6, 4)), LinearClassifier(4, 3))


def test_logits_are_the_classifier_over_the_features() -> None:
    net, images = small_net(), torch.randn(5, 2, 3)
    features = net.features(images)
    assert features.shape == (5, 4)
    assert torch.equal(net(images), net.classifier(features))


def test_its_classifiers_have_names() -> None:
    net = small_net()
    assert dict(net.classifiers) == {"all": net.classifier}


def test_rewiring_gives_another_net_over_the_same_backbone() -> None:
    net, heard = small_net(), []
    other = CosineClassifier(4, 7)

    def change(place: str, classifier: Classifier) -> Classifier:
        heard.append((place, classifier))
        return other

    before = net.classifier
    rewired = net.rewired(change)
    assert heard == [("all", before)]
    assert rewired.classifier is other
    assert rewired.backbone is net.backbone
    assert net.classifier is before


def test_parameters_are_found_by_the_names_of_their_places() -> None:
    names = {name.partition(".")[0] for name, _ in small_net().named_parameters()}
    assert names == {"backbone", "classifier"}


def test_a_net_can_be_exported() -> None:
    net, images = small_net().eval(), torch.randn(5, 2, 3)
    exported = torch.export.export(net, (images,)).module()
    assert torch.equal(exported(images), net(images))


def test_the_loss_consumes_the_logits_of_a_classifier() -> None:
    classifier, features = LinearClassifier(4, 3), torch.randn(5, 4)
    assert torch.equal(classifier.outputs(features), classifier(features))


def test_a_classifier_without_forward_cannot_be_made() -> None:
    class Nothing(Classifier):
        pass

    with pytest.raises(TypeError, match="forward"):
        Nothing()  # pyright: ignore[reportAbstractUsage]

"""A whole split through a net."""

import torch

from counterpoise.data.data import Data
from counterpoise.recipes import cross_entropy
from counterpoise.training.encode import encode, scores


def test_features_are_those_of_one_batch_whatever_the_batch_size(tiny: Data) -> None:
    net = cross_entropy(tiny).net().eval()
    split = tiny.splits["test"]
    together = encode(net, split, tiny.facts)
    assert together.shape == (len(split), net.classifier.dim)
    torch.testing.assert_close(encode(net, split, tiny.facts, batch_size=3), together)


def test_encoding_uses_the_statistics_of_training(tiny: Data) -> None:
    net = cross_entropy(tiny).net().train()
    before = {name: value.clone() for name, value in net.named_buffers()}
    encode(net, tiny.splits["test"], tiny.facts)
    assert all(torch.equal(before[name], value) for name, value in net.named_buffers())


def test_scores_in_chunks_are_those_at_once(tiny: Data) -> None:
    net = cross_entropy(tiny).net()
    features = torch.randn(5000, net.classifier.dim)
    with torch.no_grad():
        torch.testing.assert_close(scores(net.classifier, features), net.classifier(features))

"""A whole split through a net."""

from collections.abc import Callable

import pytest
import torch
from torch import nn

from counterpoise.data.augmentation import Plain
from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.recipes import cross_entropy
from counterpoise.training.encode import encode, scores


def test_features_do_not_depend_on_the_batches(make_data: Callable[..., Data]) -> None:
    data = make_data((120, 101, 100, 20, 19, 3))
    net = Net(nn.Sequential(nn.Flatten(), nn.Linear(64, 5), nn.BatchNorm1d(5), nn.Dropout()), nn.Linear(5, 6))
    split = data.splits["test"]
    plain = Plain(8, data.facts.mean, data.facts.std)
    expected = net.eval().features(plain.batch(split.samples.images, torch.empty(0)))
    for batch_size in (1, 3, 256):
        found = encode(net.train(), split, data.facts, batch_size=batch_size)
        torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)
    assert net.backbone[2].num_batches_tracked == 0


def test_many_features_are_scored_in_chunks() -> None:
    features = torch.randn(5000, 3)
    classifier = nn.Linear(3, 2)
    torch.testing.assert_close(scores(classifier, features), classifier(features))


def test_encoding_uses_the_statistics_of_training(tiny: Data) -> None:
    net = cross_entropy(tiny).net().train()
    before = {name: value.clone() for name, value in net.named_buffers()}
    encode(net, tiny.splits["test"], tiny.facts)
    assert all(torch.equal(before[name], value) for name, value in net.named_buffers())


def test_pictures_with_objects_have_no_features_as_a_whole(tiny_scenes: Data) -> None:
    with pytest.raises(InputError, match="made-up has pictures with objects"):
        encode(Net(nn.Identity(), nn.Identity()), tiny_scenes.splits["test"], tiny_scenes.facts)

import pytest
import torch
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.steps import Encode, EncodeTogether, stream_features

from .unlabeled import joined, normalized_net, running_mean, streams


def test_one_pass_encodes_the_batch_and_the_streams() -> None:
    net, seen = normalized_net(), joined(streams())
    found = EncodeTogether(Encode(), ["unlabeled", "strong"])(net, seen)
    inputs = torch.cat([batch.inputs for batch in seen.streams.values()])
    whole = net.features(inputs)
    assert_close(torch.cat([found.features, found.beside["unlabeled"], found.beside["strong"]]), whole)
    assert len(found.features) == 6
    assert found.inputs is seen.inputs
    apart = net.features(seen.inputs)
    assert not torch.allclose(found.features, apart), "batch norms see one batch"


def test_features_of_a_stream_are_those_that_came_along() -> None:
    net, seen = normalized_net(), joined(streams())
    together = EncodeTogether(Encode(), ["strong"])(net, seen)
    assert stream_features(net, together, "strong") is together.beside["strong"]


def test_a_pass_of_its_own_leaves_running_statistics_alone() -> None:
    net, seen = normalized_net(), joined(streams())
    before = running_mean(net)
    found = stream_features(net, seen, "strong")
    assert torch.equal(running_mean(net), before)
    assert_close(found, net.features(seen.streams["strong"].inputs))
    assert found.requires_grad


def test_a_stream_that_is_not_there_is_refused() -> None:
    net, seen = normalized_net(), joined(streams())
    with pytest.raises(
        InputError, match="reads the stream 'other', but there are only train, unlabeled, strong"
    ):
        stream_features(net, seen, "other")

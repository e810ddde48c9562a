import pytest
import torch
from torch import nn
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.steps import Seen, SiameseSimilarity

from .unlabeled import DIM, normalized_net, streams


def parts() -> tuple[SiameseSimilarity, Seen]:
    views = streams(unlabeled=16)
    step = SiameseSimilarity(DIM, projected=12, hidden=3).double()
    return step, Seen({name: views[name] for name in ("unlabeled", "strong")})


def test_each_view_predicts_the_other() -> None:
    net, (step, seen) = normalized_net(), parts()
    z = [step.projector(net.features(seen.streams[name].inputs)) for name in ("unlabeled", "strong")]
    cosines = [
        torch.cosine_similarity(step.predictor(z[one]), z[1 - one].detach(), dim=1).mean() for one in (0, 1)
    ]
    term = step(net, seen).terms["similarity"]
    wanted = -(cosines[0] + cosines[1]) / 2
    assert_close(term, wanted)
    weights = [*net.backbone.parameters(), *step.parameters()]
    for found, right in zip(
        torch.autograd.grad(term, weights), torch.autograd.grad(wanted, weights), strict=True
    ):
        assert_close(found, right)


def test_the_layers_are_those_of_the_paper() -> None:
    step = SiameseSimilarity(64)
    sizes = [
        [(layer.in_features, layer.out_features) for layer in part if isinstance(layer, nn.Linear)]
        for part in (step.projector, step.predictor)
    ]
    assert sizes == [[(64, 2048), (2048, 2048), (2048, 2048)], [(2048, 512), (512, 2048)]]
    last = step.projector[-1]
    assert isinstance(last, nn.BatchNorm1d)
    assert not last.affine


def test_a_layer_has_units() -> None:
    with pytest.raises(InputError, match="layers need at least 1 unit, but 2048 and 0 came"):
        SiameseSimilarity(4, hidden=0)

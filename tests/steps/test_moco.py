import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import contrastive_logits
from counterpoise.steps import MomentumContrast, Seen
from counterpoise.steps.moco import agreed_order, projected, shuffled

from .unlabeled import CLASSES, first_mean, last_weight, normalized_net, plain_net, running_mean, streams


def seen(rows: int = 8) -> Seen:
    views = streams(unlabeled=rows)
    return Seen({name: views[name] for name in ("unlabeled", "strong")})


def test_own_keys_are_told_from_the_queue() -> None:
    net, views = plain_net(), seen()
    step = MomentumContrast(net, queue=16, temperature=0.5).double()
    before = step.queue.rows.clone()
    term = step(net, views).terms["contrast"]
    queries, keys = (F.normalize(net(views.streams[name].inputs)) for name in ("unlabeled", "strong"))
    logits = contrastive_logits(queries, keys, before, temperature=0.5)
    assert_close(term, F.cross_entropy(logits, torch.zeros(8, dtype=torch.int64)))
    assert torch.equal(step.queue.rows, before), "the queue waits for the optimizer's step"
    term.backward()
    step.update(net, views)
    assert_close(step.queue.rows[:8], keys.detach())
    assert torch.equal(step.queue.rows[8:], before[8:])
    assert int(step.queue.pointer) == 8


def test_the_key_encoder_moves_before_it_encodes() -> None:
    net, views = plain_net(), seen()
    step = MomentumContrast(net, queue=16, decay=0.5).double()
    start = last_weight(step.keys).clone()
    last_weight(net).data += 2
    step(net, views)
    assert_close(last_weight(step.keys), start + 1)
    assert_close(step.newest, F.normalize(step.keys(views.streams["strong"].inputs)))


def test_only_the_query_encoder_learns() -> None:
    net, views = plain_net(), seen()
    step = MomentumContrast(net, queue=16).double()
    step(net, views).terms["contrast"].backward()
    assert all(weight.grad is not None for weight in net.parameters())
    assert not any(weight.requires_grad for weight in step.parameters())
    assert not step.newest.requires_grad


def test_each_encoder_has_batch_norms_of_its_own() -> None:
    net, views = normalized_net(), seen()
    step = MomentumContrast(net, queue=16).double()
    step(net, views)
    for encoder, name in ((net, "unlabeled"), (step.keys, "strong")):
        expected = 0.1 * first_mean(encoder, views.streams[name].inputs)
        assert_close(running_mean(encoder), expected)


def test_shares_are_normalised_apart_and_keys_in_another_mixture() -> None:
    net, views = normalized_net(), seen()
    step = MomentumContrast(net, queue=16, shares=2).double()
    torch.manual_seed(3)
    step(net, views)
    torch.manual_seed(3)
    order = agreed_order(8, torch.device("cpu"))
    inputs = views.streams["strong"].inputs
    shuffled = torch.cat([net(inputs[part]) for part in order.chunk(2)])
    wanted = torch.empty_like(shuffled)
    wanted[order] = shuffled
    assert_close(step.newest, F.normalize(wanted).detach())
    assert not torch.allclose(step.newest, projected(net, inputs, 2))


def test_without_shares_the_mixture_makes_no_difference() -> None:
    net, views = normalized_net(), seen()
    step = MomentumContrast(net, queue=16).double()
    step(net, views)
    assert_close(step.newest, projected(net, views.streams["strong"].inputs, 1).detach())


def test_images_are_shuffled_as_rows() -> None:
    images = torch.randn(6, 3, 4, 4)
    encoded: list[torch.Tensor] = []

    def encode(rows: torch.Tensor) -> torch.Tensor:
        encoded.append(rows)
        return rows.flatten(1)

    assert torch.equal(shuffled(encode, images), images.flatten(1))
    assert encoded[0].shape == images.shape
    assert not torch.equal(encoded[0], images)


def test_projections_have_the_size_of_the_classifier() -> None:
    assert MomentumContrast(plain_net(), queue=16).queue.rows.shape == (16, CLASSES)


def test_what_cannot_contrast_is_refused() -> None:
    with pytest.raises(InputError, match=r"a decay in 0 \.\. 1 and at least 1 share, but 2 and 1 came"):
        MomentumContrast(plain_net(), decay=2)
    with pytest.raises(InputError, match="8 rows cannot be normalised in 9 shares"):
        MomentumContrast(plain_net(), queue=16, shares=9).double()(plain_net(), seen())

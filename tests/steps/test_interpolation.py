import pytest
import torch
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import SoftmaxMSE
from counterpoise.ramps import Ramped
from counterpoise.steps import Interpolation, interpolated, mixed_targets
from counterpoise.steps.interpolation import Mixes
from counterpoise.steps.mixing import drawn

from .unlabeled import joined, last_weight, normalized_net, plain_net, running_mean, streams

ORDER = torch.tensor([2, 0, 1])


def test_rows_are_mixed_with_those_of_the_permutation() -> None:
    rows = torch.tensor([[0.0], [10.0], [20.0]])
    assert_close(interpolated(rows, 0.75, ORDER), torch.tensor([[5.0], [7.5], [17.5]]))


@pytest.mark.parametrize("mixes", ["logits", "predictions"])
def test_logits_or_predictions_are_mixed(mixes: Mixes) -> None:
    logits = torch.randn(3, 4, dtype=torch.float64)
    found = mixed_targets(logits, 0.75, ORDER, mixes=mixes).softmax(1)
    mixed = {
        "logits": (0.75 * logits + 0.25 * logits[ORDER]).softmax(1),
        "predictions": 0.75 * logits.softmax(1) + 0.25 * logits[ORDER].softmax(1),
    }
    assert_close(found, mixed[mixes])
    assert not torch.allclose(mixed["logits"], mixed["predictions"])


def test_the_student_reads_the_mixture_and_learns_that_of_the_teacher() -> None:
    net, seen = plain_net(), joined(streams())
    step = Interpolation(net, weight=Ramped(3.0, 0.0))
    last_weight(net).data.normal_()
    inputs = seen.streams["unlabeled"].inputs
    torch.manual_seed(5)
    term = step(net, seen).terms["ict"]
    torch.manual_seed(5)
    share, order = drawn(1.0, inputs)
    taught = interpolated(step.teacher(inputs), share, order)
    assert_close(term, 3 * SoftmaxMSE()(net(interpolated(inputs, share, order)), taught))
    term.backward()
    assert all(weight.grad is not None for weight in net.parameters())
    assert not any(weight.requires_grad for weight in step.parameters())


def test_the_teacher_moves_after_the_optimizer() -> None:
    net, seen = plain_net(), joined(streams())
    step = Interpolation(net)
    start = last_weight(step.teacher.net).clone()
    last_weight(net).data += 2
    step.update(net, seen)
    assert_close(last_weight(step.teacher.net), start + 1)


def test_batch_norms_of_the_student_track_the_mixture() -> None:
    net, seen = normalized_net(), joined(streams())
    before = running_mean(net)
    Interpolation(net)(net, seen)
    assert not torch.equal(running_mean(net), before)


def test_an_alpha_that_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(InputError, match=r"alpha must be a number of at least 0\.01"):
        Interpolation(plain_net(), alpha=0.0)


def test_only_logits_or_predictions_can_be_mixed() -> None:
    with pytest.raises(InputError, match="mixes must be one of logits, predictions, but 'labels' came"):
        Interpolation(plain_net(), mixes="labels")  # pyright: ignore[reportArgumentType]

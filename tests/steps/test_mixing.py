import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.testing import assert_close

from counterpoise.classifiers import LinearClassifier
from counterpoise.data.streams import Batch
from counterpoise.errors import InputError
from counterpoise.losses import ClassWeighted, CrossEntropy
from counterpoise.net import Net
from counterpoise.steps import CutMix, Mixup, Seen, Step, Supervise, supervised, total
from counterpoise.steps.mixing import drawn_range

BOTH = (Mixup, CutMix)
every_step = pytest.mark.parametrize("make", BOTH)
NET = Net(nn.Flatten(), LinearClassifier(12, 3))


def constant_images(count: int, height: int = 6, width: int = 9) -> Seen:
    """Image i of (count, 2, height, width) is i everywhere, and so is its target."""
    values = torch.arange(count, dtype=torch.float64)
    inputs = values.view(-1, 1, 1, 1).expand(-1, 2, height, width).contiguous()
    return Seen({}, inputs=inputs, index=torch.arange(count), mixture=((1.0, torch.arange(count)),))


def step(make: type[Step], seen: Seen, alpha: float = 1.0, seed: int = 0) -> Seen:
    torch.manual_seed(seed)
    return make(alpha)(NET, seen)  # pyright: ignore[reportCallIssue]


@every_step
def test_the_shares_sum_to_one(make: type[Step]) -> None:
    for seed in range(50):
        shares = [share for share, _ in step(make, constant_images(4), seed=seed).mixture]
        assert len(shares) == 2
        assert math.fsum(shares) == pytest.approx(1, abs=1e-15)
        assert all(0 <= share <= 1 for share in shares)


def test_mixup_moves_the_targets_with_the_pixels() -> None:
    for seed in range(20):
        seen = step(Mixup, constant_images(7), seed=seed)
        (share, own), (rest, other) = seen.mixture
        assert own.tolist() == list(range(7))
        assert sorted(other.tolist()) == list(range(7))
        for image, first, second in zip(seen.inputs, own.tolist(), other.tolist(), strict=True):
            wanted = torch.full_like(image, share * first + rest * second)
            assert_close(image, wanted, rtol=0, atol=1e-14)


def test_cutmix_shares_are_counted_pixels() -> None:
    shares = set()
    for seed in range(60):
        seen = step(CutMix, constant_images(7), seed=seed)
        (share, own), (_, other) = seen.mixture
        shares.add(share)
        for image, first, second in zip(seen.inputs, own.tolist(), other.tolist(), strict=True):
            assert set(image.unique().tolist()) <= {first, second}
            if first != second:
                assert (image == first).double().mean().item() == pytest.approx(share, abs=1e-15)
    assert len(shares) > 10


def test_cutmix_pastes_one_rectangle_at_its_own_place() -> None:
    inputs = torch.arange(4.0).view(4, 1, 1, 1) * 1000 + torch.arange(54.0).view(1, 1, 6, 9)
    before = Seen({}, inputs=inputs, index=torch.arange(4), mixture=((1.0, torch.arange(4)),))
    seen = step(CutMix, before, seed=5)
    (_, _), (_, other) = seen.mixture
    pasted = (seen.inputs // 1000 != torch.arange(4).view(4, 1, 1, 1))[:, 0]
    assert torch.equal(seen.inputs % 1000, inputs % 1000), "a pixel keeps its place"
    boxes = {tuple(map(tuple, mask.nonzero().tolist())) for mask in pasted[other != torch.arange(4)]}
    (box,) = boxes
    rows, columns = (sorted(set(places)) for places in zip(*box, strict=True))
    assert len(box) == len(rows) * len(columns)
    for places in (rows, columns):
        assert places == list(range(places[0], places[-1] + 1))


def test_a_range_reaches_and_never_crosses_the_border() -> None:
    ranges = {(found.start, found.stop) for found in (drawn_range(5, 8) for _ in range(300))}
    assert ranges == {(max(centre - 2, 0), min(centre + 2, 8)) for centre in range(8)}


@pytest.mark.parametrize("alpha", [0.2, 1.0, 3.0])
def test_the_share_is_beta_distributed(alpha: float) -> None:
    torch.manual_seed(1)
    mixup, seen, draws = Mixup(alpha), constant_images(2, 1, 1), 4000
    shares = torch.tensor([mixup(NET, seen).mixture[0][0] for _ in range(draws)], dtype=torch.float64)
    variance = 1 / (4 * (2 * alpha + 1))
    assert shares.mean().item() == pytest.approx(0.5, abs=5 * math.sqrt(variance / draws))
    assert shares.var().item() == pytest.approx(variance, rel=0.1)


@pytest.mark.parametrize("inputs", [torch.rand(5, 12), torch.rand(5, 3, 4), torch.rand(5)])
def test_mixup_takes_inputs_of_any_shape(inputs: Tensor) -> None:
    before = Seen({}, inputs=inputs, index=torch.arange(5), mixture=((1.0, torch.arange(5)),))
    seen = step(Mixup, before)
    (share, _), (_, other) = seen.mixture
    assert_close(seen.inputs, share * inputs + (1 - share) * inputs[other])


@every_step
def test_a_mixture_that_is_there_is_mixed_further(make: type[Step]) -> None:
    seen = constant_images(5)
    some, others = torch.arange(5), torch.arange(5).flip(0)
    torch.manual_seed(3)
    twice = step(make, Seen({}, seen.inputs, seen.index, ((0.25, some), (0.75, others))), seed=3)
    (share, _), (_, order) = step(make, seen, seed=3).mixture
    wanted = (
        (0.25 * share, some),
        (0.75 * share, others),
        (0.25 * (1 - share), some[order]),
        (0.75 * (1 - share), others[order]),
    )
    assert [part for part, _ in twice.mixture] == pytest.approx([part for part, _ in wanted])
    assert all(torch.equal(a, b) for (_, a), (_, b) in zip(twice.mixture, wanted, strict=True))


@every_step
def test_the_mixture_of_losses_is_the_loss_of_soft_targets(make: type[Step]) -> None:
    seen, logits = step(make, constant_images(6)), torch.randn(6, 6, dtype=torch.float64)
    soft = sum(share * F.one_hot(targets, 6).double() for share, targets in seen.mixture)
    given = Seen({}, outputs=logits, mixture=seen.mixture)
    term = Supervise(CrossEntropy())(NET, given).terms["loss"]
    assert_close(term, F.cross_entropy(logits, soft), rtol=1e-12, atol=0)


def test_a_weighted_loss_weighs_each_target_by_its_own_class() -> None:
    weights, logits = torch.tensor([1.0, 2.0, 4.0]), torch.randn(3, 3)
    seen = step(Mixup, constant_images(3))
    loss = ClassWeighted(CrossEntropy(), weights)
    term = Supervise(loss)(NET, Seen({}, outputs=logits, mixture=seen.mixture)).terms["loss"]
    assert_close(term, sum(share * loss(logits, targets) for share, targets in seen.mixture))


@every_step
def test_one_seed_gives_one_result_and_another_another(make: type[Step]) -> None:
    first, again, other = (step(make, constant_images(9), seed=seed) for seed in (4, 4, 6))
    assert torch.equal(first.inputs, again.inputs)
    assert first.mixture[0][0] == again.mixture[0][0]
    assert torch.equal(first.mixture[1][1], again.mixture[1][1])
    assert not torch.equal(first.inputs, other.inputs)


@every_step
def test_the_batch_that_came_is_left_as_it_was(make: type[Step]) -> None:
    before = constant_images(5)
    kept = before.inputs.clone()
    seen = step(make, before)
    assert not torch.equal(seen.inputs, kept)
    assert torch.equal(before.inputs, kept)
    assert seen.index is before.index
    assert not make(1.0).state_dict()  # pyright: ignore[reportCallIssue]


@every_step
@pytest.mark.parametrize("count", [0, 1])
def test_a_batch_of_at_most_one_sample_keeps_its_pixels(make: type[Step], count: int) -> None:
    before = constant_images(count)
    assert_close(step(make, before).inputs, before.inputs)


@every_step
def test_images_stay_channels_last(make: type[Step]) -> None:
    before = constant_images(5)
    last = Seen({}, before.inputs.to(memory_format=torch.channels_last), before.index, before.mixture)
    assert step(make, last).inputs.is_contiguous(memory_format=torch.channels_last)


@every_step
def test_the_net_learns_from_the_mixed_images(make: type[Step]) -> None:
    net = Net(nn.Flatten(), LinearClassifier(75, 3))
    batch = Batch(torch.rand(6, 3, 5, 5), torch.arange(6) % 3, torch.arange(6))
    objective = supervised(CrossEntropy()).before("encode", mix=make(1.0))  # pyright: ignore[reportCallIssue]
    torch.manual_seed(5)
    seen = objective(net, {"train": batch})
    logits = net(seen.inputs)
    wanted = sum(share * F.cross_entropy(logits, targets) for share, targets in seen.mixture)
    assert_close(total(seen.terms), wanted)
    assert not torch.equal(seen.inputs, batch.inputs)


@every_step
@pytest.mark.parametrize("alpha", [0.0, -1.0, 1e-9, math.inf, math.nan])
def test_an_alpha_without_a_distribution_is_refused(make: type[Step], alpha: float) -> None:
    with pytest.raises(InputError, match=f"alpha must be a number of at least 0.01, but {alpha} came"):
        make(alpha)  # pyright: ignore[reportCallIssue]


def test_inputs_that_cannot_be_mixed_are_refused() -> None:
    rows = Seen({}, torch.rand(5, 12), torch.arange(5), ((1.0, torch.arange(5)),))
    with pytest.raises(
        InputError, match=r"expects images as \(B, C, H, W\), but inputs of shape \(5, 12\) came"
    ):
        CutMix(1.0)(NET, rows)
    whole = Seen({}, torch.ones(5, 12, dtype=torch.uint8), torch.arange(5), ((1.0, torch.arange(5)),))
    with pytest.raises(InputError, match=r"expects floating-point inputs, but torch\.uint8 came"):
        Mixup(1.0)(NET, whole)

import math
from collections.abc import Mapping

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from counterpoise.backbones import TwoBranch
from counterpoise.classifiers import LinearClassifier
from counterpoise.data.streams import Batch
from counterpoise.errors import InputError
from counterpoise.losses import CrossEntropy
from counterpoise.net import Net
from counterpoise.steps import (
    BilateralBranch,
    Objective,
    Score,
    Seen,
    Supervise,
    bilateral_mix,
    bilateral_share,
    released_bilateral_share,
    total,
)

ROWS, INPUTS, DIM, CLASSES = 5, 6, 4, 3


def two_branch_net(first: nn.Module | None = None) -> Net:
    """Linear branches over a linear trunk, and linear logits."""
    trunk = nn.Sequential(first or nn.Identity(), nn.Linear(INPUTS, 7), nn.ReLU())
    backbone = TwoBranch(trunk, nn.Linear(7, DIM), nn.Linear(7, DIM), num_features=2 * DIM)
    return Net(backbone, LinearClassifier(2 * DIM, CLASSES)).double()


def batch(shift: float = 0.0, rows: int = ROWS, labeled: bool = True) -> Batch:
    inputs = torch.randn(rows, INPUTS, dtype=torch.float64) + shift
    return Batch(inputs, torch.randint(CLASSES, (rows,)) if labeled else None, torch.arange(rows))


def streams() -> dict[str, Batch]:
    return {"train": batch(), "rebalancing": batch(shift=3.0)}


def objective(share: float) -> Objective:
    steps = Objective(
        bilateral=BilateralBranch(lambda epoch, epochs: share), score=Score(), loss=Supervise(CrossEntropy())
    )
    steps.set_epoch(0, 1)
    return steps


def looped_loss(net: Net, given: Mapping[str, Batch], share: float) -> Tensor:
    """Row by row and class by class, with a classifier for each branch, as the paper writes it; one bias."""
    backbone, classifier = net.backbone, net.classifier
    of_conventional, of_rebalancing = classifier.weight.split(DIM, dim=1)  # pyright: ignore
    losses = []
    for row in range(ROWS):
        f_c = backbone.conventional(backbone.trunk(given["train"].inputs[row]))  # pyright: ignore
        f_r = backbone.rebalancing(backbone.trunk(given["rebalancing"].inputs[row]))  # pyright: ignore
        logits = [
            2 * share * of_conventional[c].dot(f_c)
            + 2 * (1 - share) * of_rebalancing[c].dot(f_r)
            + classifier.bias[c]  # pyright: ignore
            for c in range(CLASSES)
        ]
        log_sum = torch.stack(logits).exp().sum().log()
        y_c, y_r = (int(given[name].targets[row]) for name in ("train", "rebalancing"))  # pyright: ignore
        losses.append(share * (log_sum - logits[y_c]) + (1 - share) * (log_sum - logits[y_r]))
    return torch.stack(losses).mean()


@pytest.mark.parametrize("share", [1.0, 0.75, 0.3, 0.0])
def test_the_loss_and_its_gradients_are_those_of_a_loop(share: float) -> None:
    net, given = two_branch_net(), streams()
    loss, wanted = total(objective(share)(net, given).terms), looped_loss(net, given, share)
    assert_close(loss, wanted, rtol=1e-12, atol=1e-14)
    parameters = list(net.parameters())
    gradients = zip(
        torch.autograd.grad(loss, parameters), torch.autograd.grad(wanted, parameters), strict=True
    )
    for found, expected in gradients:
        assert_close(found, expected, rtol=1e-10, atol=1e-14)


def test_a_mix_is_that_of_a_loop() -> None:
    conventional, rebalancing = torch.randn(2, ROWS, DIM, dtype=torch.float64)
    mixed = bilateral_mix(conventional, rebalancing, 0.3)
    assert mixed.shape == (ROWS, 2 * DIM)
    for row in range(ROWS):
        for place in range(DIM):
            assert mixed[row, place].item() == pytest.approx(0.6 * conventional[row, place].item())
            assert mixed[row, DIM + place].item() == pytest.approx(1.4 * rebalancing[row, place].item())


def test_half_a_share_is_the_whole_backbone_without_weights() -> None:
    net, given = two_branch_net(), batch()
    mixed = objective(0.5)(net, {"train": given, "rebalancing": given})
    assert_close(mixed.features, net.features(given.inputs), rtol=1e-12, atol=1e-14)
    assert_close(mixed.outputs, net(given.inputs), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("share", "idle"), [(1.0, "rebalancing"), (0.0, "conventional")])
def test_a_branch_without_a_share_gets_a_gradient_of_zero(share: float, idle: str) -> None:
    net = two_branch_net()
    total(objective(share)(net, streams()).terms).backward()
    for name, parameter in net.backbone.named_parameters():
        assert parameter.grad is not None, "a process group waits for the gradient of every parameter"
        assert parameter.grad.any() != name.startswith(idle), name


def test_the_trunk_sees_both_distributions_one_after_the_other() -> None:
    norm = nn.BatchNorm1d(INPUTS, momentum=0.1)
    net, given = two_branch_net(norm), streams()
    objective(0.5)(net, given)
    first, second = (given[name].inputs.mean(dim=0) for name in ("train", "rebalancing"))
    assert norm.running_mean is not None
    assert_close(norm.running_mean, 0.9 * 0.1 * first + 0.1 * second, rtol=1e-12, atol=1e-14)


def test_the_step_hears_the_time_and_keeps_nothing_of_it() -> None:
    step = BilateralBranch()
    step.set_epoch(30, 60)
    seen = step(two_branch_net(), Seen(given := streams()))
    assert [share for share, _ in seen.mixture] == [0.75, 0.25]
    assert [targets for _, targets in seen.mixture] == [
        given["train"].targets,
        given["rebalancing"].targets,
    ]
    assert (seen.inputs, seen.index) == (None, None)
    assert not step.state_dict()


def test_before_it_hears_the_time_all_belongs_to_the_conventional_branch() -> None:
    assert BilateralBranch().share == bilateral_share(0, 200) == 1.0


@pytest.mark.parametrize("epochs", [1, 7, 90, 200])
def test_the_share_is_the_parabola_of_the_paper(epochs: int) -> None:
    shares = [bilateral_share(epoch, epochs) for epoch in range(epochs)]
    assert shares == pytest.approx([1 - e * e / epochs**2 for e in range(epochs)], rel=1e-12)
    assert shares[0] == 1 and shares[-1] > 0
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize(("epochs", "divisor"), [(90, 100), (180, 200), (89, 89), (200, 200), (100, 100)])
def test_two_lengths_have_a_divisor_of_their_own_in_the_release(epochs: int, divisor: int) -> None:
    found = [released_bilateral_share(epoch, epochs) for epoch in range(epochs)]
    assert found == [bilateral_share(epoch, epochs, divisor) for epoch in range(epochs)]
    assert math.isclose(found[-1], 1 - ((epochs - 1) / divisor) ** 2)


@pytest.mark.parametrize(("epoch", "divisor"), [(6, 5), (0, 0), (0, -3)])
def test_a_share_below_zero_is_refused(epoch: int, divisor: int) -> None:
    with pytest.raises(InputError, match=f"epoch {epoch} needs a divisor of at least .* but {divisor} came"):
        bilateral_share(epoch, 10, divisor)


def test_branches_of_different_batches_are_refused() -> None:
    given = {"train": batch(), "rebalancing": batch(rows=ROWS - 1)}
    with pytest.raises(InputError, match="as many rows to be mixed, but 5 and 4 came; give both streams one"):
        BilateralBranch()(two_branch_net(), Seen(given))


@pytest.mark.parametrize(
    "given", [{"train": batch()}, {"train": batch(), "rebalancing": batch(labeled=False)}]
)
def test_a_second_stream_without_labels_is_refused(given: dict[str, Batch]) -> None:
    with pytest.raises(InputError, match=r"labelled streams 'train' and 'rebalancing', but 'rebalancing' is"):
        BilateralBranch()(two_branch_net(), Seen(given))


def test_a_backbone_with_one_branch_is_refused() -> None:
    net = Net(nn.Linear(INPUTS, DIM), LinearClassifier(DIM, CLASSES))
    with pytest.raises(
        InputError, match="two branches is needed, but Linear came; two_branch_backbone makes"
    ):
        BilateralBranch()(net, Seen(streams()))

import torch
from torch import nn
from torch.testing import assert_close

from counterpoise.classifiers import LinearClassifier
from counterpoise.data.streams import Batch
from counterpoise.losses import BalancedSoftmaxLoss, CrossEntropy
from counterpoise.net import Net
from counterpoise.regularizers import CenterLoss
from counterpoise.steps import Mixup, PullToCenters, Seen, released_center_weight, supervised, total

DIM, CLASSES = 4, 3
FEATURES, TARGETS = torch.arange(8.0).view(2, DIM), torch.tensor([0, 2])


def net() -> Net:
    return Net(nn.Linear(DIM, DIM), LinearClassifier(DIM, CLASSES))


def pull(weight: float = 0.5) -> PullToCenters:
    return PullToCenters(CenterLoss(DIM, CLASSES), lambda epoch, epochs: weight)


def streams(count: int = 3, rows: int = 4) -> dict[str, Batch]:
    return {
        f"environment{number}": Batch(
            torch.randn(rows, DIM), torch.arange(rows) % CLASSES, torch.arange(rows)
        )
        for number in range(count)
    }


def test_it_adds_a_weighed_term_beside_others() -> None:
    step, other = pull(), torch.ones(())
    seen = step(net(), Seen({}, features=FEATURES, mixture=((1.0, TARGETS),), terms={"loss": other}))
    assert seen.terms["loss"] is other
    assert_close(seen.terms["centers"], 0.5 * step.center_loss(FEATURES, TARGETS))


def test_mixed_targets_give_a_mixture() -> None:
    step = pull()
    mixture = ((0.25, TARGETS), (0.75, TARGETS.flip(0)))
    seen = step(net(), Seen({}, features=FEATURES, mixture=mixture))
    parts = [share * step.center_loss(FEATURES, targets) for share, targets in mixture]
    assert_close(seen.terms["centers"], 0.5 * (parts[0] + parts[1]))


def test_centers_stay_in_the_warm_up_and_move_later() -> None:
    step = PullToCenters(CenterLoss(DIM, CLASSES))
    seen, before = Seen({}, features=FEATURES, mixture=((1.0, TARGETS),)), step.center_loss.centers.clone()
    for epoch, moves in ((0, False), (59, False), (60, True), (80, True)):
        step.set_epoch(epoch, 100)
        step.update(net(), seen)
        assert torch.equal(step.center_loss.centers, before) is not moves
        before = step.center_loss.centers.clone()


def test_the_released_weight_begins_after_the_warm_up() -> None:
    found = [released_center_weight(epoch, 100) for epoch in (0, 59, 60, 79, 80, 99)]
    assert found == [0.0, 0.0, 0.001, 0.001, 0.005, 0.005]


def test_the_term_does_not_depend_on_which_stream_a_row_came_by() -> None:
    step, batches = pull(), streams()
    objective = supervised(CrossEntropy()).after("encode", centers=step)
    model = net()
    whole = objective(model, batches)
    rows = torch.cat([batch.inputs for batch in batches.values()])
    targets = torch.arange(4).remainder(CLASSES).repeat(3)
    alone = objective(model, {"train": Batch(rows, targets, torch.arange(12))})
    assert_close(total(whole.terms), total(alone.terms))


def test_it_goes_with_another_loss_and_with_mixup() -> None:
    objective = supervised(BalancedSoftmaxLoss(torch.tensor([5, 2, 1])))
    objective = objective.after("encode", centers=pull()).before("encode", mixup=Mixup(1.0))
    model = net()
    seen = objective(model, streams())
    assert len(seen.mixture) == 2
    total(seen.terms).backward()
    objective.update(model, seen)
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_training_brings_features_of_a_class_together() -> None:
    model, step = net(), PullToCenters(CenterLoss(DIM, CLASSES), lambda epoch, epochs: 1.0)
    objective = supervised(CrossEntropy()).after("encode", centers=step)
    optimizer, batches = torch.optim.SGD(model.parameters(), lr=0.05), streams()
    terms = []
    for _ in range(50):
        seen = objective(model, batches)
        optimizer.zero_grad()
        total(seen.terms).backward()
        optimizer.step()
        objective.update(model, seen)
        terms.append(seen.terms["centers"].item())
    assert terms[-1] < 0.2 * terms[0]

from functools import partial

import pytest
import torch
from torch import Generator, Tensor, nn

from counterpoise.classifiers import LinearClassifier
from counterpoise.data.streams import Batch
from counterpoise.errors import InputError
from counterpoise.losses import CrossEntropy
from counterpoise.net import Net
from counterpoise.samplers import LateWeightedSampler, environment_weights
from counterpoise.steps import Environments, Mixup, Objective, at_shares, every_epoch, supervised

CLASSES, SIZE = 3, 30
TARGETS = torch.arange(SIZE) % CLASSES
POSITIONS = torch.randn(SIZE, CLASSES, generator=Generator().manual_seed(1))


def net() -> Net:
    """Logits that are the inputs."""
    classifier = LinearClassifier(CLASSES, CLASSES, bias=False)
    classifier.load_state_dict({"linear.weight": torch.eye(CLASSES)})
    return Net(nn.Identity(), classifier)


def watched(step: Environments) -> Objective:
    return supervised(CrossEntropy()).after("encode", environments=step)


def epoch(objective: Objective, number: int, rows: Tensor) -> None:
    """An epoch of ten that sees these rows, half of them in each environment."""
    objective.set_epoch(number, 10)
    halves = rows.chunk(2)
    batches = {
        f"environment{i}": Batch(POSITIONS[half], TARGETS[half], half) for i, half in enumerate(halves)
    }
    seen = objective(net(), batches)
    objective.update(net(), seen)
    objective.after_epoch(net())


def test_all_weigh_the_same_until_the_first_record() -> None:
    step = Environments(TARGETS)
    epoch(watched(step), 5, torch.arange(SIZE))
    assert torch.equal(step.weights(1), torch.ones(SIZE, dtype=torch.float64))


def test_weights_are_those_of_the_probabilities_of_the_recorded_epoch() -> None:
    step = Environments(TARGETS, environments=3)
    objective = watched(step)
    epoch(objective, 6, torch.arange(SIZE - 3))
    sure = POSITIONS.softmax(dim=1)[torch.arange(SIZE), TARGETS]
    sure[-3:] = torch.nan
    wanted = environment_weights(sure, TARGETS, environments=3)
    for number in range(3):
        torch.testing.assert_close(step.weights(number), wanted[number], rtol=1e-4, atol=1e-9)
    epoch(objective, 7, torch.arange(4))
    assert torch.equal(step.weights(2)[-3:], torch.zeros(3, dtype=torch.float64)), "not due, so not rebuilt"


def test_each_record_begins_anew() -> None:
    step = Environments(TARGETS)
    objective = watched(step)
    epoch(objective, 6, torch.arange(SIZE))
    epoch(objective, 8, torch.arange(15))
    assert step.weights(1)[15:].count_nonzero() == 0


def test_of_mixed_samples_the_first_is_recorded() -> None:
    step = Environments(TARGETS, due=every_epoch)
    epoch(watched(step).before("encode", mixup=Mixup(1.0)), 0, torch.arange(10))
    assert step.confidences.latest.isnan().tolist() == [False] * 10 + [True] * 20


def test_streams_follow_without_being_told() -> None:
    step = Environments(TARGETS)
    sampler = LateWeightedSampler(SIZE, partial(step.weights, 1))
    before = sampler.order(Generator().manual_seed(0))
    epoch(watched(step), 6, torch.arange(15))
    after = sampler.order(Generator().manual_seed(0))
    assert before.max() >= 15 > after.max()


def test_weights_survive_a_restart() -> None:
    step, fresh = Environments(TARGETS), Environments(TARGETS)
    epoch(watched(step), 6, torch.arange(SIZE))
    fresh.load_state_dict(step.state_dict())
    assert torch.equal(fresh.weights(1), step.weights(1))
    assert not torch.equal(fresh.weights(1), fresh.weights(0))


def test_what_a_net_that_goes_by_the_attribute_finds_hard_weighs_more() -> None:
    """Nine of ten samples of a class have its own colour, and the colour is easier to see than the class."""
    targets = torch.arange(400) % 2
    rare = torch.rand(400) < 0.1
    colour = torch.where(rare, 1 - targets, targets)
    inputs = torch.stack([0.3 * (2 * targets - 1) + torch.randn(400), 3.0 * (2 * colour - 1)], dim=1)
    model, step = Net(nn.Identity(), LinearClassifier(2, 2)), Environments(targets, due=every_epoch)
    objective, optimizer = watched(step), torch.optim.SGD(model.parameters(), lr=0.1)
    streams = {"environment0": Batch(inputs, targets, torch.arange(400))}
    objective.set_epoch(0, 1)
    for _ in range(50):
        seen = objective(model, streams)
        optimizer.zero_grad()
        seen.terms["loss"].backward()
        optimizer.step()
        objective.update(model, seen)
    objective.after_epoch(model)
    weights = step.weights(1)
    assert weights[rare].mean() > 2 * weights[~rare].mean()
    assert abs(weights[rare].sum() / weights.sum() - rare.double().mean()) > 0.1


def test_shares_of_the_epochs() -> None:
    due = at_shares(0.6, 0.8)
    assert [number for number in range(100) if due(number, 100)] == [60, 80]
    assert [number for number in range(7) if due(number, 7)] == [4, 6]


def test_environments_that_are_alike_are_refused_at_once() -> None:
    with pytest.raises(InputError, match="at least 2 environments and a scale above 1"):
        Environments(TARGETS, environments=1)


@pytest.mark.parametrize("number", [0, 3, 9])
def test_every_epoch_is_due(number: int) -> None:
    assert every_epoch(number, 10)

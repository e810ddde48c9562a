"""The engine against plain loops: the same order, rates, weights and head direction, to the bit."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from counterpoise.data.data import Data
from counterpoise.data.streams import generator_of
from counterpoise.net import Net
from counterpoise.recipes import cross_entropy, deconfound_tde
from counterpoise.samplers import ProgressiveSampler
from counterpoise.steps import Objective, Seen, Step
from counterpoise.training import Experiment, Hardware, Now, Stage, Training, run
from counterpoise.training.checkpoint import load_tensors

CPU = Hardware("cpu", "32")
END = "checkpoints/0-main.safetensors"


def with_stage(experiment: Experiment, **changes: Any) -> Experiment:
    """The same with its one stage changed."""
    (stage,) = experiment.stages
    return replace(experiment, stages=(replace(stage, **changes),))


def with_step(experiment: Experiment, step: Step) -> Experiment:
    """The same with one more step, after the loss."""
    return experiment.change(objective=lambda objective, now, stage: objective.after("loss", spy=step))


class Loop:
    """Training written out: no Lightning, no steps, no trackers."""

    def __init__(self, experiment: Experiment, seed: int, momentum: Callable[[int], float]) -> None:
        (self.stage,) = experiment.stages
        self.experiment, self.seed, self.momentum = experiment, seed, momentum
        torch.manual_seed(seed)
        self.net = experiment.net().to(memory_format=torch.channels_last)
        self.direction = torch.zeros(self.net.classifier.dim)
        self.losses: list[float] = []

    def run(self) -> None:
        """All epochs."""
        training = self.experiment.training
        stream = self.stage.streams(Now(self.experiment.data, self.net), Objective())["train"]
        optimizer = torch.optim.SGD(
            self.net.parameters(), training.lr, training.momentum, weight_decay=training.weight_decay
        )
        for epoch in range(training.epochs):
            total = torch.zeros(())
            for number, batch in enumerate(stream.batches(seed=(self.seed, 0, epoch, 0))):
                rate = self.stage.schedule(epoch + number / len(stream), training.epochs)
                optimizer.param_groups[0]["lr"] = training.lr * rate
                total += self.step(optimizer, batch.inputs, batch.targets, self.momentum(epoch))
            self.losses.append(total.item() / len(stream))

    def step(self, optimizer: Any, inputs: Tensor, targets: Tensor, momentum: float) -> Tensor:
        """One batch."""
        features = self.net.backbone(inputs)
        loss = F.cross_entropy(self.net.classifier(features), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        self.direction = momentum * self.direction + features.detach().sum(dim=0) / len(features)
        return loss.detach()


@pytest.mark.parametrize("direction_momentum", [0.9, "coupled"])
def test_training_equals_a_plain_loop_to_the_bit(
    direction_momentum: Any, make_data: Callable[..., Data], tmp_path: Path
) -> None:
    training = Training(epochs=4, batch_size=8, lr=0.03, schedule="warmup_cosine")
    data = make_data((12, 7, 4, 2))
    experiment = deconfound_tde(data, training=training, direction_momentum=direction_momentum)
    run(experiment, tmp_path, seed=5, hardware=CPU)

    def momentum(epoch: int) -> float:
        if direction_momentum != "coupled":
            return direction_momentum
        return 1 - 0.1 * min(50 * training.lr * training.scheduled(epoch, training.epochs), 1.0)

    loop = Loop(experiment, 5, momentum)
    loop.run()
    tensors, _ = load_tensors(tmp_path / END)
    for name, weight in loop.net.named_parameters():
        assert torch.equal(tensors[f"net/{name}"], weight), name
    assert torch.equal(tensors["objective/steps.track.trackers.all.average"], loop.direction)
    assert pd.read_csv(tmp_path / "metrics.csv").loss.tolist() == pytest.approx(loop.losses, rel=1e-6)


def test_coupled_momentum_changes_with_the_rate() -> None:
    training = Training(epochs=4, lr=0.03)
    momenta = [1 - 0.1 * min(50 * training.lr * training.scheduled(e, 4), 1.0) for e in range(4)]
    assert len(set(momenta)) > 1, "the test above would not see a difference"


class Recorded(torch.optim.SGD):
    """Remembers the rates of every step."""

    rates: list[list[float]]

    def step(self, closure: Any = None) -> Any:
        """Record and step."""
        self.rates.append([group["lr"] for group in self.param_groups])
        return super().step(closure)


def test_each_batch_has_the_rate_of_the_schedule(tiny: Data, tmp_path: Path) -> None:
    Recorded.rates = []
    training = Training(epochs=3, batch_size=4, schedule="warmup_cosine")
    experiment = with_stage(
        cross_entropy(tiny, training=training),
        optimizer=lambda groups: Recorded(groups, lr=0.2),
        trains={"backbone": {"lr": 0.02}, "classifier": {}},
    )
    run(experiment, tmp_path, hardware=CPU)
    factors = [training.scheduled(step / 4, 3) for step in range(12)]
    assert Recorded.rates == [[0.02 * factor, 0.2 * factor] for factor in factors]
    assert pd.read_csv(tmp_path / "metrics.csv").lr.tolist() == [0.02 * factors[i] for i in (3, 7, 11)]


class Spy(Step):
    """Writes down what it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Any] = []

    def forward(self, net: Net, seen: Seen) -> Seen:
        """A batch."""
        self.before = copy.deepcopy(net.state_dict())
        self.heard.append(("forward", net.training, self.training, seen.index.tolist()))
        return seen

    def update(self, net: Net, seen: Seen) -> None:
        """The same batch after the optimizer's step."""
        moved = any(not torch.equal(value, self.before[name]) for name, value in net.state_dict().items())
        self.heard.append(("update", moved, torch.is_grad_enabled(), seen.index.tolist()))

    def set_epoch(self, epoch: int, epochs: int) -> None:
        """The time."""
        self.heard.append(("epoch", epoch, epochs))

    def after_epoch(self, net: Net) -> None:
        """The end of an epoch."""
        self.heard.append("end")


def test_steps_hear_time_batch_update_and_end_in_this_order(tiny: Data, tmp_path: Path) -> None:
    spy = Spy()
    training = Training(epochs=2, batch_size=8)
    run(with_step(cross_entropy(tiny, training=training), spy), tmp_path, hardware=CPU)
    kinds = [heard[0] if isinstance(heard, tuple) else heard for heard in spy.heard]
    assert kinds == ["epoch", "forward", "update", "forward", "update", "end"] * 2
    assert [heard for heard in spy.heard if heard[0] == "epoch"] == [("epoch", 0, 2), ("epoch", 1, 2)]
    updates = [heard for heard in spy.heard if heard[0] == "update"]
    assert all(moved and not grad for _, moved, grad, _ in updates)
    forwards = [heard for heard in spy.heard if heard[0] == "forward"]
    assert all(own for _, _, own, _ in forwards)
    assert [f[3] for f in forwards] == [u[3] for u in updates]


def test_a_step_that_evaluates_does_not_leave_the_net_in_evaluation_mode(tiny: Data, tmp_path: Path) -> None:
    class Evaluating(Spy):
        def forward(self, net: Net, seen: Seen) -> Seen:
            self.heard.append((net.backbone.training, net.classifier.training))
            return seen

        def update(self, net: Net, seen: Seen) -> None:
            pass

        def after_epoch(self, net: Net) -> None:
            net.eval()

    spy = Evaluating()
    run(
        with_step(cross_entropy(tiny, training=Training(epochs=2, batch_size=16)), spy),
        tmp_path,
        hardware=CPU,
    )
    assert [heard for heard in spy.heard if heard[0] != "epoch"] == [(True, True)] * 2


def test_every_epoch_visits_every_image_in_an_order_of_its_own(tiny: Data, tmp_path: Path) -> None:
    spy = Spy()
    training = Training(epochs=2, batch_size=8)
    run(with_step(cross_entropy(tiny, training=training), spy), tmp_path, hardware=CPU)
    orders = [heard[3] for heard in spy.heard if heard[0] == "forward"]
    first, second = orders[0] + orders[1], orders[2] + orders[3]
    assert sorted(first) == sorted(second) == list(range(16))
    assert first != second


class Shift(Step):
    """A step with a parameter of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.shift = torch.nn.Parameter(torch.zeros(()))

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Adds a term that is least at 1."""
        return replace(seen, terms={**seen.terms, "shift": (self.shift - 1).square()})


def test_a_step_may_own_what_is_trained(tiny: Data, tmp_path: Path) -> None:
    training = Training(epochs=1, batch_size=8, schedule="constant", weight_decay=0.0, momentum=0.0, lr=0.1)
    experiment = cross_entropy(tiny, training=training).change(
        objective=lambda objective, now, stage: objective.after("loss", shift=Shift())
    )
    run(experiment, tmp_path, hardware=CPU)
    tensors, _ = load_tensors(tmp_path / END)
    assert tensors["objective/steps.shift.shift"].item() == pytest.approx(0.2 + 0.2 * 0.8)


def test_an_epoch_is_as_long_as_its_shortest_stream(tiny: Data, tmp_path: Path) -> None:
    def two(streams: Mapping[str, Any], now: Now, objective: Objective, stage: Stage) -> Mapping[str, Any]:
        return {"train": streams["train"], "again": replace(streams["train"], batch_size=8)}

    spy = Spy()
    training = Training(epochs=1, batch_size=2)
    experiment = with_step(cross_entropy(tiny, training=training).change(streams=two), spy)
    run(experiment, tmp_path, hardware=CPU)
    indices = [heard[3] for heard in spy.heard if heard[0] == "forward"]
    assert [len(index) for index in indices] == [10, 10]
    assert indices[0][:2] != indices[0][2:4], "two streams of one stage must not draw the same order"


def test_global_randomness_of_an_epoch_comes_from_its_number(tiny: Data, tmp_path: Path) -> None:
    class Drawing(Spy):
        def forward(self, net: Net, seen: Seen) -> Seen:
            self.heard.append(torch.rand(()).item())
            return seen

        def update(self, net: Net, seen: Seen) -> None:
            pass

    spies = [Drawing(), Drawing()]
    for number, spy in enumerate(spies):
        training = Training(epochs=2, batch_size=16)
        torch.manual_seed(number)
        experiment = with_step(cross_entropy(tiny, training=training), spy)
        run(experiment, tmp_path / str(number), seed=2, hardware=CPU)
    drawn = [[heard for heard in spy.heard if isinstance(heard, float)] for spy in spies]
    assert drawn[0] == drawn[1]
    expected = []
    for epoch in range(2):
        torch.manual_seed(generator_of((2, 0, epoch)).initial_seed())
        expected.append(torch.rand(()).item())
    assert drawn[0] == expected


def test_a_sampler_that_follows_the_clock_hears_the_time(tiny: Data, tmp_path: Path) -> None:
    sampler = ProgressiveSampler(tiny.splits["train"].targets, tiny.class_counts)
    experiment = cross_entropy(tiny, training=Training(epochs=3, batch_size=8)).change(
        streams=lambda streams, now, objective, stage: {
            name: replace(stream, sampler=sampler) for name, stream in streams.items()
        }
    )
    run(experiment, tmp_path, hardware=CPU)
    assert sampler.progress == 1.0


class Views(Step):
    """Writes down which samples the streams show."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, list[int]]] = []

    def forward(self, net: Net, seen: Seen) -> Seen:
        self.found.append({name: batch.index.tolist() for name, batch in seen.streams.items()})
        return seen


def test_a_stream_shows_the_samples_of_the_one_that_it_follows(tiny: Data, tmp_path: Path) -> None:
    def streams(before: Mapping[str, Any], *_: Any) -> Mapping[str, Any]:
        other = replace(before["train"], labeled=False)
        return {**before, "view": replace(other, follows="train"), "other": other}

    views = Views()
    plain = cross_entropy(tiny, training=Training(epochs=2, batch_size=8))
    run(with_step(plain.change(streams=streams), views), tmp_path, hardware=CPU)
    assert len(views.found) == 4
    assert all(seen["view"] == seen["train"] for seen in views.found)
    assert not any(seen["other"] == seen["train"] for seen in views.found)
    assert views.found[0]["train"] != views.found[2]["train"], "another epoch, another order"

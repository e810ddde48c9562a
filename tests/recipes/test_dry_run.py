"""What would fail in training is refused when it is built."""

from dataclasses import replace

import pytest
import torch

from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.net import Classifier, Net
from counterpoise.recipes import cross_entropy
from counterpoise.recipes.compose import compose
from counterpoise.recipes.decorators import modifier
from counterpoise.recipes.dry_run import dry_run
from counterpoise.steps import Seen, Step
from counterpoise.training import Call, Experiment, Now, Training


class Times(Classifier):
    """A classifier whose scores are scaled."""

    def __init__(self, classifier: Classifier, factor: float) -> None:
        super().__init__()
        self.classifier, self.factor = classifier, factor
        self.dim, self.num_classes = classifier.dim, classifier.num_classes

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.classifier(features) * self.factor


@modifier(task="classification")
def scaled(experiment: Experiment, *, factor: float = 1.0) -> Experiment:
    """A modifier of a user."""

    def predictor(now: Now) -> Net:
        return experiment.predictor(now).rewired(lambda place, classifier: Times(classifier, factor))

    return replace(experiment, predictor=predictor)


def test_scores_that_are_not_finite_are_refused(tiny: Data) -> None:
    assert scaled(cross_entropy(tiny), factor=2.0).calls[1].arguments == {"factor": 2.0}
    with pytest.raises(InputError, match="the predictor gives scores that are not finite"):
        scaled(cross_entropy(tiny), factor=float("inf"))


def test_a_stage_that_trains_nothing_is_refused(tiny: Data) -> None:
    experiment = cross_entropy(tiny)
    (stage,) = experiment.stages
    with pytest.raises(InputError, match="trains 'head', but the net has no parameter of that name"):
        dry_run(replace(experiment, stages=(replace(stage, trains={"head": {}}),)))


def test_a_step_without_its_place_is_refused(tiny: Data) -> None:
    experiment = cross_entropy(tiny).change(objective=lambda o, now, stage: o.before("mix", x=Step()))
    with pytest.raises(InputError, match="no step 'mix' here, only join, encode, score, loss"):
        dry_run(experiment)


class Clock(Step):
    """Writes down the epochs that it is told, and fails at one of them."""

    def __init__(self, fails: int | None = None) -> None:
        super().__init__()
        self.fails, self.told = fails, []

    def set_epoch(self, epoch: int, epochs: int) -> None:
        self.told.append(epoch)

    def forward(self, net: Net, seen: Seen) -> Seen:
        if self.told[-1] == self.fails:
            raise InputError("this cannot work")
        return seen


def with_clock(experiment: Experiment, clock: Clock) -> Experiment:
    return experiment.change(objective=lambda objective, now, stage: objective.after("loss", clock=clock))


def test_the_first_and_the_last_epoch_are_tried(tiny: Data) -> None:
    clock = Clock()
    dry_run(with_clock(cross_entropy(tiny, training=Training(epochs=9)), clock))
    assert sorted(clock.told) == [0, 8]
    with pytest.raises(InputError, match="this cannot work"):
        dry_run(with_clock(cross_entropy(tiny, training=Training(epochs=9)), Clock(fails=8)))


def test_without_samples_nothing_is_tried(tiny: Data) -> None:
    clock = Clock()
    dry_run(replace(with_clock(cross_entropy(tiny), clock), data=Data(tiny.facts)))
    assert clock.told == []


@pytest.mark.parametrize("word", ["crt", "lws"])
def test_a_stage_that_nothing_hears_of_is_refused(word: str, tiny_unlabeled: Data) -> None:
    training = Training(epochs=1, batch_size=8)
    for outer in ("mean_teacher", "auxiliary_balanced"):
        calls = [Call("cross_entropy", {}), Call(outer, {}), Call(word, {})]
        with pytest.raises(InputError, match="trains what does not predict here"):
            compose(tiny_unlabeled, training, calls)


def test_images_too_small_for_a_backbone_are_refused_in_one_line(tiny: Data) -> None:
    with pytest.raises(
        InputError, match=r"VGG cannot take inputs of \(1, 8, 8\): .* choose another --backbone"
    ) as told:
        cross_entropy(tiny, training=Training(epochs=1, backbone="vgg11"))
    assert "\n" not in str(told.value)

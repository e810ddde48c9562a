from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch
from torchvision.transforms import v2

from counterpoise.data.augmentation import Transformed
from counterpoise.data.data import Data, Facts
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.recipes import auto_augment, bbn, cosine, cross_entropy, cutmix, mixup, rand_augment, tde
from counterpoise.steps import CutMix, Mixup, Objective, Seen, Step
from counterpoise.training import Experiment, Hardware, Now, Training, run
from counterpoise.training.journal import LAST

CPU = Hardware("cpu", "32")
TRAINING = Training(epochs=2, batch_size=8, lr=0.05)
Modifier = Callable[..., Experiment]
MODIFIERS = (mixup, cutmix, rand_augment, auto_augment)
every_modifier = pytest.mark.parametrize("modifier", MODIFIERS, ids=lambda modifier: modifier.word.name)


def objective_of(experiment: Experiment) -> Objective:
    return experiment.stages[0].objective(Now(experiment.data, experiment.net()))


def augmentations(experiment: Experiment) -> dict[str, Transformed]:
    now = Now(experiment.data, experiment.net())
    streams = experiment.stages[0].streams(now, Objective())
    return {name: stream.augmentation for name, stream in streams.items()}  # pyright: ignore


@pytest.mark.parametrize(("modifier", "step"), [(mixup, Mixup), (cutmix, CutMix)])
def test_inputs_are_mixed_before_they_are_encoded(modifier: Modifier, step: type[Step], tiny: Data) -> None:
    objective = objective_of(modifier(cross_entropy(tiny, training=TRAINING), alpha=0.2))
    name = modifier.__name__
    assert list(objective.steps) == ["join", name, "encode", "score", "loss"]
    assert isinstance(objective[name], step)
    assert objective[name].alpha == 0.2


def test_the_order_of_mixup_and_tde_does_not_change_a_bit(tiny: Data, tmp_path: Path) -> None:
    plain = cosine(tiny, training=TRAINING)
    orders = {"inside": tde(mixup(plain)), "outside": mixup(tde(plain))}
    files = ("metrics.csv", "evaluation.json", "predictions.parquet", "checkpoints/0-main.safetensors")
    for name, experiment in orders.items():
        assert list(objective_of(experiment).steps) == ["join", "mixup", "encode", "score", "track", "loss"]
        run(experiment, tmp_path / name, hardware=CPU)
    for name in files:
        inside, outside = ((tmp_path / order / name).read_bytes() for order in orders)
        assert inside == outside, name


def test_rand_augment_follows_the_augmentation_of_the_recipe(tiny: Data) -> None:
    plain = cross_entropy(tiny, training=TRAINING)
    found = augmentations(rand_augment(plain, num_ops=3, magnitude=12))["train"]
    assert found.inner == augmentations(plain)["train"]
    assert isinstance(found.transform, v2.RandAugment)
    assert (found.transform.num_ops, found.transform.magnitude) == (3, 12)


def test_auto_augment_takes_the_policy_that_fits_the_images(make_data: Callable[..., Data]) -> None:
    for size, wanted in ((32, v2.AutoAugmentPolicy.CIFAR10), (80, v2.AutoAugmentPolicy.IMAGENET)):
        data = make_data((3, 2), size=size, channels=3)
        plain = cross_entropy(data, training=replace(TRAINING, backbone="small_cnn"))
        transform = augmentations(auto_augment(plain))["train"].transform
        assert isinstance(transform, v2.AutoAugment)
        assert transform.policy is wanted


def test_every_stream_is_augmented(tiny: Data) -> None:
    found = augmentations(rand_augment(bbn(tiny, training=TRAINING)))
    assert list(found) == ["train", "rebalancing"]
    assert all(isinstance(augmentation, Transformed) for augmentation in found.values())


@every_modifier
def test_two_steps_train_on_other_numbers(modifier: Modifier, tiny: Data, tmp_path: Path) -> None:
    plain = cross_entropy(tiny, training=replace(TRAINING, epochs=1))
    for name, experiment in (("plain", plain), ("modified", modifier(plain))):
        evaluation = run(experiment, tmp_path / name, hardware=CPU)
        assert 0 <= evaluation["overall"] <= 1
    losses = [pd.read_csv(tmp_path / name / "metrics.csv").loss[0] for name in ("plain", "modified")]
    assert all(0 < loss < 10 for loss in losses)
    assert losses[0] != losses[1]


class Stops(Step):
    """Ends the training at its fourth step, the last of the second epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = 0

    def forward(self, net: Net, seen: Seen) -> Seen:
        self.steps += 1
        if self.steps == 4:
            raise InterruptedError
        return seen


@every_modifier
def test_a_stopped_run_goes_on_to_the_same_bits(modifier: Modifier, tiny: Data, tmp_path: Path) -> None:
    experiment = modifier(cross_entropy(tiny, training=TRAINING))
    stopping = experiment.change(objective=lambda objective, now, stage: objective.after("loss", s=Stops()))
    run(experiment, tmp_path / "whole", hardware=CPU)
    with pytest.raises(InterruptedError):
        run(stopping, tmp_path / "stopped", hardware=CPU, checkpoint_seconds=0)
    assert (tmp_path / "stopped" / LAST).exists()
    torch.rand(5)
    run(experiment, tmp_path / "stopped", hardware=CPU, checkpoint_seconds=0)
    for name in ("metrics.csv", "checkpoints/0-main.safetensors", "predictions.parquet"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "stopped" / name).read_bytes(), name


@pytest.mark.parametrize(
    ("modifier", "options", "reason"),
    [
        (mixup, {"alpha": 0.0}, "alpha must be a number of at least 0.01, but 0.0 came"),
        (cutmix, {"alpha": -1.0}, "alpha must be a number of at least 0.01, but -1.0 came"),
        (rand_augment, {"num_ops": 0}, "num_ops must be at least 1, but 0 came"),
        (rand_augment, {"magnitude": 31}, r"magnitude must lie in 0 \.\. 30, but 31 came"),
        (auto_augment, {"policy": "mnist"}, "policy must be one of auto, cifar10, imagenet, svhn"),
    ],
)
def test_options_that_cannot_work_are_refused_when_built(
    modifier: Modifier, options: dict, reason: str, tiny: Data
) -> None:
    with pytest.raises(InputError, match=reason):
        modifier(cross_entropy(tiny, training=TRAINING), **options)


@every_modifier
def test_it_is_rebuilt_without_samples(modifier: Modifier, tiny: Data) -> None:
    facts = Facts.from_json(tiny.facts.as_json())
    experiment = modifier(cross_entropy(Data(facts), training=TRAINING))
    assert [call.word for call in experiment.calls] == ["cross_entropy", modifier.__name__]

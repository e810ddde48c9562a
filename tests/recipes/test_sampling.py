"""Modifiers of the sampler: what is drawn, for which prior the scores answer, and what is refused."""

from collections.abc import Callable
from typing import cast

import pytest
import torch

from counterpoise.data.data import Data
from counterpoise.data.scenes import Scenes
from counterpoise.errors import InputError
from counterpoise.recipes import (
    bbn,
    class_aware_sampling,
    class_balanced_sampling,
    cross_entropy,
    deferred_resampling,
    detection_cross_entropy,
    effective_number_sampling,
    progressive_sampling,
    repeat_factor_sampling,
    reversed_sampling,
    square_root_sampling,
)
from counterpoise.samplers import EpochAware, Sampler
from counterpoise.training import Experiment, Now, Training

COUNTS = (400, 100, 16)
TRAINING = Training(epochs=10, batch_size=8)


@pytest.fixture
def plain(make_data: Callable[..., Data]) -> Experiment:
    return cross_entropy(make_data(COUNTS), training=TRAINING)


def sampler_of(experiment: Experiment) -> Sampler:
    (stage,) = experiment.stages
    now = Now(experiment.data, experiment.net())
    return stage.streams(now, stage.objective(now))["train"].sampler


def drawn(experiment: Experiment, *, epoch: int = 0) -> list[float]:
    """Shares of the classes over many draws of an epoch."""
    sampler, targets = sampler_of(experiment), experiment.data.splits["train"].targets
    if isinstance(sampler, EpochAware):
        sampler.set_epoch(epoch, TRAINING.epochs)
    orders = [sampler.order(torch.Generator().manual_seed(seed)) for seed in range(20)]
    counts = torch.bincount(targets[torch.cat(orders)], minlength=3)
    return (counts / counts.sum()).tolist()


@pytest.mark.parametrize(
    ("modifier", "masses"),
    [
        (class_balanced_sampling, (1, 1, 1)),
        (square_root_sampling, (20, 10, 4)),
        (reversed_sampling, (1 / 400, 1 / 100, 1 / 16)),
        (class_aware_sampling, (1, 1, 1)),
        (effective_number_sampling, [n / (1 - 0.9999**n) for n in COUNTS]),
    ],
)
def test_classes_are_drawn_in_the_shares_that_the_scores_answer_for(
    modifier, masses: tuple[float, ...], plain: Experiment
) -> None:
    changed = modifier(plain)
    shares = [mass / sum(masses) for mass in masses]
    assert drawn(changed) == pytest.approx(shares, abs=0.02)
    prior = changed.prior(Now(changed.data, changed.net())).tolist()
    assert prior == pytest.approx(shares, abs=1e-6)


def test_progressive_sampling_ends_balanced(plain: Experiment) -> None:
    changed = progressive_sampling(plain)
    natural = [n / sum(COUNTS) for n in COUNTS]
    assert drawn(changed, epoch=0) == pytest.approx(natural, abs=0.02)
    assert drawn(changed, epoch=9) == pytest.approx([1 / 3] * 3, abs=0.02)


def test_deferred_resampling_begins_at_its_share_of_the_training(plain: Experiment) -> None:
    changed = deferred_resampling(plain, start=0.8)
    natural = [n / sum(COUNTS) for n in COUNTS]
    assert drawn(changed, epoch=7) == pytest.approx(natural)
    assert drawn(changed, epoch=8) == pytest.approx([1 / 3] * 3, abs=0.03)


def test_a_stream_has_one_sampler(plain: Experiment) -> None:
    with pytest.raises(InputError, match="already has a PowerSampler, and a stream has one sampler"):
        reversed_sampling(class_balanced_sampling(plain))


def test_the_branch_for_rare_classes_keeps_its_own_sampler(make_data: Callable[..., Data]) -> None:
    changed = class_balanced_sampling(bbn(make_data(COUNTS), training=TRAINING))
    (stage,) = changed.stages
    now = Now(changed.data, changed.net())
    streams = stage.streams(now, stage.objective(now))
    assert [type(stream.sampler).__name__ for stream in streams.values()] == [
        "PowerSampler",
        "ReversedSampler",
    ]


def test_images_come_as_often_as_their_rarest_category_says(tiny_scenes: Data) -> None:
    """Categories are in 8, 5, 2 and 1 of 16 images: below one half an image repeats by the root of a half over that."""
    plain = detection_cross_entropy(tiny_scenes, training=TRAINING)
    sampler = sampler_of(repeat_factor_sampling(plain, threshold=0.5))
    orders = [sampler.order(torch.Generator().manual_seed(seed)) for seed in range(200)]
    visits = torch.cat(orders).bincount(minlength=16) / 200
    shown = cast(Scenes, tiny_scenes.splits["train"].samples).shown
    wanted = [max([1.0, *((0.5 / (n / 16)) ** 0.5 for n in images_of(one.things))]) for one in shown]
    assert visits.tolist() == pytest.approx(wanted, abs=0.1)
    assert repeat_factor_sampling(plain).prior is plain.prior


def images_of(labels: torch.Tensor) -> list[int]:
    return [(8, 5, 2, 1)[label] for label in labels.tolist()]

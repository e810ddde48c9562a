from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from counterpoise.classifiers import LinearClassifier
from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.losses import CrossEntropy
from counterpoise.net import Net
from counterpoise.recipes import cross_entropy
from counterpoise.seeds import generator_of
from counterpoise.steps import Objective, Rotate, RotateFourfold, Seen, Step, supervised
from counterpoise.steps.rotation import even_turns, four_rotations, rotated_batch
from counterpoise.training import Hardware, Now, Stage, Training, run

NET = Net(torch.nn.Flatten(), LinearClassifier(12, 4))


def images(count: int, seed: int = 0) -> Tensor:
    return torch.rand(count, 3, 4, 4, generator=torch.Generator().manual_seed(seed))


def seen_of(index: Tensor, inputs: Tensor) -> Seen:
    return Seen({}, inputs=inputs, index=index, mixture=((1.0, torch.zeros_like(index)),))


def turns_of(seen: Seen) -> Tensor:
    ((share, turns),) = seen.mixture
    assert share == 1.0
    return turns


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 8, 31])
def test_turns_are_even(count: int) -> None:
    turns = even_turns(count)
    assert len(turns) >= max(count, 1)
    assert len(turns) == 4 * (count // 4 + 1)
    assert torch.bincount(turns).tolist() == [len(turns) // 4] * 4


def test_a_quarter_turn_is_counter_clockwise() -> None:
    corner = torch.zeros(4, 1, 2, 2)
    corner[:, 0, 0, 0] = 1
    rotated = rotated_batch(corner, torch.tensor([0, 1, 2, 3]))[:, 0]
    places = [tuple(image.nonzero()[0].tolist()) for image in rotated]
    assert places == [(0, 0), (1, 0), (1, 1), (0, 1)]


def test_every_image_is_rotated_by_its_own_turn() -> None:
    batch, turns = images(9), torch.tensor([3, 0, 1, 1, 2, 0, 3, 2, 1])
    kept = batch.clone()
    rotated = rotated_batch(batch, turns)
    for image, before, turn in zip(rotated, batch, turns.tolist(), strict=True):
        assert np.array_equal(image.numpy(), np.rot90(before.numpy(), turn, axes=(1, 2)))
    assert torch.equal(batch, kept)
    assert torch.equal(rotated_batch(rotated, (4 - turns) % 4), batch)


def test_rotated_images_stay_channels_last() -> None:
    batch = images(5).to(memory_format=torch.channels_last)
    assert rotated_batch(batch, torch.arange(5) % 4).is_contiguous(memory_format=torch.channels_last)


def test_four_rotations_stand_side_by_side() -> None:
    batch = images(3)
    rotated, turns = four_rotations(batch)
    assert turns.tolist() == [0, 1, 2, 3] * 3
    for row, (image, turn) in enumerate(zip(rotated, turns.tolist(), strict=True)):
        assert torch.equal(image, torch.rot90(batch[row // 4], turn, (1, 2)))


def test_an_empty_batch_stays_empty() -> None:
    assert rotated_batch(images(0), torch.zeros(0, dtype=torch.int64)).shape == (0, 3, 4, 4)
    assert four_rotations(images(0))[0].shape == (0, 3, 4, 4)


def test_what_cannot_be_turned_is_refused() -> None:
    with pytest.raises(InputError, match=r"square images only, but inputs of shape \(2, 3, 4, 5\) came"):
        rotated_batch(torch.rand(2, 3, 4, 5), torch.zeros(2))
    with pytest.raises(InputError, match="square"):
        four_rotations(torch.rand(6, 7))
    with pytest.raises(InputError, match=r"one turn for each of 2 images, but \(3,\) came"):
        rotated_batch(images(2), torch.zeros(3))
    with pytest.raises(InputError, match="at least 1 sample to rotate, but 0 came"):
        Rotate(0)


def test_turns_become_the_targets() -> None:
    step, batch = Rotate(7), images(7)
    step.set_epoch(0, 1)
    seen = step(NET, seen_of(torch.arange(7), batch))
    assert torch.equal(seen.inputs, rotated_batch(batch, turns_of(seen)))
    assert torch.bincount(turns_of(seen), minlength=4).min() >= 1, "7 of 8 even turns"


def test_a_sample_has_one_turn_in_an_epoch_and_another_one_later() -> None:
    step, index = Rotate(100), torch.arange(100)
    torch.manual_seed(0)
    epochs = []
    for epoch in range(2):
        step.set_epoch(epoch, 2)
        first = turns_of(step(NET, seen_of(index, images(100))))
        again = turns_of(step(NET, seen_of(index.flip(0), images(100))))
        assert torch.equal(first, again.flip(0))
        epochs.append(first)
    assert 10 < (epochs[0] == epochs[1]).sum() < 45


@pytest.mark.parametrize("world", [2, 3])
def test_processes_rotate_as_one_does(world: int) -> None:
    """Each takes every so-many-th row; their batches have other sizes."""
    batch = images(8)
    index = torch.tensor([5, 3, 11, 0, 7, 2, 9, 4])

    def rotated(rank: int, of: int) -> Tensor:
        step = Rotate(12)
        step.set_epoch(0, 1)
        torch.manual_seed(6)
        return step(NET, seen_of(index[rank::of], batch[rank::of])).inputs

    whole = rotated(0, 1)
    for rank in range(world):
        assert torch.equal(rotated(rank, world), whole[rank::world])


def test_the_fourfold_batch_names_its_images() -> None:
    batch = images(2)
    seen = RotateFourfold()(NET, seen_of(torch.tensor([4, 1]), batch))
    assert seen.index.tolist() == [4] * 4 + [1] * 4
    assert turns_of(seen).tolist() == [0, 1, 2, 3] * 2
    assert torch.equal(seen.inputs, four_rotations(batch)[0])


def test_nothing_is_kept_between_epochs() -> None:
    step = Rotate(5)
    step(NET, seen_of(torch.arange(5), images(5)))
    assert not step.state_dict()


class Watch(Step):
    """Writes down the turn of every sample."""

    def __init__(self, heard: list[list[tuple[int, int]]]) -> None:
        super().__init__()
        self.heard = heard

    def set_epoch(self, epoch: int, epochs: int) -> None:
        """One list for each epoch."""
        self.heard.append([])

    def forward(self, net: Net, seen: Seen) -> Seen:
        """A batch."""
        self.heard[-1] += zip(seen.index.tolist(), turns_of(seen).tolist(), strict=True)
        return seen


def test_the_engine_seeds_the_turns_of_an_epoch(make_data: Callable[..., Data], tmp_path: Path) -> None:
    """Whatever was drawn before, so a resumed run rotates as the uninterrupted one."""
    data, heard = make_data((6, 4, 4, 2)), []

    def pretext(objective: Objective, now: Now, stage: Stage) -> Objective:
        samples = len(now.data.splits["train"])
        return supervised(CrossEntropy()).after("join", rotate=Rotate(samples), watch=Watch(heard))

    experiment = cross_entropy(data, training=Training(epochs=2, batch_size=4)).change(objective=pretext)
    run(experiment, tmp_path, seed=3, hardware=Hardware("cpu", "32"))
    for epoch, pairs in enumerate(heard[-2:]):
        torch.manual_seed(generator_of((3, 0, epoch)).initial_seed())
        wanted = even_turns(16)[torch.randperm(20)]
        assert [turn for _, turn in sorted(pairs)] == wanted[:16].tolist()

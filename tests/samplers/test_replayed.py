import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from counterpoise.counts import count_classes
from counterpoise.errors import InputError
from counterpoise.samplers import InOrder, PowerSampler, ProgressiveSampler, Replayed, Shuffled, labels_of

COUNTS = torch.tensor([900, 90, 10])
TARGETS = torch.arange(3).repeat_interleave(COUNTS)


def test_a_data_loader_takes_it() -> None:
    """A loop of one's own, from the data set to class-balanced batches."""
    dataset = TensorDataset(torch.arange(1000), TARGETS)
    labels = labels_of(dataset)
    sampler = Replayed(PowerSampler(labels, count_classes(labels, 3), power=0), seed=0, epochs=2)
    loader = DataLoader(dataset, batch_size=64, sampler=sampler)
    epochs = []
    for epoch in range(2):
        sampler.set_epoch(epoch)
        places, classes = (torch.cat(column) for column in zip(*loader, strict=True))
        assert torch.equal(TARGETS[places], classes)
        assert (torch.bincount(classes, minlength=3) / 1000 - 1 / 3).abs().max() < 0.05
        epochs.append(places)
    assert len(loader) == 16
    assert not torch.equal(*epochs)


def test_an_epoch_depends_on_its_number_and_the_seed_alone() -> None:
    def order(seed: int, epoch: int) -> tuple[int, ...]:
        sampler = Replayed(Shuffled(50), seed=seed, epochs=3)
        sampler.set_epoch(epoch)
        return tuple(sampler)

    assert order(1, 2) == order(1, 2)
    assert len({order(seed, epoch) for seed in range(3) for epoch in range(3)}) == 9


def test_the_global_generator_is_left_alone() -> None:
    state = torch.get_rng_state()
    list(Replayed(Shuffled(50), seed=0, epochs=1))
    assert torch.equal(torch.get_rng_state(), state)


def test_it_gives_whole_numbers_and_as_many_as_it_says() -> None:
    sampler = Replayed(InOrder(4), seed=0, epochs=1)
    assert list(sampler) == [0, 1, 2, 3]
    assert all(type(place) is int for place in sampler)
    assert len(sampler) == 4


def test_it_tells_the_time() -> None:
    inner = ProgressiveSampler(TARGETS, COUNTS)
    Replayed(inner, seed=0, epochs=5).set_epoch(1)
    assert inner.progress == 0.25


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(InputError, match="seeds of 0 or more"):
        list(Replayed(InOrder(4), seed=-1, epochs=1))

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

from counterpoise.data.augmentation import Augmentation, CropFlip, Plain, ResizedCropJitter
from counterpoise.data.data import Split
from counterpoise.data.samples import ImageFiles, PackedImages
from counterpoise.data.streams import Batch, Stream
from counterpoise.errors import InputError
from counterpoise.samplers.shuffled import InOrder, Shuffled

SIZE, COUNT = 10, 23
STATISTICS = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)
CROP, PLAIN = CropFlip(SIZE, *STATISTICS, padding=2), Plain(SIZE, *STATISTICS)
JITTER = ResizedCropJitter(SIZE, *STATISTICS)


def pixels(count: int = COUNT) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, SIZE, SIZE, 3), generator=generator, dtype=torch.uint8)


@pytest.fixture
def packed() -> Split:
    return Split(PackedImages(pixels()), torch.arange(COUNT) % 3, tuple(map(str, range(COUNT))))


@pytest.fixture
def files(tmp_path: Path, packed: Split) -> Split:
    paths = [str(tmp_path / f"{i}.png") for i in range(COUNT)]
    for path, image in zip(paths, pixels(), strict=True):
        Image.fromarray(image.numpy()).save(path)
    return replace(packed, samples=ImageFiles(paths, SIZE))


def stream(split: Split, augmentation: Augmentation = CROP, batch_size: int = 8, workers: int = 0) -> Stream:
    return Stream(split, Shuffled(len(split)), batch_size, augmentation, workers=workers)


def equal(some: Iterable[Batch], others: Iterable[Batch]) -> bool:
    return all(
        torch.equal(a.inputs, b.inputs)
        and torch.equal(a.targets, b.targets)
        and torch.equal(a.index, b.index)
        for a, b in zip(some, others, strict=True)
    )


def test_a_batch_holds_what_its_index_says(packed: Split) -> None:
    for batch in stream(packed, PLAIN).batches(seed=(0,)):
        assert torch.equal(batch.targets, packed.targets[batch.index])
        assert torch.equal(batch.inputs, PLAIN.batch(packed.samples.read(batch.index), torch.empty(8, 0)))


def test_an_epoch_visits_every_sample_once(packed: Split) -> None:
    whole = replace(stream(packed), drop_last=False)
    index = torch.cat([batch.index for batch in whole.batches(seed=(0,))])
    assert sorted(index.tolist()) == list(range(COUNT))
    assert [len(batch) for batch in whole.batches(seed=(0,))] == [8, 8, 7]
    assert len(whole) == 3


def test_the_incomplete_batch_is_dropped(packed: Split) -> None:
    assert [len(batch) for batch in stream(packed).batches(seed=(0,))] == [8, 8]
    assert len(stream(packed)) == 2


def test_a_batch_is_at_most_the_epoch(packed: Split) -> None:
    assert [len(batch) for batch in stream(packed, batch_size=1000).batches(seed=(0,))] == [COUNT]
    assert len(stream(packed, batch_size=1000)) == 1


@pytest.mark.parametrize("world", [2, 3])
@pytest.mark.parametrize("augmentation", [CROP, JITTER])
def test_many_processes_see_what_one_sees(packed: Split, augmentation: Augmentation, world: int) -> None:
    one = replace(stream(packed, augmentation), drop_last=False)
    ranks = [one.batches(seed=(0, 1, 2), rank=rank, world=world) for rank in range(world)]
    for whole, *parts in zip(one.batches(seed=(0, 1, 2)), *ranks, strict=True):
        for rank, part in enumerate(parts):
            assert torch.equal(whole.inputs[rank::world], part.inputs)
            assert torch.equal(whole.targets[rank::world], part.targets)
            assert torch.equal(whole.index[rank::world], part.index)


@pytest.mark.parametrize("augmentation", [CROP, JITTER, PLAIN])
def test_the_bits_do_not_depend_on_the_workers(files: Split, augmentation: Augmentation) -> None:
    alone = list(stream(files, augmentation).batches(seed=(5, 0)))
    assert len(alone) == 2
    assert equal(alone, stream(files, augmentation, workers=2).batches(seed=(5, 0)))


@pytest.mark.parametrize("augmentation", [CROP, PLAIN])
def test_files_and_packed_images_are_the_same(
    files: Split, packed: Split, augmentation: Augmentation
) -> None:
    assert equal(
        stream(files, augmentation).batches(seed=(5,)), stream(packed, augmentation).batches(seed=(5,))
    )


def test_every_number_of_the_seed_matters(packed: Split) -> None:
    seeds = [(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0), (0, 0), (0,)]
    orders = {tuple(next(stream(packed).batches(seed=seed)).index.tolist()) for seed in seeds}
    assert len(orders) == len(seeds)


def test_the_same_seed_is_the_same_epoch(packed: Split) -> None:
    assert equal(stream(packed).batches(seed=(3, 1)), stream(packed).batches(seed=(3, 1)))


@pytest.mark.parametrize("workers", [0, 1])
def test_the_global_generator_neither_matters_nor_moves(files: Split, workers: int) -> None:
    torch.manual_seed(1)
    state = torch.get_rng_state()
    first = list(stream(files, JITTER, workers=workers).batches(seed=(0,)))
    assert torch.equal(state, torch.get_rng_state())
    torch.manual_seed(2)
    assert equal(first, stream(files, JITTER, workers=workers).batches(seed=(0,)))


def test_a_rank_may_get_an_empty_batch(files: Split, packed: Split) -> None:
    for split in (files, packed):
        last = Stream(split, InOrder(COUNT), COUNT - 1, CROP, workers=0, drop_last=False)
        *_, batch = last.batches(seed=(0,), rank=1, world=2)
        assert len(batch) == 0
        assert batch.inputs.shape == (0, 3, SIZE, SIZE)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_broken_file_is_named_in_one_line(files: Split, workers: int) -> None:
    broken = Path(files.samples.paths[4])
    broken.write_bytes(broken.read_bytes()[:60])
    with pytest.raises(InputError, match=r"4\.png") as caught:
        list(replace(stream(files, workers=workers), drop_last=False).batches(seed=(0,)))
    assert "\n" not in str(caught.value)


def test_in_order_is_in_order(packed: Split) -> None:
    batches = Stream(packed, InOrder(COUNT), 10, PLAIN, drop_last=False).batches(seed=(0,))
    assert torch.cat([batch.index for batch in batches]).tolist() == list(range(COUNT))


def test_moving_a_batch_keeps_what_it_has() -> None:
    batch = Batch(torch.zeros(2, 3, 4, 4), None, torch.arange(2)).to("meta")
    assert batch.inputs.device.type == batch.index.device.type == "meta"
    assert batch.targets is None
    assert len(batch) == 2


def test_impossible_streams_are_refused(packed: Split) -> None:
    with pytest.raises(InputError, match="batch size of at least 1, but got 0"):
        stream(packed, batch_size=0)
    with pytest.raises(InputError, match="the sampler visits none"):
        Stream(packed, Shuffled(0), 8, PLAIN)
    with pytest.raises(InputError, match="worker processes, but got -1"):
        stream(packed, workers=-1)


def test_without_labels_a_batch_has_no_targets(packed: Split) -> None:
    labeled = stream(packed)
    for with_targets, without in zip(
        labeled.batches(seed=(0,)), replace(labeled, labeled=False).batches(seed=(0,)), strict=True
    ):
        assert without.targets is None
        assert without.rows == 8
        assert torch.equal(without.inputs, with_targets.inputs)
        assert torch.equal(without.index, with_targets.index)


@pytest.mark.parametrize("world", [1, 2])
def test_a_stream_can_have_the_order_of_another_and_draws_of_its_own(packed: Split, world: int) -> None:
    first, view = stream(packed), replace(stream(packed), follows="first")
    for rank in range(world):
        shared = {"rank": rank, "world": world}
        pairs = zip(
            first.batches(seed=(7, 0), **shared),
            view.batches(seed=(7, 1), order=(7, 0), **shared),
            strict=True,
        )
        for one, other in pairs:
            assert torch.equal(one.index, other.index)
            assert not torch.equal(one.inputs, other.inputs)


def test_an_order_of_its_own_is_that_of_the_seed(packed: Split) -> None:
    alone, apart = (next(stream(packed).batches(seed=(7, 1), order=order)) for order in (None, (7, 0)))
    assert not torch.equal(alone.index, apart.index)

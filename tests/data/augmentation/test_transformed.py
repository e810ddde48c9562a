from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Generator, Tensor
from torchvision.transforms import v2

from counterpoise.data.augmentation import CropFlip, Plain, Transformed, learned_policy, random_policy
from counterpoise.data.data import Split
from counterpoise.data.samples import ImageFiles, PackedImages
from counterpoise.data.streams import Batch, Stream
from counterpoise.samplers import Shuffled

SIZE, COUNT = 12, 20
STATISTICS = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)
CROP, PLAIN = CropFlip(SIZE, *STATISTICS, padding=2), Plain(SIZE, *STATISTICS)
RANDOM = Transformed(CROP, random_policy(2, 9))
LEARNED = Transformed(CROP, learned_policy("imagenet", SIZE))
both = pytest.mark.parametrize("augmentation", [RANDOM, LEARNED], ids=["random", "learned"])


def pixels() -> Tensor:
    generator = Generator().manual_seed(0)
    return torch.randint(0, 256, (COUNT, SIZE, SIZE, 3), generator=generator, dtype=torch.uint8)


def drawn(augmentation: Transformed, seed: int = 0) -> Tensor:
    return augmentation.draw(COUNT, Generator().manual_seed(seed))


@pytest.fixture
def packed() -> Split:
    return Split(PackedImages(pixels()), torch.arange(COUNT) % 3, tuple(map(str, range(COUNT))))


@pytest.fixture
def files(tmp_path: Path, packed: Split) -> Split:
    paths = [str(tmp_path / f"{i}.png") for i in range(COUNT)]
    for path, image in zip(paths, pixels(), strict=True):
        Image.fromarray(image.numpy()).save(path)
    return replace(packed, samples=ImageFiles(paths, SIZE))


def batches(split: Split, augmentation: Transformed, workers: int = 0) -> list[Batch]:
    stream = Stream(split, Shuffled(COUNT), 8, augmentation, workers=workers, drop_last=False)
    return list(stream.batches(seed=(3, 0)))


def equal(some: list[Batch], others: list[Batch]) -> bool:
    return all(torch.equal(a.inputs, b.inputs) for a, b in zip(some, others, strict=True))


def test_the_inner_augmentation_draws_what_it_draws_alone() -> None:
    alone = CROP.draw(COUNT, Generator().manual_seed(4))
    draws = drawn(RANDOM, seed=4)
    assert draws.shape == (COUNT, 4)
    assert torch.equal(draws[:, :-1], alone)
    assert len(set(draws[:, -1].tolist())) == COUNT


@both
def test_the_transform_follows_crop_and_flip_and_goes_before_normalisation(augmentation: Transformed) -> None:
    draws, wanted = drawn(augmentation), []
    for image, seed in zip(CROP.change(pixels(), draws[:, :-1]), draws[:, -1].tolist(), strict=True):
        torch.manual_seed(seed)
        wanted.append(torch.from_numpy(np.array(augmentation.transform(Image.fromarray(image.numpy())))))
    result = augmentation.batch(pixels(), draws)
    assert torch.equal(result, PLAIN.batch(torch.stack(wanted), torch.empty(COUNT, 0)))
    assert not torch.equal(result, CROP.batch(pixels(), draws[:, :-1]))


def test_any_transform_fits() -> None:
    inverted = Transformed(PLAIN, v2.RandomInvert(p=1.0)).batch(pixels(), drawn(RANDOM)[:, -1:])
    assert torch.equal(inverted, PLAIN.batch(255 - pixels(), torch.empty(COUNT, 0)))


@both
def test_workers_and_storage_do_not_change_a_bit(
    files: Split, packed: Split, augmentation: Transformed
) -> None:
    alone = batches(files, augmentation)
    assert len(alone) == 3
    assert equal(alone, batches(files, augmentation, workers=2))
    assert equal(alone, batches(packed, augmentation))


def test_ranks_together_see_what_one_sees(packed: Split) -> None:
    stream = Stream(packed, Shuffled(COUNT), 8, RANDOM, drop_last=False)
    ranks = [stream.batches(seed=(1,), rank=rank, world=2) for rank in range(2)]
    for whole, *parts in zip(stream.batches(seed=(1,)), *ranks, strict=True):
        assert all(torch.equal(whole.inputs[rank::2], part.inputs) for rank, part in enumerate(parts))

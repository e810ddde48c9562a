import numpy as np
import pytest
import torch
from PIL import Image
from torch import Generator, Tensor

from counterpoise.data.augmentation import (
    Augmentation,
    CropFlip,
    Plain,
    ResizedCropJitter,
    Transformed,
    learned_policy,
    random_policy,
)
from counterpoise.errors import InputError

MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)
SIZE = 16
CROP = CropFlip(SIZE, MEAN, STD)
ALL = [
    Plain(SIZE, MEAN, STD),
    CROP,
    ResizedCropJitter(SIZE, MEAN, STD),
    Transformed(CROP, random_policy(2, 9)),
    Transformed(ResizedCropJitter(SIZE, MEAN, STD), learned_policy("cifar10", SIZE)),
]
each = pytest.mark.parametrize("augmentation", ALL, ids=lambda a: type(a).__name__)


def packed(count: int, size: int = SIZE, channels: int = 3) -> Tensor:
    generator = Generator().manual_seed(count)
    return torch.randint(0, 256, (count, size, size, channels), generator=generator, dtype=torch.uint8)


def drawn(augmentation: Augmentation, count: int, seed: int = 0) -> Tensor:
    return augmentation.draw(count, Generator().manual_seed(seed))


def picture(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


@each
def test_a_batch_is_float_and_channels_last(augmentation: Augmentation) -> None:
    batch = augmentation.batch(packed(5), drawn(augmentation, 5))
    assert batch.shape == (5, 3, SIZE, SIZE)
    assert batch.dtype == torch.float32
    assert batch.is_contiguous(memory_format=torch.channels_last)


@each
def test_the_bits_of_a_sample_do_not_depend_on_its_batch(augmentation: Augmentation) -> None:
    images, draws = packed(7), drawn(augmentation, 7)
    whole = augmentation.batch(images, draws)
    for part in ([3], [6, 0], [1, 2, 3, 4, 5]):
        assert torch.equal(whole[part], augmentation.batch(images[part], draws[part]))


@each
def test_draws_come_from_the_generator_alone(augmentation: Augmentation) -> None:
    torch.manual_seed(1)
    first = drawn(augmentation, 50, seed=4)
    state = torch.get_rng_state()
    torch.manual_seed(2)
    assert torch.equal(first, drawn(augmentation, 50, seed=4))
    assert first.shape[0] == 50
    augmentation.batch(packed(3), drawn(augmentation, 3))
    torch.manual_seed(1)
    assert torch.equal(state, torch.get_rng_state())


@each
def test_changing_pixels_leaves_the_global_generator_alone(augmentation: Augmentation) -> None:
    draws, state = drawn(augmentation, 4), torch.get_rng_state()
    augmentation.batch(packed(4), draws)
    augmentation.image(picture(20, 30), draws[0])
    assert torch.equal(state, torch.get_rng_state())


@each
def test_an_empty_batch_stays_empty(augmentation: Augmentation) -> None:
    assert augmentation.batch(packed(0), drawn(augmentation, 0)).shape == (0, 3, SIZE, SIZE)


@each
@pytest.mark.parametrize("size", [(16, 16), (40, 20), (9, 31)])
def test_a_picture_of_any_size_becomes_a_square(augmentation: Augmentation, size: tuple[int, int]) -> None:
    draws = drawn(augmentation, 1)
    image = augmentation.image(picture(*size), draws[0])
    assert image.shape == (SIZE, SIZE, 3)
    assert image.dtype == torch.uint8
    assert augmentation.finish(image[None]).shape == (1, 3, SIZE, SIZE)


def test_plain_is_the_textbook_normalisation() -> None:
    images = packed(4)
    mean, std = (torch.tensor(numbers).view(3, 1, 1) for numbers in (MEAN, STD))
    wanted = (images.permute(0, 3, 1, 2) / 255 - mean) / std
    result = Plain(SIZE, MEAN, STD).batch(images, torch.empty(4, 0))
    torch.testing.assert_close(result, wanted, rtol=0, atol=1e-6)


def test_plain_cuts_224_out_of_256() -> None:
    gradient = Image.fromarray(np.tile(np.arange(256, dtype=np.uint8)[None, :, None], (256, 1, 3)))
    cut = Plain(224, MEAN, STD).image(gradient, torch.empty(0))
    assert cut[0, :, 0].tolist() == list(range(16, 240))
    wide = Plain(200, MEAN, STD, shorter=256).image(gradient, torch.empty(0))
    assert wide[0, :, 0].tolist() == list(range(28, 228))


def test_crop_and_flip_against_a_loop() -> None:
    augmentation, images = CropFlip(SIZE, MEAN, STD, padding=3), packed(40)
    draws = drawn(augmentation, 40)
    assert set(draws[:, 2].tolist()) == {0, 1}
    assert set(draws[:, :2].flatten().tolist()) == set(range(7))
    for image, draw, result in zip(images, draws, augmentation.batch(images, draws), strict=True):
        top, left, mirrored = draw.tolist()
        canvas = torch.zeros(SIZE + 6, SIZE + 6, 3, dtype=torch.uint8)
        canvas[3 : 3 + SIZE, 3 : 3 + SIZE] = image
        cut = canvas[top : top + SIZE, left : left + SIZE]
        wanted = cut.flip(1) if mirrored else cut
        plain = Plain(SIZE, MEAN, STD).batch(wanted[None], torch.empty(1, 0))[0]
        assert torch.equal(result, plain)


def test_digits_are_not_mirrored() -> None:
    mirrored, upright = (
        CropFlip(8, (0.3,), (0.4,), padding=1),
        CropFlip(8, (0.3,), (0.4,), padding=1, flip=False),
    )
    assert drawn(upright, 100)[:, 2].sum() == 0
    assert torch.equal(drawn(upright, 100)[:, :2], drawn(mirrored, 100)[:, :2])


def test_one_channel_passes_through() -> None:
    crop, jitter = CropFlip(8, (0.3,), (0.4,)), ResizedCropJitter(8, (0.3,), (0.4,))
    for augmentation in (crop, jitter, Transformed(crop, random_policy(3, 20))):
        assert augmentation.batch(packed(3, 8, 1), drawn(augmentation, 3)).shape == (3, 1, 8, 8)


def test_jitter_depends_on_its_seed_alone() -> None:
    augmentation, image = ResizedCropJitter(SIZE, MEAN, STD), picture(40, 30)
    first, second = drawn(augmentation, 2)
    assert torch.equal(augmentation.image(image, first), augmentation.image(image, first))
    assert not torch.equal(augmentation.image(image, first), augmentation.image(image, second))


@pytest.mark.parametrize("augmentation", ALL[:2])
def test_images_of_another_size_are_refused(augmentation: Augmentation) -> None:
    with pytest.raises(InputError, match="expected images of 16 x 16 pixels, but got 12 x 12"):
        augmentation.batch(packed(2, 12), drawn(augmentation, 2))


def test_images_of_other_channels_are_refused() -> None:
    with pytest.raises(InputError, match="expected images of 3 channels, but got 1"):
        ALL[0].batch(packed(2, channels=1), drawn(ALL[0], 2))

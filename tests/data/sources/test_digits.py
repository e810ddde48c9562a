import numpy as np
import torch
from sklearn.datasets import load_digits

from counterpoise.data.sources.digits import digits


def test_the_splits_cover_the_digits() -> None:
    splits = digits().splits
    assert {name: len(split) for name, split in splits.items()} == {"train": 1257, "val": 180, "test": 360}
    for name, count in (("val", 18), ("test", 36)):
        assert splits[name].targets.bincount().tolist() == [count] * 10
    targets = torch.cat([split.targets for split in splits.values()])
    assert targets.bincount().tolist() == np.bincount(load_digits().target).tolist()


def test_the_pixels_are_scaled_to_bytes() -> None:
    images = torch.cat([split.samples.read(torch.arange(len(split))) for split in digits().splits.values()])
    assert images.shape == (1797, 8, 8, 1)
    assert (int(images.min()), int(images.max())) == (0, 255)
    wanted = load_digits().images.sum() * 255 / 16
    assert abs(float(images.double().sum()) / wanted - 1) < 0.01


def test_the_seed_draws_another_split() -> None:
    first, again, other = (
        digits(split_seed=seed).splits["test"].samples.read(torch.arange(360)) for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_another_size() -> None:
    assert digits(image_size=16).splits["val"].samples.shape == (1, 16, 16)

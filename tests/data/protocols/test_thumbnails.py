"""What images look like from afar."""

import torch
from torch.testing import assert_close

from counterpoise.data.protocols import cluster_within_classes
from counterpoise.data.protocols.thumbnails import thumbnail_features
from counterpoise.data.samples import PackedImages


def tinted(colours: list[list[int]], each: int) -> PackedImages:
    noise = torch.randint(0, 30, (len(colours) * each, 12, 12, 3))
    tint = torch.tensor(colours).repeat_interleave(each, dim=0)[:, None, None]
    return PackedImages((tint + noise).clamp(max=255).to(torch.uint8))


def test_tints_are_found_again() -> None:
    images = tinted([[200, 20, 20], [20, 200, 20], [20, 20, 200]], each=12)
    features = thumbnail_features(images)
    found = cluster_within_classes(features, torch.zeros(36, dtype=torch.int64), num_classes=1, clusters=3)
    assert [len(part.unique()) for part in found.view(3, 12)] == [1, 1, 1]
    assert len(found.unique()) == 3


def test_there_are_at_most_as_many_as_images() -> None:
    assert thumbnail_features(tinted([[9, 9, 9]], each=5)).shape == (5, 5)
    assert thumbnail_features(PackedImages(torch.randint(0, 255, (90, 8, 8, 1)).byte())).shape == (90, 64)


def test_the_same_images_have_the_same_features() -> None:
    images = tinted([[50, 80, 9], [9, 80, 50]], each=8)
    assert_close(thumbnail_features(images), thumbnail_features(images), rtol=0, atol=0)

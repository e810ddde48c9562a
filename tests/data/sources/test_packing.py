from pathlib import Path

import torch

from counterpoise.data.samples import ImageFiles, PackedImages
from counterpoise.data.sources.folder import folder
from counterpoise.data.sources.packing import readable
from counterpoise.data.sources.unlabeled_pool import named_pool


def test_small_sets_are_packed_with_the_same_pixels(make_folder) -> None:
    found = folder(make_folder({"train/a": 70, "train/b": 5, "test/a": 2}, width=20, height=14))
    packed, kept = readable(found)
    for name, split in packed.splits.items():
        assert isinstance(split.samples, PackedImages)
        assert torch.equal(split.samples.images, found.splits[name].samples.read(torch.arange(len(split))))
        assert kept[name].tolist() == list(range(len(split)))


def test_large_sets_stay_files(make_folder) -> None:
    found = folder(make_folder({"train/a": 2, "train/b": 2}))
    at_the_limit, _ = readable(found, memory=4 * 12 * 12 * 3)
    beyond, kept = readable(found, memory=4 * 12 * 12 * 3 - 1)
    assert isinstance(at_the_limit.splits["train"].samples, PackedImages)
    assert isinstance(beyond.splits["train"].samples, ImageFiles)
    assert kept["train"].tolist() == [0, 1, 2, 3]


def test_unreadable_images_are_found_either_way(make_folder, tmp_path: Path) -> None:
    found = folder(make_folder({"train/a": 3, "train/b": 3}))
    (tmp_path / "train/a/1.png").write_bytes(b"broken")
    for memory in (2**20, 0):
        left, kept = readable(found, memory=memory)
        assert kept["train"].tolist() == [0, 2, 3, 4, 5]
        assert left.splits["train"].targets.tolist() == [0, 0, 1, 1, 1]
        assert len(left.splits["train"].samples.read(torch.arange(5))) == 5


def test_unlabeled_images_are_packed_or_checked_too(make_folder, tmp_path: Path) -> None:
    found = folder(make_folder({"train/a": 3, "train/b": 3}))
    make_folder({"pool": 4})
    (tmp_path / "pool/2.png").write_bytes(b"broken")
    found = found.with_splits(unlabeled=named_pool(tmp_path / "pool", (3, 12, 12)))
    for memory, kind in ((2**20, PackedImages), (10 * 12 * 12 * 3 - 1, ImageFiles)):
        left, kept = readable(found, memory=memory)
        assert isinstance(left.splits["unlabeled"].samples, kind)
        assert isinstance(left.splits["train"].samples, kind)
        assert kept["unlabeled"].tolist() == [0, 1, 3]
        assert left.splits["unlabeled"].names == ("pool/0.png", "pool/1.png", "pool/3.png")

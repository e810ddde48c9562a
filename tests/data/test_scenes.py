"""Pictures with things: what they show, and batches of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from counterpoise.data.augmentation import Plain, SceneFlip
from counterpoise.data.data import Data, Split
from counterpoise.data.scenes import SceneBatch, Scenes, Shown, nothing
from counterpoise.data.streams import Batch, Stream
from counterpoise.errors import InputError
from counterpoise.samplers import InOrder, Shuffled

OUTLINE = [np.array([2.0, 1, 8, 1, 8, 4, 2, 4])]


@pytest.fixture
def scenes(tmp_path: Path) -> Scenes:
    """A picture of 10 x 6 pixels with a dog (1), a crowd and a cat (0); and an empty one of 8 x 12."""
    for name, (width, height) in {"a": (10, 6), "b": (8, 12)}.items():
        pixels = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    boxes = torch.tensor([[2.0, 1, 8, 4], [0, 0, 10, 6], [5, 0, 9.5, 6]])
    crowd = torch.tensor([False, True, False])
    shown = Shown(3, 10, 6, boxes, torch.tensor([1, 0, 0]), crowd, torch.ones(3), (OUTLINE, None, OUTLINE))
    return Scenes(
        [str(tmp_path / "a.png"), str(tmp_path / "b.png")], [shown, nothing(4, 8, 12)], (6, 12), masks=True
    )


def batch_of(scenes: Scenes, *mirrored: int, workers: int = 0) -> SceneBatch:
    portion = torch.arange(len(mirrored)), torch.tensor(mirrored)[:, None]
    (batch,) = scenes.batches([portion], SceneFlip(), workers=workers, device=torch.device("cpu"))
    return batch


def same(first: SceneBatch, second: SceneBatch) -> bool:
    def tensors(batch: SceneBatch) -> list[Tensor]:
        return [*batch.images, *(found for objects in batch.objects for found in objects.values())]

    return all(torch.equal(a, b) for a, b in zip(tensors(first), tensors(second), strict=True))


def test_crowds_are_no_things(scenes: Scenes) -> None:
    assert [found.tolist() for found in scenes.things] == [[1, 0], []]
    assert scenes.marks(3).tolist() == [[True, True, False], [False] * 3]
    assert scenes.shown[0].has_masks
    assert not replace(scenes.shown[0], segmentations=(OUTLINE, OUTLINE, None)).has_masks


def test_pictures_keep_their_size_and_labels_leave_room_for_the_background(scenes: Scenes) -> None:
    batch = batch_of(scenes, 0, 0)
    assert len(batch) == 2
    assert [image.shape for image in batch.images] == [(3, 6, 10), (3, 12, 8)]
    pixels = torch.from_numpy(np.asarray(Image.open(scenes.paths[0])).copy()).permute(2, 0, 1)
    assert torch.equal(batch.images[0], pixels.float() / 255)
    shown, empty = batch.objects
    assert shown["labels"].tolist() == [2, 1]
    assert shown["boxes"].tolist() == [[2, 1, 8, 4], [5, 0, 9.5, 6]]
    assert shown["masks"].dtype == torch.uint8
    assert shown["masks"].sum(dim=(1, 2)).tolist() == [18, 18]
    assert shown["masks"][0, 1:4, 2:8].all()
    assert {name: tuple(found.shape) for name, found in empty.items()} == {
        "boxes": (0, 4),
        "labels": (0,),
        "masks": (0, 12, 8),
    }


def test_what_mirrors_a_picture_mirrors_its_things(scenes: Scenes) -> None:
    plain, mirrored = batch_of(scenes, 0, 0), batch_of(scenes, 1, 0)
    assert torch.equal(mirrored.images[0], plain.images[0].flip(2))
    assert mirrored.objects[0]["boxes"].tolist() == [[2, 1, 8, 4], [0.5, 0, 5, 6]]
    assert torch.equal(mirrored.objects[0]["masks"], plain.objects[0]["masks"].flip(2))
    assert torch.equal(mirrored.objects[0]["labels"], plain.objects[0]["labels"])
    assert torch.equal(mirrored.images[1], plain.images[1])


def test_the_workers_do_not_change_a_bit(scenes: Scenes) -> None:
    assert same(batch_of(scenes, 1, 0), batch_of(scenes, 1, 0, workers=2))


def test_a_process_without_a_picture_has_an_empty_batch(scenes: Scenes) -> None:
    assert len(batch_of(scenes)) == 0


def test_a_stream_gives_scenes_and_the_numbers_of_things(scenes: Scenes) -> None:
    split = Split(scenes, torch.tensor([2, 0]), ("a", "b"))
    stream = Stream(split, Shuffled(2), 2, SceneFlip(flip=True), workers=0)
    (batch,) = stream.batches(seed=(1,))
    assert isinstance(batch, Batch)
    assert len(batch) == len(batch.inputs) == batch.rows == 2
    assert batch.targets is not None
    assert [len(objects["labels"]) for objects in batch.inputs.objects] == batch.targets.tolist()
    assert same(batch.to("cpu").inputs, batch.inputs)


def test_every_process_has_its_share(tiny_scenes: Data) -> None:
    split = tiny_scenes.splits["train"]
    stream = Stream(split, InOrder(len(split)), 8, SceneFlip(flip=True), workers=0)
    whole = next(stream.batches(seed=(5,)))
    shares = [next(stream.batches(seed=(5,), rank=rank, world=2)) for rank in range(2)]
    for rank, share in enumerate(shares):
        taken = range(rank, 8, 2)
        assert share.index.tolist() == list(taken)
        expected = SceneBatch(
            [whole.inputs.images[i] for i in taken], [whole.inputs.objects[i] for i in taken]
        )
        assert same(share.inputs, expected)


def test_without_masks_none_are_drawn(scenes: Scenes) -> None:
    boxes_alone = Scenes(scenes.paths, scenes.shown, scenes.sides, masks=False)
    assert set(batch_of(boxes_alone, 0).objects[0]) == {"boxes", "labels"}


def test_bare_pictures_show_nothing(scenes: Scenes) -> None:
    bare = scenes.bare()
    assert [one.image_id for one in bare.shown] == [3, 4]
    batch = batch_of(bare, 0, 0)
    assert all(torch.equal(a, b) for a, b in zip(batch.images, batch_of(scenes, 0, 0).images, strict=True))
    assert [len(objects["labels"]) for objects in batch.objects] == [0, 0]


def test_a_subset_keeps_what_pictures_show(scenes: Scenes) -> None:
    part = scenes.subset(torch.tensor([1, 0, 1]))
    assert [one.image_id for one in part.shown] == [4, 3, 4]
    assert part.paths == tuple(scenes.paths[i] for i in (1, 0, 1))
    assert (part.shape, part.masks) == (scenes.shape, True)


def test_whole_pictures_are_read_into_one_canvas(scenes: Scenes) -> None:
    read = scenes.read(torch.tensor([1, 0]))
    assert read.shape == (2, 6, 12, 3)
    assert read.dtype == torch.uint8
    assert not read[0, :, :4].any()
    assert read[0, :, 4:8].any()
    assert scenes.content(0) == Path(scenes.paths[0]).read_bytes()


def test_a_broken_picture_is_one_line(scenes: Scenes) -> None:
    Path(scenes.paths[1]).write_bytes(b"not a picture")
    for workers in (0, 1):
        with pytest.raises(InputError, match=r"cannot read the image .*b\.png") as caught:
            batch_of(scenes, 0, 0, workers=workers)
        assert "\n" not in str(caught.value)


def test_a_picture_of_another_size_than_its_boxes_is_refused(scenes: Scenes) -> None:
    Image.new("RGB", (9, 6)).save(scenes.paths[0])
    with pytest.raises(InputError, match=r"expected 10 x 6 pixels in the image .*a\.png.*but it has 9 x 6"):
        batch_of(scenes, 0, 0)


def test_an_augmentation_that_moves_no_boxes_is_refused(scenes: Scenes) -> None:
    with pytest.raises(InputError, match="augmented by SceneFlip, but Plain came"):
        next(scenes.batches([], Plain(8, (0.5,) * 3, (0.5,) * 3), workers=0, device=torch.device("cpu")))

import torch

from counterpoise.metrics.packed_masks import PackedMasks


def drawn(masks: int, height: int, width: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(masks)
    return torch.rand(masks, height, width, generator=generator) < 0.4


def test_pixels_come_back() -> None:
    masks = drawn(3, 7, 11)
    packed = PackedMasks.of_pixels(masks)
    assert len(packed) == 3
    assert torch.equal(torch.stack([packed.pixels(i) for i in range(3)]), masks)
    assert packed[1]["size"] == [7, 11]


def test_counts_may_be_text_as_in_files() -> None:
    packed = PackedMasks.of_pixels(drawn(2, 5, 5))
    written = [{"size": packed[i]["size"], "counts": packed[i]["counts"].decode()} for i in range(2)]
    again = PackedMasks.of(written)
    assert [again[i] for i in range(2)] == [packed[i] for i in range(2)]
    assert torch.equal(again.areas, packed.areas)


def test_areas_are_pixels_inside() -> None:
    first, second = drawn(3, 7, 11), drawn(2, 4, 5)
    whole = PackedMasks.joined([PackedMasks.of_pixels(first), PackedMasks.of_pixels(second)])
    assert whole.areas.tolist() == [*first.sum(dim=(1, 2)).tolist(), *second.sum(dim=(1, 2)).tolist()]
    assert whole.subset(torch.tensor([4, 0])).areas.tolist() == whole.areas[[4, 0]].tolist()


def test_masks_of_several_images_are_joined_and_picked() -> None:
    first, second = PackedMasks.of_pixels(drawn(2, 5, 9)), PackedMasks.of_pixels(drawn(3, 8, 4))
    whole = PackedMasks.joined([first, PackedMasks.of(()), second])
    assert [whole[i] for i in range(5)] == [first[0], first[1], second[0], second[1], second[2]]
    some = whole.subset(torch.tensor([4, 0]))
    assert [some[0], some[1]] == [second[2], first[0]]
    again = PackedMasks.joined([some, first])
    assert [again[i] for i in range(4)] == [second[2], first[0], first[0], first[1]]


def test_bytes_tell_where_masks_begin() -> None:
    packed = PackedMasks.of_pixels(drawn(4, 6, 6))
    again = PackedMasks.end_to_end(packed.sizes, packed.lengths, packed.areas, packed.counts)
    assert torch.equal(again.starts, packed.starts)


def test_there_may_be_none() -> None:
    packed = PackedMasks.of_pixels(torch.zeros(0, 5, 5))
    assert len(packed) == 0
    assert packed.sizes.shape == (0, 2)
    assert packed.areas.dtype == torch.int64
    assert len(PackedMasks.joined([packed, packed])) == 0


def test_an_empty_mask_is_a_mask() -> None:
    packed = PackedMasks.of_pixels(torch.zeros(1, 4, 4))
    assert packed.areas.tolist() == [0]
    assert not packed.pixels(0).any()

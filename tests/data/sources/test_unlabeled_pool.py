"""Unlabeled images beside the training split: named ones, and what a drawn long tail leaves over."""

from pathlib import Path

import numpy as np
import pytest
import torch

from counterpoise.counts import count_classes
from counterpoise.data.data import Data, Split
from counterpoise.data.profiles import exponential_counts, unlabeled_counts
from counterpoise.data.samples import ImageFiles, PackedImages
from counterpoise.data.sources import Source, load
from counterpoise.data.sources.unlabeled_pool import UNKNOWN, mixed, named_pool, wanted
from counterpoise.errors import InputError

GREY = (1, 8, 8)
RGB = (3, 12, 12)
LONG_TAIL = {"data": "digits", "imbalance": "exponential", "ratio": 20.0}
LABELED = exponential_counts(1200, 10, 20).tolist()


def drawn(**options: object) -> Data:
    """The long tail of digits with unlabeled images of the rest."""
    return load(Source(**{**LONG_TAIL, "unlabeled": "rest", "unlabeled_amount": 0.5, **options}))


def arrays(path: Path, shape: tuple[int, ...], *, key: str = "data", dtype: str = "uint8") -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, shape)
    np.savez(path, **{key: pixels.astype(dtype)})
    return path


def classes(data: Data) -> torch.Tensor:
    return count_classes(data.splits["unlabeled"].targets, 10)


def test_a_folder_is_searched_through(make_folder, tmp_path: Path) -> None:
    make_folder({"pool": 2, "pool/deep/er": 1})
    (tmp_path / "pool" / "notes.txt").write_text("no image")
    found = named_pool(tmp_path / "pool", RGB)
    assert isinstance(found.samples, ImageFiles)
    assert found.names == ("pool/0.png", "pool/1.png", "pool/deep/er/0.png")
    assert found.targets.tolist() == [UNKNOWN] * 3
    assert found.samples.shape == RGB


def test_a_table_names_images_under_its_own_folder_or_another(make_folder, tmp_path: Path) -> None:
    make_folder({"pool": 3})
    table = tmp_path / "some.csv"
    table.write_text("path,label\n2.png,whatever\n0.png,cat\n")
    assert named_pool(table, RGB, root=tmp_path / "pool").names == ("2.png", "0.png")
    with pytest.raises(InputError, match=r"2.png \(2 of 2 listed files are missing\).*--root"):
        named_pool(table, RGB)
    table.write_text("image\n0.png\n")
    with pytest.raises(InputError, match="expected the column path"):
        named_pool(table, RGB)


def test_arrays_are_taken_as_they_are(tmp_path: Path) -> None:
    path = arrays(tmp_path / "tiny.npz", (5, 8, 8, 1))
    found = named_pool(path, GREY)
    assert isinstance(found.samples, PackedImages)
    assert torch.equal(found.samples.images, torch.from_numpy(np.load(path)["data"]))
    assert found.names[-1] == "tiny/4"


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((5, 9, 8, 1), {}, r"shape \(1, 8, 8\), as in training, but .*tiny.npz has \(1, 9, 8\)"),
        ((5, 8, 8, 3), {}, r"has \(3, 8, 8\)"),
        ((5, 8, 8), {}, "packed images as uint8"),
        ((5, 8, 8, 1), {"dtype": "float32"}, "packed images as uint8"),
        ((5, 8, 8, 1), {"key": "pictures"}, "expected an array 'data'"),
        ((0, 8, 8, 1), {}, "no unlabeled images in .*tiny.npz"),
    ],
)
def test_arrays_of_another_kind_are_refused(
    shape: tuple[int, ...], options: dict, message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        named_pool(arrays(tmp_path / "tiny.npz", shape, **options), GREY)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04broken"])
def test_a_broken_file_of_arrays_is_refused_in_one_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "tiny.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"cannot read the unlabeled images .*tiny.npz") as caught:
        named_pool(tmp_path / "tiny.npz", GREY)
    assert "\n" not in str(caught.value)


def test_places_without_images_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no unlabeled images in"):
        named_pool(tmp_path / "empty", RGB)
    with pytest.raises(InputError, match=r"nowhere is none; name one, or the word rest"):
        named_pool(tmp_path / "nowhere", RGB)
    with pytest.raises(InputError, match="read as RGB, but the training images have 1 channel"):
        named_pool(tmp_path / "empty", GREY)


def test_the_profile_of_the_paper_by_rank() -> None:
    ranked, irrelevant = wanted(13_996, 10, amount=5, ratio=50, relevance=1)
    assert ranked.tolist() == [24999, 16186, 10477, 6784, 4390, 2843, 1839, 1189, 771, 496]
    assert irrelevant == 0
    reversed_, _ = wanted(13_996, 10, amount=5, ratio=-50, relevance=1)
    assert reversed_.tolist() == ranked.tolist()[::-1]
    part, irrelevant = wanted(13_996, 10, amount=5, ratio=50, relevance=0.6)
    assert irrelevant == round(0.4 * 5 * 13_996)
    assert int(part.sum()) == pytest.approx(0.6 * 5 * 13_996, abs=10)


def test_the_labeled_subset_is_the_one_without_unlabeled_images() -> None:
    alone, both = load(Source(**LONG_TAIL)), drawn()
    assert both.splits["train"].names == alone.splits["train"].names
    assert torch.equal(both.splits["train"].targets, alone.splits["train"].targets)
    assert both.drawn is not None
    assert both.drawn.tolist() == alone.drawn.tolist()  # pyright: ignore
    assert both.class_counts.tolist() == LABELED
    assert not set(both.splits["train"].names) & set(both.splits["unlabeled"].names)
    assert {name: both.facts.split_sizes[name] for name in ("val", "test")} == {"val": 180, "test": 360}


def test_unlabeled_images_are_no_validation_or_test_images() -> None:
    data = drawn(val_share=0.2)
    names = [set(split.names) for split in data.splits.values()]
    assert len(set.union(*names)) == sum(map(len, names))


def test_what_is_left_over_has_the_wanted_profile_or_is_told() -> None:
    data, left = drawn(), load(Source("digits")).class_counts - exponential_counts(1200, 10, 20)
    asked = unlabeled_counts(0.5 * sum(LABELED), 10, 20)
    assert classes(data).tolist() == torch.minimum(asked, left).tolist()
    assert data.facts.unlabeled == (*classes(data).tolist(), 0)
    assert data.facts.split_sizes["unlabeled"] == int(classes(data).sum())
    (note,) = data.facts.notes
    assert f"class 0: {left[0]} of {asked[0]}" in note
    assert f"has {classes(data).sum()} of {asked.sum()} samples" in note


def test_the_order_of_classes_can_be_reversed() -> None:
    asked = unlabeled_counts(0.5 * sum(LABELED), 10, 5)
    data = drawn(unlabeled_ratio=-5.0)
    assert classes(data)[3:].tolist() == asked.flip(0)[3:].tolist()
    assert classes(drawn(unlabeled_ratio=5.0))[3:].tolist() == asked[3:].tolist()
    assert data.class_counts.tolist() == LABELED


def test_where_there_is_enough_nothing_is_told() -> None:
    data = drawn(ratio=1.0, unlabeled_amount=0.01, imbalance="step")
    assert data.facts.notes != ()
    assert drawn(unlabeled_amount=0.03, unlabeled_ratio=1.0).facts.notes == ()


def test_irrelevant_images_come_from_elsewhere(tmp_path: Path) -> None:
    path = arrays(tmp_path / "noise.npz", (300, 8, 8, 1))
    data = drawn(relevance=0.6, irrelevant=str(path))
    asked, irrelevant = wanted(sum(LABELED), 10, amount=0.5, ratio=20, relevance=0.6)
    unlabeled = data.splits["unlabeled"]
    assert data.facts.unlabeled[-1] == irrelevant == 81
    assert (unlabeled.targets == UNKNOWN).sum() == 81
    assert data.facts.unlabeled[3:10] == tuple(asked.tolist()[3:])
    numbers = [int(name.removeprefix("noise/")) for name in unlabeled.names[-81:]]
    assert numbers == sorted(set(numbers)) != list(range(81))
    assert torch.equal(unlabeled.samples.read(torch.tensor([-1]))[0].int(), pixels_at(path, numbers[-1]))
    again = drawn(relevance=0.6, irrelevant=str(path))
    assert again.facts.fingerprint == data.facts.fingerprint


def pixels_at(path: Path, number: int) -> torch.Tensor:
    return torch.from_numpy(np.load(path)["data"][number]).int()


def test_irrelevant_files_beside_files(make_folder, tmp_path: Path) -> None:
    make_folder({"set/train/a": 20, "set/train/b": 20, "noise": 9})
    data = load(
        Source(
            str(tmp_path / "set"),
            imbalance="step",
            ratio=4,
            unlabeled="rest",
            unlabeled_amount=0.4,
            unlabeled_ratio=-4,
            relevance=0.5,
            irrelevant=str(tmp_path / "noise"),
        )
    )
    assert data.class_counts.tolist() == [20, 5]
    assert data.facts.unlabeled == (0, 5, 5)
    assert isinstance(data.splits["unlabeled"].samples, PackedImages)
    assert [name.split("/")[0] for name in data.splits["unlabeled"].names] == ["train"] * 5 + ["noise"] * 5


def test_irrelevant_files_beside_packed_images_are_decoded(make_folder, tmp_path: Path) -> None:
    make_folder({"noise": 4})
    noise = named_pool(tmp_path / "noise", RGB)
    packed = PackedImages(torch.zeros(2, 12, 12, 3, dtype=torch.uint8))
    both = mixed(Split(packed, torch.tensor([0, 1]), ("a", "b")), noise, 4, seed=0)
    assert both.targets.tolist() == [0, 1] + [UNKNOWN] * 4
    assert both.names[2:] == noise.names
    assert torch.equal(both.samples.read(torch.arange(2, 6)), noise.samples.read(torch.arange(4)))
    (tmp_path / "noise" / "2.png").write_bytes(b"broken")
    with pytest.raises(InputError, match=r"cannot read the image .*noise/2.png"):
        mixed(Split(packed, torch.tensor([0, 1]), ("a", "b")), noise, 4, seed=0)


def test_too_few_irrelevant_images_are_refused(tmp_path: Path) -> None:
    path = arrays(tmp_path / "noise.npz", (20, 8, 8, 1))
    with pytest.raises(InputError, match="81 irrelevant images are wanted, but there are 20"):
        drawn(relevance=0.6, irrelevant=str(path))


def test_arrays_and_files_cannot_be_mixed(make_folder, tmp_path: Path) -> None:
    make_folder({"set/train/a": 20, "set/train/b": 20})
    path = arrays(tmp_path / "noise.npz", (70, 12, 12, 3))
    options = {"imbalance": "step", "ratio": 4, "unlabeled": "rest", "unlabeled_ratio": -4.0}
    with pytest.raises(InputError, match="give both as image files, or both as arrays"):
        load(Source(str(tmp_path / "set"), relevance=0.5, irrelevant=str(path), **options))


def test_named_images_stand_beside_any_training_split(make_folder, tmp_path: Path) -> None:
    make_folder({"set/train/a": 4, "set/train/b": 2, "pool": 7}, width=20)
    alone = load(Source(str(tmp_path / "set")))
    data = load(Source(str(tmp_path / "set"), unlabeled=str(tmp_path / "pool")))
    assert data.facts.split_sizes == {**alone.facts.split_sizes, "unlabeled": 7}
    assert data.facts.unlabeled == (0, 0, 7)
    assert data.splits["unlabeled"].samples.shape == data.facts.shape
    assert data.facts.class_counts == alone.facts.class_counts == (4, 2)
    assert data.facts.notes == ()


def test_the_fingerprint_knows_the_unlabeled_images(make_folder, tmp_path: Path) -> None:
    make_folder({"set/train/a": 4, "set/train/b": 2, "pool": 3, "pile": 3})
    prints = {
        load(Source(str(tmp_path / "set"), unlabeled=place and str(tmp_path / place))).facts.fingerprint
        for place in (None, "pool", "pile")
    }
    assert len(prints) == 3
    before = load(Source(str(tmp_path / "set"), unlabeled=str(tmp_path / "pool"))).facts.fingerprint
    (tmp_path / "pool" / "0.png").rename(tmp_path / "pool" / "other.png")
    assert load(Source(str(tmp_path / "set"), unlabeled=str(tmp_path / "pool"))).facts.fingerprint != before
    assert len({drawn(split_seed=seed).facts.fingerprint for seed in (0, 1)}) == 2


def test_unreadable_unlabeled_images_are_named(make_folder, tmp_path: Path) -> None:
    make_folder({"set/train/a": 4, "set/train/b": 2, "pool": 3})
    (tmp_path / "pool" / "1.png").write_bytes(b"broken")
    options = {"data": str(tmp_path / "set"), "unlabeled": str(tmp_path / "pool")}
    with pytest.raises(InputError, match=r"cannot read the image pool/1.png \(1 unreadable"):
        load(Source(**options))
    data = load(Source(**options, skip_corrupt=True))
    assert data.facts.skipped == ("pool/1.png",)
    assert data.splits["unlabeled"].names == ("pool/0.png", "pool/2.png")
    assert data.facts.unlabeled == (0, 0, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unlabeled": "rest"}, "add --imbalance exponential"),
        ({**LONG_TAIL, "unlabeled": "rest", "unlabeled_amount": 0.0}, "above 0, but got 0"),
        ({**LONG_TAIL, "unlabeled": "rest", "unlabeled_amount": 0.01}, "at least 10 unlabeled samples"),
        ({**LONG_TAIL, "unlabeled": "rest", "unlabeled_ratio": 0.5}, "at most -1 to reverse the order"),
        ({**LONG_TAIL, "unlabeled": "rest", "relevance": 0.0}, "above 0 and at most 1"),
        ({**LONG_TAIL, "unlabeled": "rest", "relevance": 0.5}, "give all of them"),
        ({**LONG_TAIL, "unlabeled": "rest", "irrelevant": "x.npz"}, "give all of them"),
        ({**LONG_TAIL, "unlabeled": "x.npz", "relevance": 0.5, "irrelevant": "y.npz"}, "give all of them"),
        ({"unlabeled": "extra", "relevance": 0.5, "irrelevant": "y.npz"}, "give all of them"),
        ({**LONG_TAIL, "unlabeled": "extra"}, "a split of svhn, which digits does not have"),
        ({"unlabeled": "extra"}, "write ./extra"),
        ({"unlabeled": "nowhere"}, "1 channel"),
        ({**LONG_TAIL, "unlabeled": "rest", "relevance": 0.5, "irrelevant": "no.npz"}, "cannot read the unl"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        load(Source(**{"data": "digits", **options}))
    assert "\n" not in str(caught.value)


def test_nothing_left_over_is_refused(make_folder, tmp_path: Path) -> None:
    make_folder({"train/a": 20, "train/b": 20})
    with pytest.raises(InputError, match="is left over for unlabeled images; raise --ratio"):
        load(Source(str(tmp_path), imbalance="step", ratio=1, unlabeled="rest"))


def test_a_number_to_be_predicted_has_no_pool(make_folder, tmp_path: Path) -> None:
    make_folder({"pool": 1})
    table = tmp_path / "ages.csv"
    table.write_text("size,age\n" + "".join(f"{i},{i % 7}\n" for i in range(30)))
    with pytest.raises(InputError, match="of one class each, but ages is for regression"):
        load(Source(str(table), target="age", unlabeled=str(tmp_path / "pool")))


def test_a_smaller_head_leaves_more_over() -> None:
    data = drawn(largest=30, unlabeled_amount=2.0)
    assert data.facts.class_counts == tuple(exponential_counts(300, 10, 20).tolist())
    assert data.facts.notes == () and sum(data.facts.unlabeled) == pytest.approx(
        2 * sum(data.facts.class_counts), abs=10
    )


@pytest.mark.parametrize(("largest", "told"), [(0, "at least 1 image"), (500, "the smallest class has 12")])
def test_a_head_that_cannot_be_drawn_is_refused(largest: int, told: str) -> None:
    with pytest.raises(InputError, match=told):
        load(Source(**{**LONG_TAIL, "largest": largest}))

import tarfile
from pathlib import Path

import pytest
import torch
from jsonargparse import ArgumentParser

from counterpoise.data.profiles import draw_long_tail, exponential_counts, step_counts
from counterpoise.data.samples import PackedImages
from counterpoise.data.sources import Source, load
from counterpoise.errors import InputError

CIFAR = Path(__file__).parents[4] / "shared" / "data" / "cifar10" / "test.tar"


def test_digits_with_an_exponential_tail() -> None:
    whole, drawn = load(Source(data="digits")), load(Source(data="digits", imbalance="exponential", ratio=20))
    counts = exponential_counts(10 * int(whole.class_counts.min()), 10, 20)
    assert drawn.class_counts.tolist() == counts.tolist()
    assert drawn.drawn is not None
    assert whole.drawn is None
    assert torch.equal(drawn.drawn, draw_long_tail(whole.splits["train"].targets, counts, seed=0))
    assert drawn.splits["train"].names == whole.splits["train"].subset(drawn.drawn).names
    assert drawn.facts.split_sizes["test"] == whole.facts.split_sizes["test"] == 360
    assert drawn.facts.fingerprint != whole.facts.fingerprint


def test_grey_images_are_normalised_by_their_own_statistics() -> None:
    data = load(Source(data="digits"))
    train = data.splits["train"].samples.read(torch.arange(1257)) / 255
    assert data.facts.shape == (1, 8, 8)
    assert data.facts.mean == pytest.approx((float(train.mean()),), rel=1e-5)
    assert data.facts.std == pytest.approx((float(train.std()),), rel=1e-5)


def test_validation_is_set_aside_before_the_tail_is_drawn(make_folder) -> None:
    path = make_folder({"train/a": 20, "train/b": 20, "test/a": 2})
    source = Source(data=str(path), val_share=0.2, imbalance="step", ratio=4)
    data, whole = load(source), load(Source(data=str(path)))
    assert data.facts.split_sizes == {"train": 20, "val": 8, "test": 2}
    assert data.class_counts.tolist() == step_counts(32, 2, 4).tolist() == [16, 4]
    assert not set(data.splits["train"].names) & set(data.splits["val"].names)
    assert data.splits["train"].names == whole.splits["train"].subset(data.drawn).names


def test_a_val_split_that_exists_is_kept(make_folder) -> None:
    path = make_folder({"train/a": 20, "train/b": 20, "val/a": 1})
    assert load(Source(data=str(path), val_share=0.5)).facts.split_sizes == {"train": 40, "val": 1}


def test_the_tail_starts_from_the_smallest_class(make_folder) -> None:
    path = make_folder({"train/a": 30, "train/b": 20, "train/c": 10})
    data = load(Source(data=str(path), imbalance="exponential", ratio=10))
    assert data.class_counts.tolist() == [10, 3, 1]


def test_corrupt_images(make_folder) -> None:
    path = make_folder({"train/a": 4, "train/b": 3, "test/a": 2})
    for name in ("train/a/1.png", "test/a/0.png"):
        (path / name).write_bytes(b"broken")
    with pytest.raises(InputError, match=r"train/a/1\.png \(2 unreadable images in all\).*--skip-corrupt"):
        load(Source(data=str(path)))
    data = load(Source(data=str(path), skip_corrupt=True))
    assert data.facts.skipped == ("train/a/1.png", "test/a/0.png")
    assert data.facts.class_counts == (3, 3)
    assert data.facts.split_sizes == {"train": 6, "test": 1}


def test_a_class_of_corrupt_images_alone_is_refused(make_folder) -> None:
    path = make_folder({"train/a": 4, "train/b": 1})
    (path / "train/b/0.png").write_bytes(b"broken")
    with pytest.raises(InputError, match="all of class 'b' are unreadable"):
        load(Source(data=str(path), skip_corrupt=True))


def test_drawn_names_the_images_that_are_left(make_folder) -> None:
    path = make_folder({"train/a": 10, "train/b": 10})
    whole = load(Source(data=str(path)))
    for i in range(0, 10, 3):
        (path / f"train/a/{i}.png").write_bytes(b"broken")
    data = load(Source(data=str(path), imbalance="step", ratio=2, skip_corrupt=True))
    assert data.splits["train"].names == whole.splits["train"].subset(data.drawn).names
    assert data.class_counts.tolist() == [6, 5]


def test_tables_and_lists_are_told_apart(make_folder) -> None:
    path = make_folder({"x": 2, "y": 2})
    table = path / "all.csv"
    table.write_text("path,label,split\nx/0.png,1,train\ny/0.png,0,train\ny/1.png,0,test\n")
    assert load(Source(data=str(table))).facts.class_names == ("0", "1")
    assert load(Source(data=str(path))).facts.split_sizes == {"train": 2, "test": 2}
    (path / "my_train.txt").write_text("x/0.png 0\ny/0.png 1\nx/1.png 1\n")
    assert load(Source(data=str(path))).facts.class_counts == (1, 2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"data": "digit"}, "there is no 'digit'; did you mean digits"),
        ({"data": "CIFAR-10"}, "did you mean cifar10"),
        ({"data": "/no/such/folder"}, "there is no '/no/such/folder'; check the spelling"),
        ({"data": __file__}, "got the file"),
        ({"data": "digits", "ratio": 0.5}, "at least 1, but got 0.5"),
        ({"data": "digits", "image_size": 4}, "at least 8 pixels"),
        ({"data": "digits", "val_share": 1.0}, "from 0 to below 1"),
        ({"data": "digits", "split_seed": -1}, "split seed"),
        ({"data": "digits", "imbalance": "exponential", "ratio": 1000}, "lower the ratio"),
    ],
)
def test_wrong_words_are_refused_in_one_line(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        load(Source(**options))
    assert "\n" not in str(caught.value)


def test_nothing_to_set_aside_is_refused(make_folder) -> None:
    with pytest.raises(InputError, match="at least 3 training images"):
        load(Source(data=str(make_folder({"train/a": 2, "train/b": 2})), val_share=0.5))


def test_every_option_is_explained_on_the_command_line() -> None:
    parser = ArgumentParser()
    parser.add_class_arguments(Source)
    for action in parser._actions:
        assert action.help, action.dest
    assert parser.parse_args(["--data", "digits", "--ratio", "10"]).ratio == 10


@pytest.mark.skipif(not CIFAR.exists(), reason="the CIFAR-10 images are not beside the repository")
def test_real_pictures(tmp_path: Path) -> None:
    with tarfile.open(CIFAR) as archive:
        few = [member for member in archive if member.name.endswith(("000.jpg", "001.jpg", "002.jpg"))]
        archive.extractall(tmp_path, few)
    (tmp_path / "test").rename(tmp_path / "train")
    data = load(Source(data=str(tmp_path), val_share=0.3))
    assert data.facts.class_names[:3] == ("airplane", "automobile", "bird")
    assert data.facts.split_sizes == {"train": 20, "val": 10}
    assert data.facts.shape == (3, 32, 32)
    assert isinstance(data.splits["train"].samples, PackedImages)
    pixels = data.splits["train"].samples.images.double() / 255
    assert pixels.mean((0, 1, 2)).tolist() == pytest.approx(data.facts.mean, abs=0.15)


def test_a_ratio_that_leaves_classes_without_images_is_refused() -> None:
    with pytest.raises(InputError, match=r"a ratio of 1000 leaves \d+ without; lower the ratio"):
        load(Source(data="digits", imbalance="exponential", ratio=1000))

import json
from dataclasses import replace

import pytest
import torch

from counterpoise.data.data import Data, Facts, Split, fingerprint
from counterpoise.data.samples import PackedImages
from counterpoise.errors import InputError

FACTS = Facts(
    name="toy",
    task="classification",
    kind="image",
    shape=(3, 8, 8),
    class_names=("cat", "dog"),
    class_counts=(4, 1),
    split_sizes={"train": 5, "test": 2},
    mean=(0.1, 0.2, 0.3),
    std=(1 / 3, 0.2, 0.3),
    fingerprint="abc",
    skipped=("train/cat/9.png",),
)


def split(targets: list[int], prefix: str = "train") -> Split:
    images = torch.arange(len(targets), dtype=torch.uint8).view(-1, 1, 1, 1)
    return Split(
        PackedImages(images), torch.tensor(targets), tuple(f"{prefix}/{i}" for i in range(len(targets)))
    )


def test_facts_survive_json() -> None:
    assert Facts.from_json(json.loads(json.dumps(FACTS.as_json()))) == FACTS


def test_strange_facts_are_refused() -> None:
    with pytest.raises(InputError, match="facts of a data set"):
        Facts.from_json({**FACTS.as_json(), "colour": "red"})


def test_facts_are_enough() -> None:
    data = Data(FACTS)
    assert data.class_counts.tolist() == [4, 1]
    assert data.num_classes == 2
    assert data.has("test")
    assert not data.has("val")
    assert not data.splits


def test_a_subset_of_a_split() -> None:
    part = split([0, 1, 1, 0]).subset(torch.tensor([3, 1]))
    assert part.targets.tolist() == [0, 1]
    assert part.names == ("train/3", "train/1")
    assert part.samples.read(torch.arange(2)).flatten().tolist() == [3, 1]
    assert len(part) == 2


def test_lengths_must_agree() -> None:
    with pytest.raises(InputError, match="2 samples, 3 targets and 2 names"):
        replace(split([0, 1]), targets=torch.tensor([0, 1, 1]))


def test_every_sample_has_an_attribute_or_none_has() -> None:
    with pytest.raises(InputError, match="an attribute for each of 2 samples, but 1 came"):
        replace(split([0, 1]), attributes=("dark",))


def test_the_fingerprint_sees_names_targets_and_splits_but_not_order() -> None:
    first = fingerprint({"train": split([0, 1, 1])})
    assert first == fingerprint({"train": split([0, 1, 1]).subset(torch.tensor([2, 0, 1]))})
    others = [
        {"train": split([0, 1, 0])},
        {"test": split([0, 1, 1])},
        {"train": split([0, 1, 1], "other")},
        {"train": split([0, 1])},
    ]
    assert first not in {fingerprint(other) for other in others}

"""Unlabeled images beside the labeled ones: which, how many, in which views."""

from collections.abc import Mapping
from typing import Any

import pytest
import torch

from counterpoise.data.augmentation import Transformed
from counterpoise.data.data import Data, Facts
from counterpoise.data.streams import Stream
from counterpoise.errors import InputError
from counterpoise.recipes import cross_entropy, fixmatch, mean_teacher, rand_augment
from counterpoise.recipes.views import beside, with_views
from counterpoise.samplers import Repeated
from counterpoise.steps import EncodeTogether, Objective, Step, supervised
from counterpoise.training import Experiment, Now, Training

TRAINING = Training(epochs=1, batch_size=8, lr=0.05)


def plain(data: Data) -> Experiment:
    return cross_entropy(data, training=TRAINING)


def streams_of(experiment: Experiment) -> Mapping[str, Stream]:
    now = Now(experiment.data, experiment.net())
    return experiment.stages[0].streams(now, Objective())


def batches(streams: Mapping[str, Stream], name: str) -> list[Any]:
    """An epoch as the engine reads it."""
    numbers = {key: (0, number) for number, key in enumerate(streams)}
    stream = streams[name]
    return list(stream.batches(seed=numbers[name], order=numbers.get(stream.follows or "")))


def test_views_show_the_same_images_without_labels(tiny_unlabeled: Data) -> None:
    streams = streams_of(with_views(plain(tiny_unlabeled), ("view", "strong"), ratio=2))
    assert list(streams) == ["train", "unlabeled", "view", "strong"]
    for first, *others in zip(*(batches(streams, name) for name in list(streams)[1:]), strict=True):
        assert first.targets is None
        for other in others:
            assert other.targets is None
            assert torch.equal(other.index, first.index)
            assert not torch.equal(other.inputs, first.inputs)


@pytest.mark.parametrize("ratio", [1, 2, 7])
def test_there_are_so_many_for_each_labeled_one(ratio: int, tiny_unlabeled: Data) -> None:
    streams = streams_of(with_views(plain(tiny_unlabeled), ("strong",), ratio=ratio))
    assert [len(stream) for stream in streams.values()] == [2, 2, 2]
    assert [len(batch) for batch in batches(streams, "strong")] == [8 * ratio] * 2
    seen = torch.cat([batch.index for batch in batches(streams, "unlabeled")]).bincount(minlength=24)
    assert seen.max() - seen.min() <= 1


def test_a_batch_larger_than_the_data_counts_what_it_has(tiny_unlabeled: Data) -> None:
    whole = cross_entropy(tiny_unlabeled, training=Training(epochs=1, batch_size=100))
    streams = streams_of(with_views(whole, (), ratio=2))
    assert [len(batch) for name in streams for batch in batches(streams, name)] == [16, 32]


def test_the_labeled_batches_are_those_of_the_recipe(tiny_unlabeled: Data) -> None:
    experiment = plain(tiny_unlabeled)
    alone, accompanied = streams_of(experiment), streams_of(with_views(experiment, ("view",), ratio=2))
    for one, other in zip(batches(alone, "train"), batches(accompanied, "train"), strict=True):
        assert torch.equal(one.inputs, other.inputs)
        assert torch.equal(one.targets, other.targets)


def test_a_second_method_reads_the_images_of_the_first(tiny_unlabeled: Data) -> None:
    """Whatever its own ratio: views of other images would be no views."""
    streams = streams_of(fixmatch(mean_teacher(plain(tiny_unlabeled), ratio=1), ratio=3))
    assert list(streams) == ["train", "unlabeled", "view", "strong"]
    weak, strong = batches(streams, "unlabeled"), batches(streams, "strong")
    assert [len(batch) for batch in weak] == [8, 8]
    assert all(torch.equal(one.index, other.index) for one, other in zip(weak, strong, strict=True))


def test_the_strong_view_comes_after_the_augmentation_of_the_recipe(tiny_unlabeled: Data) -> None:
    streams = streams_of(with_views(plain(tiny_unlabeled), ("view", "strong"), ratio=1))
    look = streams["train"].augmentation
    assert streams["unlabeled"].augmentation == streams["view"].augmentation == look
    strong = streams["strong"].augmentation
    assert isinstance(strong, Transformed)
    assert strong.inner == look


def test_a_later_augmentation_is_for_all_views(tiny_unlabeled: Data) -> None:
    streams = streams_of(rand_augment(with_views(plain(tiny_unlabeled), ("strong",), ratio=1)))
    assert all(isinstance(stream.augmentation, Transformed) for stream in streams.values())


def test_the_sampler_ends_with_the_labeled_epoch(tiny_unlabeled: Data) -> None:
    sampler = streams_of(with_views(plain(tiny_unlabeled), (), ratio=2))["unlabeled"].sampler
    assert isinstance(sampler, Repeated)
    assert (sampler.size, len(sampler)) == (24, 32)


def test_streams_that_come_along_are_encoded_once() -> None:
    first, second = Step(), Step()
    objective = beside(supervised(torch.nn.Identity()), "one", first, ("unlabeled", "view"))  # pyright: ignore
    objective = beside(objective, "two", second, ("unlabeled", "strong"))
    assert list(objective.named) == ["join", "encode", "two", "one", "score", "loss"]
    encode = objective["encode"]
    assert isinstance(encode, EncodeTogether)
    assert encode.streams == ("unlabeled", "view", "strong")
    assert not isinstance(encode.encode, EncodeTogether)


def test_data_without_unlabeled_images_are_refused(tiny: Data) -> None:
    with pytest.raises(InputError, match=r"made-up has no unlabeled images .*; name some with --unlabeled"):
        with_views(plain(tiny), ("view",), ratio=1)


def test_a_ratio_below_one_is_refused(tiny_unlabeled: Data) -> None:
    with pytest.raises(InputError, match="at least 1 unlabeled image for each labeled one, but a ratio of 0"):
        with_views(plain(tiny_unlabeled), ("view",), ratio=0)


def test_it_is_rebuilt_without_samples(tiny_unlabeled: Data) -> None:
    facts = Facts.from_json(tiny_unlabeled.facts.as_json())
    assert facts.unlabeled == (6, 6, 6, 6, 0)
    rebuilt = fixmatch(plain(Data(facts)))
    assert [call.word for call in rebuilt.calls] == ["cross_entropy", "fixmatch"]

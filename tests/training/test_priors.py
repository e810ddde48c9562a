"""Class priors by name, from files, from images, and what they would change on a split."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from counterpoise.counts import uniform_prior
from counterpoise.data.data import Data, Facts
from counterpoise.errors import InputError
from counterpoise.net import Classifier, Net
from counterpoise.training.priors import (
    prior_comparison,
    require_one_class,
    retargeted,
    target_prior_from,
)


class AsItIs(Classifier):
    """Features that are logits."""

    def __init__(self) -> None:
        super().__init__()
        self.dim = self.num_classes = 4

    def forward(self, features: Tensor) -> Tensor:
        return features


@pytest.fixture
def facts(tiny: Data) -> Facts:
    """Classes a, b, c, d with 8, 5, 2 and 1 training images."""
    return tiny.facts


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str], str]:
    """Write a file and give its path."""

    def write(name: str, text: str) -> str:
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


def test_words_name_priors(facts: Facts) -> None:
    assert target_prior_from("uniform", facts).tolist() == [0.25] * 4
    assert target_prior_from("train", facts).tolist() == [8 / 16, 5 / 16, 2 / 16, 1 / 16]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("some.json", '{"b": 3, "a": 1, "d": 0, "c": 4}'),
        ("some.csv", "class,weight\nd,0\nc,0.5\nb,0.375\na,0.125\n"),
        ("EXCEL.CSV", "\ufeffclass,weight\r\na,1\r\nb,3\r\nc,4\r\nd,0\r\n"),
    ],
)
def test_files_hold_one_weight_for_each_class(
    name: str, text: str, facts: Facts, written: Callable[[str, str], str]
) -> None:
    assert target_prior_from(written(name, text), facts).tolist() == [1 / 8, 3 / 8, 4 / 8, 0]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", '{"a": 1, "b": 1, "e": 1}', "this one lacks c, d and has e; give every class by its name"),
        ("a.json", '{"a": 1, "b": 1, "c": 1, "d": -1}', "must hold 4 weights from 0"),
        ("a.json", '{"a": 0, "b": 0, "c": 0, "d": 0}', "not all 0"),
        ("a.json", '{"a": 1, "b": 1, "c": 1, "d": NaN}', "must hold 4 weights from 0"),
        ("a.json", "[1, 1, 1, 1]", "cannot read class weights from .*it holds no object"),
        ("a.json", "{", "cannot read class weights from"),
        ("a.json", '{"a": "much", "b": 1, "c": 1, "d": 1}', "cannot read class weights from .*much"),
        ("a.csv", "class,weight\na,1\na,2\nb,1\nc,1\nd,1\n", "it names a class twice"),
        ("a.csv", "name,share\na,1\n", "the columns class and weight"),
        ("a.csv", "class,weight\na\n", "cannot read class weights from"),
    ],
)
def test_other_files_are_refused(
    name: str, text: str, said: str, facts: Facts, written: Callable[[str, str], str]
) -> None:
    with pytest.raises(InputError, match=said):
        target_prior_from(written(name, text), facts)


def test_what_is_neither_word_nor_file_is_refused(facts: Facts) -> None:
    with pytest.raises(
        InputError, match="expected uniform, train or a file as target prior, but unifrom is neither"
    ):
        target_prior_from("unifrom", facts)


def test_a_predictor_answers_for_the_wanted_prior(facts: Facts) -> None:
    net, features = Net(nn.Identity(), AsItIs()), torch.randn(6, 4)
    moved, prior, sentence = retargeted(net, uniform_prior(4), "train", facts, features)
    assert_close(moved.classifier(features), features + (4 * prior).log().float())
    assert sentence == "scores moved to the class prior train: a 0.500, b 0.312, c 0.125, d 0.062"


def test_estimate_reads_the_images_and_no_labels(facts: Facts) -> None:
    net, features = Net(nn.Identity(), AsItIs()), 8 * torch.eye(4)[[0, 0, 0, 1, 1, 2, 2, 2, 2, 2]]
    moved, prior, sentence = retargeted(net, uniform_prior(4), "estimate", facts, features)
    assert prior.tolist() == pytest.approx([0.3, 0.2, 0.5, 0], abs=0.01)
    assert sentence.startswith("class prior estimated on 10 images: c 0.50")
    assert moved.classifier(torch.zeros(1, 4)).argmax() == 2


def test_labels_that_do_not_exclude_each_other_have_no_prior(facts: Facts) -> None:
    several = replace(facts, task="multi-label classification")
    with pytest.raises(InputError, match="needs one class for each image"):
        retargeted(Net(nn.Identity(), AsItIs()), uniform_prior(4), "train", several, torch.randn(2, 4))
    with pytest.raises(InputError, match="is data for multi-label classification; leave it out"):
        require_one_class(several)
    require_one_class(facts)


def test_comparison_counts_what_other_priors_would_give(facts: Facts) -> None:
    logits, targets = (
        torch.randn(300, 4),
        torch.multinomial(torch.tensor([8.0, 5, 2, 1]), 300, replacement=True),
    )
    found = prior_comparison(logits, targets, uniform_prior(4), facts, "test")
    shift = torch.tensor([8.0, 5, 2, 1]).log()
    assert found["overall_with_train_prior"] == pytest.approx(
        ((logits + shift).argmax(1) == targets).double().mean()
    )
    assert found["overall_with_uniform_prior"] == pytest.approx((logits.argmax(1) == targets).double().mean())
    assert found["overall_with_train_prior"] > found["overall_with_uniform_prior"] + 0.1
    shares = (torch.bincount(targets, minlength=4) / 300).tolist()
    slow = [
        sum(abs(s - p) for s, p in zip(shares, prior, strict=True)) / 2
        for prior in ([0.5, 5 / 16, 1 / 8, 1 / 16], [0.25] * 4)
    ]
    assert [found["split_distance_train"], found["split_distance_uniform"]] == pytest.approx(slow, abs=1e-6)
    train, uniform = (f"{100 * found[f'overall_with_{name}_prior']:.1f} %" for name in ("train", "uniform"))
    assert f"{train} overall with --target-prior train instead of {uniform}" in found["warning"]
    json.dumps(found, allow_nan=False)


def test_there_is_no_warning_where_prior_and_split_agree(facts: Facts) -> None:
    tailed, even = torch.arange(4).repeat_interleave(torch.tensor([8, 5, 2, 1])), torch.arange(16) % 4
    train, uniform = target_prior_from("train", facts), uniform_prior(4)
    other = torch.tensor([0.0, 0.5, 0.3, 0.2])
    for targets, answered, name in (
        (tailed, train, "train"),
        (even, uniform, "uniform"),
        (even, train, "train"),
        (tailed, other, "other"),
    ):
        found = prior_comparison(torch.randn(16, 4), targets, answered, facts, "test")
        assert (found["answered"], found["warning"]) == (name, None)
        assert 0 <= found["overall_with_train_prior"] <= 1


def test_an_empty_split_has_no_numbers(facts: Facts) -> None:
    found = prior_comparison(
        torch.empty(0, 4), torch.empty(0, dtype=torch.int64), uniform_prior(4), facts, "test"
    )
    assert found["split_distance_train"] is found["overall_with_train_prior"] is found["warning"] is None

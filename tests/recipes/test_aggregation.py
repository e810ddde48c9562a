"""Experts that are weighed by test images: no label is read, where the shares go, and what is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from counterpoise.classifiers import ExpertsClassifier
from counterpoise.data.augmentation import CropFlip, Plain, Transformed
from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.predictors import Tempered, TestTimeAggregated
from counterpoise.recipes import cross_entropy, routing, tade
from counterpoise.recipes.aggregation import aggregate, over_experts, view_of
from counterpoise.recipes.compose import recreate
from counterpoise.training import Hardware, Training, run

CPU = Hardware("cpu", "32")
TRAINING = Training(epochs=2, batch_size=8, lr=0.05)


@pytest.fixture(scope="module")
def trained(tiny: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tade")
    run(tade(tiny, training=TRAINING), folder, hardware=CPU)
    return folder


def aggregated(folder: Path, data: Data, **options: Any) -> tuple[TestTimeAggregated, str]:
    _, predictor = recreate(folder)
    told = aggregate(predictor, data.splits["test"], data.facts, TRAINING, **options)
    (found,) = (one for one in predictor.modules() if isinstance(one, TestTimeAggregated))
    return found, told


def test_the_shares_move_and_the_temperature_stays_above_them(trained: Path, tiny: Data) -> None:
    _, predictor = recreate(trained)
    before = predictor.classifier
    told = aggregate(predictor, tiny.splits["test"], tiny.facts, TRAINING)
    assert predictor.classifier is before
    assert isinstance(before, Tempered)
    found = before.classifier
    assert isinstance(found, TestTimeAggregated)
    assert isinstance(found.classifier, ExpertsClassifier)
    assert found.shares.sum().item() == pytest.approx(1)
    assert not torch.equal(found.shares, torch.full((3,), 1 / 3))
    assert told.startswith(f"shares {found.shares[0].item():.2f}, ")


def test_no_label_is_read_and_the_seed_decides(trained: Path, tiny: Data) -> None:
    other = replace(tiny.splits["test"], targets=torch.zeros_like(tiny.splits["test"].targets))
    blind = Data(tiny.facts, {**tiny.splits, "test": other})
    shares, same, another = (
        found.shares
        for found, _ in (
            aggregated(trained, tiny),
            aggregated(trained, blind),
            aggregated(trained, tiny, seed=1),
        )
    )
    assert torch.equal(shares, same)
    assert not torch.equal(shares, another)


def test_views_are_changed_more_above_64_pixels(make_data: Callable[..., Data]) -> None:
    small, large = (view_of(make_data((2, 1), size=size, channels=3).facts) for size in (32, 96))
    assert isinstance(small, Transformed)
    assert isinstance(small.inner, CropFlip)
    assert isinstance(large, Transformed)
    assert isinstance(large.inner, Plain)


def test_what_has_no_experts_or_leaves_some_out_is_refused(tiny: Data, tmp_path: Path) -> None:
    run(cross_entropy(tiny, training=TRAINING), tmp_path / "plain", hardware=CPU)
    with pytest.raises(InputError, match="needs a run of several experts; train with ride or tade"):
        over_experts(recreate(tmp_path / "plain")[1])
    run(routing(tade(tiny, training=TRAINING), epochs=1), tmp_path / "routed", hardware=CPU)
    with pytest.raises(InputError, match="routing leaves some out"):
        over_experts(recreate(tmp_path / "routed")[1])


def test_the_command_measures_and_leaves_it_below_the_run(warm: Any, tmp_path: Path) -> None:
    command = ("train", "tade", "--data", "digits", "--epochs", "1", "--device", "cpu", "--out", "run")
    assert warm(*command, cwd=tmp_path).code == 0
    finished = warm("evaluate", "run", "--aggregate", "--json", "--device", "cpu", cwd=tmp_path)
    assert finished.code == 0, finished.err
    found = json.loads(finished.out)
    assert "of the experts, fitted to test data without labels" in found["choices"][-1]
    (folder,) = (tmp_path / "run").glob("aggregated-*-test")
    written = json.loads((folder / "evaluation.json").read_text())
    assert (written["overall"], written["samples"]) == (found["overall"], found["samples"])
    assert len(pd.read_parquet(folder / "predictions.parquet")) == found["samples"]
    refused = warm("evaluate", "run", "--aggregate", "--target_prior", "train", cwd=tmp_path)
    assert refused.code == 2
    assert "give one of the two" in refused.err

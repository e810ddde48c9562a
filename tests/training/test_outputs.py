from pathlib import Path

import pandas as pd
import pytest
import torch

from counterpoise.data.data import REGRESSION, Data
from counterpoise.data.sources import Source, load
from counterpoise.recipes.compose import compose, recreate
from counterpoise.recipes.words import all_words
from counterpoise.training import Call, Hardware, Training, run
from counterpoise.training.encode import encode, scores

RECIPES = [word.name for word in all_words().values() if word.role == "recipe" and REGRESSION in word.tasks]


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """120 rows with two targets of other units."""
    torch.manual_seed(0)
    a, b = torch.rand(2, 120, dtype=torch.float64)
    frame = pd.DataFrame({"a": a, "b": b, "mass": 1000 * (a + b) ** 3, "angle": a - b})
    path = tmp_path_factory.mktemp("table") / "rows.csv"
    frame.to_csv(path, index=False)
    return load(Source(str(path), target="mass,angle", num_bins=8))


def test_targets_are_standardised_by_training(several: Data) -> None:
    train = several.splits["train"].targets
    assert train.shape == (90, 2)
    assert train.mean(dim=0).abs().max() < 1e-5 and (train.std(dim=0) - 1).abs().max() < 1e-5
    assert several.class_counts.sum() == 2 * 90
    assert [column.name for column in several.facts.columns] == ["a", "b"]


@pytest.mark.parametrize("word", RECIPES)
def test_every_recipe_learns_several_targets(word: str, several: Data, tmp_path: Path) -> None:
    training = Training(epochs=2, batch_size=16, lr=0.01)
    experiment = compose(several, training, [Call(word, {}), Call("lds", {}), Call("fds", {})])
    evaluation = run(experiment, tmp_path, hardware=Hardware("cpu", "32"))
    assert evaluation["samples"] == 2 * len(several.splits["test"])
    table = pd.read_parquet(tmp_path / "predictions.parquet")
    for name in ("mass", "angle"):
        errors = (table[f"prediction {name}"] - table[f"target {name}"]).abs()
        assert evaluation["outputs"][name]["mae"] == pytest.approx(errors.mean(), rel=1e-4)
    recreated, predictor = recreate(tmp_path)
    facts, split = recreated.data.facts, several.splits["test"]
    found = scores(predictor.classifier, encode(predictor, split, facts))
    again = recreated.reading.table(split.names, facts, found, split.targets)
    pd.testing.assert_frame_equal(again, table, rtol=1e-4, atol=1e-4)


def test_a_net_that_has_learned_gets_both_right(several: Data, tmp_path: Path) -> None:
    training = Training(epochs=60, batch_size=16, lr=0.01, optimizer="adam")
    evaluation = run(
        compose(several, training, [Call("regression", {})]), tmp_path, hardware=Hardware("cpu", "32")
    )
    assert all(own["pearson"] > 0.9 for own in evaluation["outputs"].values())

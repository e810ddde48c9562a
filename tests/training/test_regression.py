"""Numbers and tables of samples with a continuous target."""

import json
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from counterpoise.classifiers import HierarchicalClassifier
from counterpoise.data.data import Data
from counterpoise.net import Net
from counterpoise.predictors import MostLikelyValue
from counterpoise.training.asked import Asked
from counterpoise.training.regression import DRAWN, VALUES, evaluate_values, points

NET = Net(nn.Flatten(), nn.Identity())  # pyright: ignore[reportArgumentType]


LEVELS = torch.tensor([[0, 0, 1, 1], [0, 1, 2, 3]])


@pytest.fixture
def off(tiny_values: Data) -> Tensor:
    """Predictions that are wrong by 0, 1, 2, ..."""
    targets = tiny_values.splits["test"].targets
    return targets + torch.arange(len(targets))


def test_the_numbers_are_mean_absolute_errors(tiny_values: Data, off: Tensor) -> None:
    result, found = evaluate_values(NET, tiny_values, "test", off, Asked(choices=["a sentence"]))
    errors = torch.arange(8).double()
    assert torch.equal(found, off)
    assert result["mae"] == errors.mean()
    assert result["rmse"] == pytest.approx(errors.square().mean().sqrt().item())
    assert result["per_class"] == [0.5, 2.5, 4.5, 6.5]
    assert result["test_counts"] == [2, 2, 2, 2]
    assert result["overall"] == result["balanced"] == 3.5
    groups = result["shots"]["groups"]
    for name in ("many", "medium", "few"):
        members = [result["per_class"][c] for c in groups[name]]
        assert result[name] == result["by_shot"][name]["balanced_mae"] == sum(members) / len(members)
    assert (result["better"], result["target"]) == ("lower", "age")
    assert result["choices"] == ["a sentence"]
    assert result["points"]["target"] == tiny_values.splits["test"].targets.tolist()


def test_levels_and_intervals_are_told_where_the_predictor_has_them(tiny_values: Data, off: Tensor) -> None:
    plain, _ = evaluate_values(NET, tiny_values, "test", off)
    assert plain["levels"] is plain["intervals"] is None
    ages = torch.tensor([20.0, 21.0, 22.0, 23.0])
    inner = HierarchicalClassifier(3, LEVELS, representatives=ages)
    net = Net(nn.Flatten(), MostLikelyValue(inner, ages))
    told, _ = evaluate_values(net, tiny_values, "test", torch.randn(8, 3))
    assert told["levels"]["own"]["overall"][-1] == pytest.approx(told["overall"])
    assert told["levels"]["within"]["few"][-1] == pytest.approx(told["few"])
    assert len(told["intervals"]["coverage"]["many"]) == 9
    json.dumps(told, allow_nan=False)


def test_every_bin_counts_alike(tiny_values: Data) -> None:
    test = tiny_values.splits["test"].subset(torch.tensor([0, 1, 2]))
    data = replace(tiny_values, splits={"test": test})
    result, _ = evaluate_values(NET, data, "test", test.targets + torch.tensor([1.0, 1.0, 4.0]))
    assert (result["mae"], result["overall"]) == (2.0, 2.5)
    assert result["per_class"] == [1.0, 4.0, None, None]


def test_a_net_that_has_diverged_has_no_numbers(tiny_values: Data, off: Tensor) -> None:
    off[1] = torch.nan
    off[2] = torch.inf
    result, _ = evaluate_values(NET, tiny_values, "test", off)
    assert result["overall"] is result["mae"] is result["per_class"][0] is None
    assert result["points"]["prediction"][1] is None
    json.dumps(result, allow_nan=False)


def test_the_table_holds_numbers(tiny_values: Data) -> None:
    table = VALUES.table(["x", "y"], tiny_values.facts, torch.tensor([1.5, 2]), torch.tensor([1.0, 3]))
    assert table.to_dict("list") == {"path": ["x", "y"], "prediction": [1.5, 2], "target": [1, 3]}
    rows = replace(tiny_values.facts, kind="table")
    assert VALUES.table(["x"], rows, torch.zeros(1), None).columns.tolist() == ["row", "prediction"]


def test_of_many_samples_some_are_drawn() -> None:
    found = points(torch.zeros(5 * DRAWN), torch.arange(5.0 * DRAWN))
    assert len(found["target"]) == DRAWN
    assert (found["target"][0], found["target"][-1]) == (0, 5 * DRAWN - 1)

"""Numbers and tables of samples with any number of labels."""

import json
from dataclasses import replace

import pytest
import torch
from sklearn.metrics import average_precision_score
from torch import Tensor, nn

from counterpoise.data.data import Data
from counterpoise.net import Net
from counterpoise.training.asked import Asked
from counterpoise.training.multi_label import LABELS, evaluate_labels, joined_names

NET = Net(nn.Flatten(), nn.Identity())  # pyright: ignore[reportArgumentType]


@pytest.fixture
def logits(tiny_labels: Data) -> Tensor:
    return torch.randn(len(tiny_labels.splits["test"]), 4)


def test_the_numbers_are_average_precisions(tiny_labels: Data, logits: Tensor) -> None:
    result, found = evaluate_labels(NET, tiny_labels, "test", logits, Asked(choices=["a sentence"]))
    targets = tiny_labels.splits["test"].targets
    wanted = [average_precision_score(targets[:, c], logits[:, c]) for c in range(4)]
    assert result["per_class"] == pytest.approx(wanted, rel=1e-5)
    assert result["overall"] == result["balanced"] == pytest.approx(sum(wanted) / 4, rel=1e-5)
    groups = result["shots"]["groups"]
    for name in ("many", "medium", "few"):
        assert result[name] == pytest.approx(
            sum(wanted[c] for c in groups[name]) / len(groups[name]), rel=1e-5
        )
    assert result["metric"] == "mean average precision"
    assert result["test_counts"] == targets.sum(dim=0).tolist()
    assert result["choices"] == ["a sentence"]
    assert torch.equal(found, logits)


def test_a_split_without_any_label_has_no_numbers(tiny_labels: Data, logits: Tensor) -> None:
    test = tiny_labels.splits["test"]
    bare = replace(test, targets=torch.zeros_like(test.targets))
    result, _ = evaluate_labels(NET, replace(tiny_labels, splits={"test": bare}), "test", logits)
    assert result["per_class"] == [None] * 4
    assert result["overall"] is result["many"] is result["f1_micro"] is None
    json.dumps(result, allow_nan=False)


def test_the_table_names_what_was_found(tiny_labels: Data) -> None:
    logits, targets = torch.tensor([[3.0, 0.0, -1.0, 2.0], [-1.0] * 4]), torch.eye(4).bool()[:2]
    table = LABELS.table(["x.png", "y.png"], tiny_labels.facts, logits, targets)
    assert table.columns.tolist() == ["path", "labels", "target", *(f"probability {c}" for c in "abcd")]
    assert table.labels.tolist() == ["a|b|d", ""]
    assert table.target.tolist() == ["a", "b"]
    assert table["probability d"].tolist() == pytest.approx(logits[:, 3].sigmoid().tolist())
    assert "target" not in LABELS.table(["x.png", "y.png"], tiny_labels.facts, logits, None)


def test_names_are_joined() -> None:
    assert joined_names(torch.tensor([[True, False, True], [False] * 3]), "xyz") == ["x|z", ""]

import pytest
import torch
from torch.testing import assert_close

from counterpoise.bins import linear_edges
from counterpoise.classifiers import HierarchicalClassifier, LinearClassifier
from counterpoise.errors import InputError
from counterpoise.hierarchy import level_means
from counterpoise.predictors import HierarchyAverage

LEVELS = torch.tensor([[0, 0, 0, 1, 1], [0, 0, 1, 2, 2], [0, 1, 2, 3, 4]])
MEANS = level_means(torch.tensor([0.1, 1.5, 2.0, 3.5, 4.9, 4.9]), linear_edges(0, 5, 5), LEVELS)


def test_values_are_those_of_a_loop() -> None:
    classifier = HierarchicalClassifier(8, LEVELS, representatives=MEANS[5:]).double()
    features, wanted = torch.randn(20, 8, dtype=torch.float64), []
    for row in classifier.outputs(features).tolist():
        levels = zip((row[:2], row[2:5], row[5:]), MEANS.split([2, 3, 5]), strict=True)
        wanted.append([means[level.index(max(level))].item() for level, means in levels])
    average = HierarchyAverage(classifier, MEANS)
    values = torch.tensor(wanted, dtype=torch.float64)
    assert_close(average.per_level(features), values, rtol=1e-12, atol=0)
    assert_close(average(features), values.mean(dim=1), rtol=1e-12, atol=0)


def test_one_level_is_refused() -> None:
    with pytest.raises(InputError, match="but LinearClassifier has one"):
        HierarchyAverage(LinearClassifier(8, 5), MEANS)


def test_another_number_of_representatives_is_refused() -> None:
    classifier = HierarchicalClassifier(8, LEVELS, representatives=MEANS[5:])
    with pytest.raises(InputError, match=r"expected 10 representatives, .* but \(5,\) came"):
        HierarchyAverage(classifier, MEANS[5:])

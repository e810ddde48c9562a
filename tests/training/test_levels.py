"""What the levels below a predictor say, against loops over samples."""

import json
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from counterpoise.bins import integer_edges
from counterpoise.classifiers import HierarchicalClassifier, LinearClassifier
from counterpoise.data.data import Facts
from counterpoise.data.target import Target
from counterpoise.hierarchy import level_means
from counterpoise.metrics.regression import regression_by_shot
from counterpoise.metrics.shots import shot_groups
from counterpoise.net import Classifier
from counterpoise.predictors import CoarseToFine, HierarchyProduct, HierarchySum, MostLikelyValue
from counterpoise.training.levels import level_summary, level_values, levels_below

LEVELS = torch.tensor([[0, 0, 0, 1, 1], [0, 0, 1, 2, 2], [0, 1, 2, 3, 4]])
EDGES, COUNTS = integer_edges(10, 14), (300, 200, 40, 30, 3)
GROUPS = shot_groups(torch.tensor(COUNTS))
VALUES = torch.tensor([10.0, 11.0, 12.0, 13.0, 14.0])


@pytest.fixture
def facts(tiny_values) -> Facts:
    target = Target("age", tuple(EDGES.tolist()), 11.0, 1.0)
    return replace(tiny_values.facts, class_names=target.bin_names, class_counts=COUNTS, target=target)


@pytest.fixture
def inner() -> HierarchicalClassifier:
    made = HierarchicalClassifier(8, LEVELS, representatives=VALUES)
    for weight in made.parameters():
        nn.init.normal_(weight)
    return made


@pytest.fixture
def features() -> Tensor:
    return torch.randn(90, 8)


@pytest.fixture
def targets() -> Tensor:
    return torch.randint(10, 15, (90,)).float()


def decoded(classifier: Classifier) -> MostLikelyValue:
    return MostLikelyValue(classifier, VALUES)


def errors_of(answers: Tensor, targets: Tensor) -> dict[str, float | None]:
    found = regression_by_shot(answers, targets, targets.long() - 10, groups=GROUPS.masks)
    return {name: scores["balanced_mae"] for name, scores in found.items()}


@pytest.mark.parametrize("adjusted", [decoded, lambda c: decoded(HierarchySum(c))])
def test_each_level_is_measured_by_itself(adjusted, inner, features, targets, facts) -> None:
    found = level_summary(adjusted(inner), features, targets, facts, GROUPS)
    assert found is not None
    assert found["classes"] == [2, 3, 5]
    coarse = torch.tensor([(300 * 10 + 200 * 11 + 40 * 12) / 540, (30 * 13 + 3 * 14) / 33])
    first = coarse[inner.outputs(features)[:, :2].argmax(dim=1)]
    for level, answers in ((0, first), (2, decoded(inner)(features))):
        wanted = errors_of(answers, targets)
        for group in ("overall", "many", "medium", "few"):
            assert found["own"][group][level] == pytest.approx(wanted[group], rel=1e-6)


def test_the_finest_within_a_level_answers_as_coarse_to_fine(inner, features, targets, facts) -> None:
    found = level_summary(decoded(inner), features, targets, facts, GROUPS)
    assert found is not None
    for level in range(3):
        wanted = errors_of(decoded(CoarseToFine(inner, level=level))(features), targets)
        assert {name: numbers[level] for name, numbers in found["within"].items()} == pytest.approx(wanted)
    assert found["within"]["overall"][0] != pytest.approx(found["within"]["overall"][2])
    assert found["within"]["few"][2] == found["own"]["few"][2]


def test_the_adjustment_above_does_not_matter(inner, features, targets, facts) -> None:
    plain = level_summary(decoded(inner), features, targets, facts, GROUPS)
    assert plain == level_summary(decoded(HierarchyProduct(inner)), features, targets, facts, GROUPS)


@torch.no_grad()
def test_disagreement_and_peaks_are_those_of_a_loop(inner, features, targets, facts) -> None:
    found = level_summary(decoded(inner), features, targets, facts, GROUPS)
    assert found is not None
    disagree, peaks = 0, 0.0
    for row in inner.outputs(features):
        fine = row[5:].softmax(dim=0)
        disagree += int((fine[:3].sum() < fine[3:].sum()) != (int(fine.argmax()) > 2))
        peaks += float(row[:2].softmax(dim=0).max())
    assert found["inconsistency"][0] == pytest.approx(disagree / 90)
    assert disagree > 0
    assert found["inconsistency"][2] == 0
    assert found["peak"][0] == pytest.approx(peaks / 90)


def test_many_samples_are_measured_in_chunks(inner, features, targets, facts) -> None:
    few = level_summary(decoded(inner), features, targets, facts, GROUPS)
    many = level_summary(decoded(inner), features.repeat(101, 1), targets.repeat(101), facts, GROUPS)
    assert few is not None
    assert many is not None
    for name in ("inconsistency", "peak"):
        assert many[name] == pytest.approx(few[name])
    assert many["own"]["few"] == pytest.approx(few["own"]["few"])


def test_a_group_without_samples_has_no_numbers(inner, features, facts) -> None:
    found = level_summary(decoded(inner), features, torch.full((90,), 10.0), facts, GROUPS)
    assert found is not None
    assert found["own"]["few"] == found["within"]["few"] == [None] * 3
    assert found["own"]["overall"] == found["own"]["many"]


def test_a_net_that_has_diverged_can_be_written(inner, features, targets, facts) -> None:
    features[4] = torch.nan
    found = level_summary(decoded(inner), features, targets, facts, GROUPS)
    assert found is not None
    assert found["peak"] == [None] * 3
    json.dumps(found, allow_nan=False)


def test_predictors_without_levels_have_nothing_to_tell(features, targets, facts) -> None:
    flat = LinearClassifier(8, 5)
    for classifier in (decoded(flat), flat, nn.Identity()):
        assert levels_below(classifier) is None
    assert level_summary(decoded(flat), features, targets, facts, GROUPS) is None


def test_classes_are_read_as_the_mean_of_their_training_targets() -> None:
    values = torch.tensor([0.1, 0.7, 1.5, 2.0, 3.5, 4.9, 4.7]).double()
    edges, counts = torch.arange(6).double(), torch.tensor([2, 1, 1, 1, 2])
    means = level_means(values, edges, LEVELS)
    assert level_values(means[-5:], counts, LEVELS).tolist() == pytest.approx(means.tolist())


def test_a_class_without_training_targets_is_read_as_the_middle_of_its_bins() -> None:
    found = level_values(VALUES, torch.tensor([1, 0, 3, 0, 0]), LEVELS)
    assert found.tolist() == pytest.approx([11.5, 13.5, 10, 12, 13.5, 10, 11, 12, 13, 14])

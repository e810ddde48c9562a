import json
import math

import pytest
import torch
from torch import Tensor
from torchmetrics.classification import MulticlassAccuracy

from counterpoise.errors import InputError
from counterpoise.metrics import ShotAccuracy, shot_groups
from counterpoise.metrics.shots import Convention, frequency_groups, group_accuracy

COUNTS = torch.tensor([500, 101, 100, 99, 60, 21, 20, 19, 5])


def groups_of(counts: Tensor | list[int], convention: Convention) -> list[list[int]]:
    found = shot_groups(torch.as_tensor(counts), convention=convention)
    return list(found.as_json()["groups"].values())


def test_strict_has_exactly_20_and_100_in_the_middle() -> None:
    assert groups_of(COUNTS, "strict") == [[0, 1], [2, 3, 4, 5, 6], [7, 8]]


def test_inclusive_has_exactly_100_in_many_and_20_in_few() -> None:
    assert groups_of(COUNTS, "inclusive") == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]


def test_quantile_cuts_in_thirds() -> None:
    assert groups_of(COUNTS, "quantile") == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert groups_of([3, 9, 1, 7, 5, 2, 8, 4, 6], "quantile") == [[1, 3, 6], [4, 7, 8], [0, 2, 5]]


@pytest.mark.parametrize(
    ("counts", "wanted"),
    [
        ([9, 9, 9, 9, 5, 5, 1, 1, 1], [[0, 1, 2, 3], [4, 5], [6, 7, 8]]),
        ([9, 5, 5, 5, 5, 1], [[0], [1, 2, 3, 4], [5]]),
        ([4, 4, 4], [[], [0, 1, 2], []]),
        ([7, 2], [[0], [], [1]]),
        ([7], [[], [0], []]),
        ([30, 20, 10, 10], [[0], [1], [2, 3]]),
        ([100] * 5 + [10] * 5, [[0, 1, 2, 3, 4], [], [5, 6, 7, 8, 9]]),
    ],
)
def test_classes_of_equal_count_share_the_third_of_their_middle(
    counts: list[int], wanted: list[list[int]]
) -> None:
    assert groups_of(counts, "quantile") == wanted


@pytest.mark.parametrize("convention", ["strict", "inclusive", "quantile", "auto"])
def test_every_class_is_in_exactly_one_group(convention: Convention) -> None:
    counts = torch.randint(0, 200, (50,))
    found = shot_groups(counts, convention=convention)
    assert torch.stack(list(found.masks.values())).sum(dim=0).tolist() == [1] * 50


def test_auto_is_strict_unless_a_group_would_be_empty() -> None:
    assert shot_groups(COUNTS).convention == "strict"
    assert shot_groups(torch.tensor([500, 400, 300, 50])).convention == "quantile"
    assert shot_groups(torch.tensor([7, 2])).convention == "quantile"


def test_the_groups_of_long_tailed_cifar_100_are_those_of_the_papers() -> None:
    counts = torch.tensor([int(500 * 0.01 ** (i / 99)) for i in range(100)])
    assert [len(group) for group in groups_of(counts, "strict")] == [35, 35, 30]


def test_an_unknown_convention_is_refused() -> None:
    with pytest.raises(InputError, match="must be auto, strict, inclusive or quantile, but 'thirds' came"):
        shot_groups(COUNTS, convention="thirds")  # pyright: ignore[reportArgumentType]


def test_the_rule_tells_the_convention() -> None:
    assert "more than 100" in shot_groups(COUNTS, convention="strict").rule
    assert "100 training images or more" in shot_groups(COUNTS, convention="inclusive").rule
    assert "thirds" in shot_groups(COUNTS, convention="quantile").rule


def test_the_groups_are_plain_json() -> None:
    found = shot_groups(COUNTS, convention="strict").as_json()
    assert json.loads(json.dumps(found)) == found


def answers() -> tuple[Tensor, Tensor]:
    logits, targets = torch.randn(300, len(COUNTS)), torch.randint(0, len(COUNTS), (300,))
    logits[torch.arange(300), targets] += 1.5
    return logits, targets


def test_accuracies_are_torchmetrics_and_the_means_of_the_groups() -> None:
    logits, targets = answers()
    found = ShotAccuracy(COUNTS, convention="strict")(logits, targets)
    per_class = MulticlassAccuracy(len(COUNTS), average=None)(logits, targets).tolist()
    assert found["per_class"] == pytest.approx(per_class, rel=1e-6)
    assert found["overall"] == pytest.approx(
        MulticlassAccuracy(len(COUNTS), average="micro")(logits, targets).item(), rel=1e-6
    )
    assert found["balanced"] == pytest.approx(
        MulticlassAccuracy(len(COUNTS), average="macro")(logits, targets).item(), rel=1e-6
    )
    for group, members in zip(("many", "medium", "few"), groups_of(COUNTS, "strict"), strict=True):
        wanted = sum(found["per_class"][c] for c in members) / len(members)
        assert found[group] == pytest.approx(wanted, rel=1e-12)


def test_batches_add_up_and_logits_are_as_good_as_labels() -> None:
    logits, targets = answers()
    whole, parts = ShotAccuracy(COUNTS), ShotAccuracy(COUNTS)
    whole.update(logits.argmax(dim=1), targets)
    for some, labels in zip(logits.split([1, 99, 200]), targets.split([1, 99, 200]), strict=True):
        parts.update(some, labels)
    assert parts.compute() == whole.compute()


def test_the_states_of_processes_are_summed() -> None:
    logits, targets = answers()
    whole, first, second = (ShotAccuracy(COUNTS) for _ in range(3))
    whole.update(logits, targets)
    first.update(logits[:120], targets[:120])
    second.update(logits[120:], targets[120:])
    first.merge_state(second)
    assert first.compute() == whole.compute()


def test_groups_and_classes_without_samples_have_no_accuracy() -> None:
    labels = torch.tensor([0, 0, 2])
    found = ShotAccuracy(COUNTS, convention="strict")(torch.tensor([0, 1, 2]), labels)
    assert found["few"] is None
    assert found["many"] == 0.5
    assert found["medium"] == 1.0
    assert found["balanced"] == 0.75
    assert found["overall"] == pytest.approx(2 / 3)
    assert found["per_class"] == [0.5, None, 1.0] + [None] * 6


@pytest.mark.filterwarnings("ignore:The ``compute`` method of metric")
def test_nothing_seen_means_nothing_known() -> None:
    found = ShotAccuracy(COUNTS).compute()
    assert found == dict.fromkeys(("overall", "balanced", "many", "medium", "few")) | {
        "per_class": [None] * 9
    }
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_reset_forgets() -> None:
    metric = ShotAccuracy(COUNTS)
    metric.update(*answers())
    metric.reset()
    assert metric.samples.sum() == 0


def test_a_group_counts_only_the_classes_that_were_seen() -> None:
    per_class = torch.tensor([1.0, math.nan, 0.5, math.nan], dtype=torch.float64)
    groups = shot_groups(torch.tensor([900, 800, 50, 3]), convention="strict")
    assert group_accuracy(per_class, groups) == {"many": 1.0, "medium": 0.5, "few": None}


def test_categories_of_objects_are_grouped_as_their_annotations_have_it() -> None:
    groups = frequency_groups("rcfcr")
    assert groups.as_json()["groups"] == {"many": [2], "medium": [1, 3], "few": [0, 4]}
    assert groups.rule.startswith("frequent, common and rare as the annotations have it")

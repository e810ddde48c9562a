import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.predictors import (
    NearestClassMean,
    centered_unit_features,
    mean_product,
    nearest_class_mean,
    negative_squared_distance,
    raw_features,
    unit_features,
)

TRANSFORMS = [raw_features, unit_features, centered_unit_features]
SCORES = [negative_squared_distance, mean_product]
every_transform = pytest.mark.parametrize("transform", TRANSFORMS)
every_score = pytest.mark.parametrize("score", SCORES)
TARGETS = torch.tensor([0, 0, 0, 1, 3, 3, 0, 1])


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) + 0.5


def transformed(name: str, row: list[float], mean: list[float]) -> list[float]:
    if name == "raw_features":
        return row
    if name == "centered_unit_features":
        row = [x - m for x, m in zip(row, mean, strict=True)]
    norm = sum(x**2 for x in row) ** 0.5
    return [x / norm for x in row]


@every_transform
@every_score
def test_scores_are_those_of_a_loop(transform, score) -> None:
    train, test = drawn(8, 5).tolist(), drawn(3, 5, seed=1).tolist()
    mean = [sum(column) / 8 for column in zip(*train, strict=True)]
    looped = torch.full((3, 4), -torch.inf, dtype=torch.float64)
    for c in (0, 1, 3):
        rows = [row for row, target in zip(train, TARGETS.tolist(), strict=True) if target == c]
        rows = [transformed(transform.__name__, row, mean) for row in rows]
        center = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
        for b, row in enumerate(test):
            pairs = list(zip(transformed(transform.__name__, row, mean), center, strict=True))
            distance, product = sum((x - m) ** 2 for x, m in pairs), sum(x * m for x, m in pairs)
            looped[b, c] = -distance if score is negative_squared_distance else product / 5
    rule = nearest_class_mean(drawn(8, 5), TARGETS, num_classes=4, transform=transform, score=score)
    assert_close(rule(drawn(3, 5, seed=1)), looped, rtol=1e-10, atol=1e-12)


def test_the_defaults_are_those_of_the_release() -> None:
    rule = nearest_class_mean(drawn(8, 5), TARGETS, num_classes=4)
    plain = NearestClassMean(rule.class_means, rule.feature_mean)
    assert plain.transform is rule.transform is centered_unit_features
    assert plain.score is rule.score is negative_squared_distance


@every_score
def test_a_class_without_samples_keeps_its_index_and_never_wins(score) -> None:
    rule = nearest_class_mean(drawn(8, 5), TARGETS, num_classes=6, score=score)
    scores = rule(drawn(40, 5, seed=2))
    assert scores.shape == (40, 6)
    assert (scores[:, [2, 4, 5]] == -torch.inf).all()
    assert scores[:, [0, 1, 3]].isfinite().all()


def test_a_class_mean_is_nearest_to_itself() -> None:
    rule = nearest_class_mean(drawn(8, 5), TARGETS, num_classes=4, transform=raw_features)
    means = rule.class_means[[0, 1, 3]]
    assert rule(means).argmax(dim=1).tolist() == [0, 1, 3]
    assert_close(rule(means)[0, 0].item(), 0.0)


def test_centered_features_do_not_depend_on_where_and_how_large_all_are() -> None:
    train, test = drawn(8, 5), drawn(3, 5, seed=1)
    moved = nearest_class_mean(3 * train + 7, TARGETS, num_classes=4)
    wanted = nearest_class_mean(train, TARGETS, num_classes=4)(test)
    assert_close(moved(3 * test + 7), wanted, rtol=1e-9, atol=1e-12)


@every_transform
def test_a_zero_feature_has_finite_scores(transform) -> None:
    rule = nearest_class_mean(drawn(8, 5), TARGETS % 2, num_classes=2, transform=transform)
    assert rule(torch.zeros(1, 5, dtype=torch.float64)).isfinite().all()
    assert rule(drawn(0, 5)).shape == (0, 2)


def test_means_of_other_sizes_are_refused() -> None:
    with pytest.raises(InputError, match=r"the size of one class mean, \(5,\), but \(4,\) came"):
        NearestClassMean(torch.zeros(3, 5), torch.zeros(4))


def test_no_features_are_refused() -> None:
    with pytest.raises(InputError, match=r"at least 1 feature"):
        nearest_class_mean(drawn(0, 5), TARGETS[:0], num_classes=4)


def test_a_label_beyond_the_classes_is_refused() -> None:
    with pytest.raises(InputError, match=r"0 \.\. 2"):
        nearest_class_mean(drawn(8, 5), TARGETS, num_classes=3)

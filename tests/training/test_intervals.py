"""Coverage and width of intervals, against loops over samples."""

import json
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from counterpoise.classifiers import LinearClassifier
from counterpoise.data.data import Facts
from counterpoise.data.target import Target
from counterpoise.metrics import central_intervals
from counterpoise.metrics.shots import shot_groups
from counterpoise.predictors import Decoder, ExpectedValue, MostLikelyValue
from counterpoise.training.intervals import NOMINAL, interval_summary

EDGES = torch.linspace(0, 8, 5).double()
COUNTS = (300, 200, 40, 3)
GROUPS = shot_groups(torch.tensor(COUNTS))


@pytest.fixture
def facts(tiny_values) -> Facts:
    target = Target("height", tuple(EDGES.tolist()), 4.0, 1.0)
    return replace(tiny_values.facts, class_names=target.bin_names, class_counts=COUNTS, target=target)


@pytest.fixture
def decoder() -> Decoder:
    return MostLikelyValue(LinearClassifier(6, 4), torch.tensor([1.0, 3.0, 5.0, 7.0]))


@pytest.fixture
def features() -> Tensor:
    return 2 * torch.randn(80, 6)


@pytest.fixture
def targets() -> Tensor:
    return 8 * torch.rand(80)


@torch.no_grad()
def test_coverage_and_width_are_those_of_a_loop(decoder, features, targets, facts) -> None:
    found = interval_summary(decoder, features, targets, facts, GROUPS)
    assert found is not None
    assert found["nominal"] == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    ends = central_intervals(decoder.classifier(features).softmax(dim=1), EDGES, torch.tensor(NOMINAL))
    for group, bins in {"overall": (0, 1, 2, 3), "many": (0, 1), "medium": (2,), "few": (3,)}.items():
        rows = [n for n in range(80) if int(targets[n] // 2) in bins]
        for place in range(9):
            pairs = [(float(ends[0][n, place]), float(ends[1][n, place])) for n in rows]
            held = sum(low <= targets[n] <= high for n, (low, high) in zip(rows, pairs, strict=True))
            assert found["coverage"][group][place] == pytest.approx(float(held) / len(rows))
            wide = sum(high - low for low, high in pairs) / len(rows)
            assert found["width"][group][place] == pytest.approx(wide, rel=1e-5)


def test_wider_intervals_hold_more(decoder, features, targets, facts) -> None:
    found = interval_summary(decoder, features, targets, facts, GROUPS)
    assert found is not None
    for name in ("coverage", "width"):
        assert found[name]["overall"] == sorted(found[name]["overall"])
    assert found["coverage"]["overall"][0] < found["coverage"]["overall"][-1]


def test_the_decoding_does_not_matter(decoder, features, targets, facts) -> None:
    other = ExpectedValue(decoder.classifier, decoder.representatives)
    found = [interval_summary(one, features, targets, facts, GROUPS) for one in (decoder, other)]
    assert found[0] == found[1]


def test_many_samples_are_measured_in_chunks(decoder, features, targets, facts) -> None:
    few = interval_summary(decoder, features, targets, facts, GROUPS)
    many = interval_summary(decoder, features.repeat(101, 1), targets.repeat(101), facts, GROUPS)
    assert few is not None
    assert many is not None
    assert many["coverage"]["medium"] == pytest.approx(few["coverage"]["medium"])


def test_a_target_beyond_the_edges_is_held_by_none(decoder, features, facts) -> None:
    found = interval_summary(decoder, features, torch.full((80,), 8.5), facts, GROUPS)
    assert found is not None
    assert found["coverage"]["few"] == [0.0] * 9
    assert found["coverage"]["many"] == found["width"]["many"] == [None] * 9


def test_a_net_that_has_diverged_has_no_numbers(decoder, features, targets, facts) -> None:
    features[:] = torch.nan
    found = interval_summary(decoder, features, targets, facts, GROUPS)
    assert found is not None
    assert found["coverage"]["overall"] == found["width"]["overall"] == [None] * 9
    json.dumps(found, allow_nan=False)


def test_predictors_without_bins_have_no_intervals(features, targets, facts) -> None:
    assert interval_summary(nn.Identity(), features, targets, facts, GROUPS) is None

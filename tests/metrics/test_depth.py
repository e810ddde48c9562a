import math

import pytest
import torch
from torch import Tensor

from counterpoise.errors import InputError
from counterpoise.metrics import depth_bins, depth_by_shot, depth_scores

NAN = float("nan")


@pytest.fixture
def maps() -> tuple[Tensor, Tensor]:
    depths = 0.7 + 9 * torch.rand(2, 1, 5, 4, dtype=torch.float64)
    predictions = depths * (0.6 + 0.8 * torch.rand_like(depths))
    depths[0, 0, 0] = NAN
    return predictions, depths


def looped(predictions: list[float], depths: list[float]) -> dict[str, float]:
    pairs = [(x, d) for x, d in zip(predictions, depths, strict=True) if not math.isnan(d)]
    n, ratios = len(pairs), [max(x / d, d / x) for x, d in pairs]
    return {
        "samples": n,
        "mae": sum(abs(x - d) for x, d in pairs) / n,
        "rmse": math.sqrt(sum((x - d) ** 2 for x, d in pairs) / n),
        "abs_rel": sum(abs(x - d) / d for x, d in pairs) / n,
        "log10": sum(abs(math.log10(x) - math.log10(d)) for x, d in pairs) / n,
        **{f"delta{k}": sum(r <= 1.25**k for r in ratios) / n for k in (1, 2, 3)},
    }


def test_scores_are_those_of_a_loop(maps: tuple[Tensor, Tensor]) -> None:
    wanted = looped(*(tensor.flatten().tolist() for tensor in maps))
    assert wanted["samples"] == 36
    assert 0 < wanted["delta1"] < wanted["delta2"]
    assert depth_scores(*maps) == pytest.approx(wanted, rel=1e-11)


def test_groups_hold_the_pixels_of_their_bins(maps: tuple[Tensor, Tensor]) -> None:
    near = torch.arange(100) < 40
    found = depth_by_shot(*maps, groups={"near": near, "far": ~near})
    flat = [tensor.flatten().tolist() for tensor in maps]
    for name, wanted in {"near": lambda d: d < 4, "far": lambda d: d >= 4}.items():
        pairs = [(x, d) for x, d in zip(*flat, strict=True) if wanted(d)]
        assert found[name] == pytest.approx(looped(*map(list, zip(*pairs, strict=True))), rel=1e-11)
    assert found["overall"] == depth_scores(*maps)


def test_perfect_depth() -> None:
    depths = torch.tensor([1.0, 5.0])
    assert list(depth_scores(depths, depths).values()) == [2, 0, 0, 0, 0, 1, 1, 1]


def test_a_ratio_on_the_limit_counts() -> None:
    assert depth_scores(torch.tensor([1.25]), torch.tensor([1.0]))["delta1"] == 1


def test_unknown_depths_are_left_out_and_none_at_all_is_none() -> None:
    predictions, depths = torch.tensor([2.0, 9.0, 9.0]), torch.tensor([1.0, NAN, 0.0])
    assert depth_scores(predictions, depths)["mae"] == 1
    assert depth_scores(predictions[1:], depths[1:]) == {
        "samples": 0,
        **dict.fromkeys(("mae", "rmse", "abs_rel", "log10", "delta1", "delta2", "delta3")),
    }


def test_bins_are_a_tenth_of_a_metre_and_the_last_is_open() -> None:
    depths = torch.tensor([0.05, 0.7, 0.79, 4.5, 9.99, 30.0, NAN])
    assert depth_bins(depths).tolist() == [0, 7, 7, 45, 99, 99, 0]


def test_another_shape_is_refused() -> None:
    with pytest.raises(InputError, match="resize the prediction"):
        depth_scores(torch.ones(2, 2), torch.ones(4))

import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.smoothing import depth_weights, kernel_window, lds_weights, smoothed_counts

COUNTS = torch.tensor([0, 7, 30, 100, 4, 0, 0, 0, 1, 12])


def looped_window(kernel: str, size: int, sigma: float) -> list[float]:
    half = size // 2
    if kernel == "triangular":
        return [1 - abs(i) / (half + 1) for i in range(-half, half + 1)]
    if kernel == "laplace":
        return [math.exp(-abs(i) / sigma) for i in range(-half, half + 1)]
    return folded_gaussian(size, sigma)


def folded_gaussian(size: int, sigma: float) -> list[float]:
    """The impulse in the middle, and what the mirrors at both ends show of it."""
    reach = int(4 * sigma + 0.5)
    total = sum(math.exp(-j * j / (2 * sigma * sigma)) for j in range(-reach, reach + 1))
    found = []
    for place in range(size):
        seen = [(place + j) % (2 * size) for j in range(-reach, reach + 1)]
        seen = [p if p < size else 2 * size - 1 - p for p in seen]
        weights = (math.exp(-j * j / (2 * sigma * sigma)) for j in range(-reach, reach + 1))
        found.append(sum(w for p, w in zip(seen, weights, strict=True) if p == size // 2) / total)
    return [value / max(found) for value in found]


def looped_smooth(values: list[float], window: Tensor, *, mirrored: bool) -> list[float]:
    half, count = len(window) // 2, len(values)
    found = []
    for place in range(count):
        total = 0.0
        for i in range(-half, half + 1):
            at = place + i
            if mirrored:
                at = -1 - at if at < 0 else at
                at = 2 * count - 1 - at if at >= count else at
            total += values[at] * window[i + half].item() if 0 <= at < count else 0.0
        found.append(total)
    return found


@pytest.mark.parametrize("kernel", ["gaussian", "triangular", "laplace"])
@pytest.mark.parametrize(("size", "sigma"), [(5, 2.0), (9, 1.0), (3, 0.7), (1, 2.0)])
def test_windows_are_those_of_a_loop(kernel, size: int, sigma: float) -> None:
    window = kernel_window(kernel, size=size, sigma=sigma)
    wanted = torch.tensor(looped_window(kernel, size, sigma), dtype=torch.float64)
    assert_close(window, wanted, rtol=1e-10, atol=1e-12)
    assert window.max() == window[size // 2] == 1
    assert_close(window, window.flip(0))


def test_the_gaussian_folds_back_at_the_ends() -> None:
    wanted = torch.tensor([0.8583, 0.9458, 1.0, 0.9458, 0.8583], dtype=torch.float64)
    assert_close(kernel_window("gaussian"), wanted, rtol=0, atol=1e-4)


@pytest.mark.parametrize("border", ["empty", "mirrored"])
def test_smoothed_counts_are_those_of_a_loop(border) -> None:
    window = kernel_window("laplace", size=5, sigma=1.5)
    wanted = looped_smooth(COUNTS.tolist(), window, mirrored=border == "mirrored")
    assert_close(
        smoothed_counts(COUNTS, window, border=border), torch.tensor(wanted).double(), rtol=1e-6, atol=1e-6
    )


@pytest.mark.parametrize("scheme", ["sqrt_inverse", "inverse"])
@pytest.mark.parametrize("kernel", ["gaussian", None])
@pytest.mark.parametrize("clip", [None, (5, 50)])
def test_weights_are_those_of_a_loop(scheme, kernel, clip) -> None:
    base = [math.sqrt(n) if scheme == "sqrt_inverse" else float(n) for n in COUNTS.tolist()]
    base = [min(max(n, clip[0]), clip[1]) for n in base] if clip else base
    smooth = looped_smooth(base, kernel_window("gaussian"), mirrored=False) if kernel else base
    inverse = [1 / d if d else 0.0 for d in smooth]
    scale = COUNTS.sum().item() / sum(n * w for n, w in zip(COUNTS.tolist(), inverse, strict=True))
    wanted = torch.tensor([scale * w for w in inverse], dtype=torch.float64)
    assert_close(lds_weights(COUNTS, scheme=scheme, kernel=kernel, clip=clip), wanted, rtol=1e-12, atol=0)


def test_the_training_targets_have_the_mean_weight_one() -> None:
    targets = torch.repeat_interleave(torch.arange(len(COUNTS)), COUNTS)
    assert lds_weights(COUNTS)[targets].mean().item() == pytest.approx(1, rel=1e-12)


def test_a_window_of_one_is_plain_re_weighting() -> None:
    assert_close(lds_weights(COUNTS, kernel_size=1), lds_weights(COUNTS, kernel=None), rtol=1e-12, atol=0)


def test_equal_counts_far_from_the_ends_weigh_the_same() -> None:
    weights = lds_weights(torch.full((20,), 50))
    assert_close(weights[2:-2], weights[2].expand(16), rtol=1e-12, atol=0)
    assert weights[0] > weights[2]


def test_bins_without_neighbours_weigh_nothing() -> None:
    weights = lds_weights(torch.tensor([10, 0, 0, 0, 0, 0, 10]), kernel_size=3)
    assert (weights > 0).tolist() == [True, True, False, False, False, True, True]


def test_dropping_fractions_moves_rare_bins() -> None:
    plain, released = (
        lds_weights(COUNTS, scheme="inverse", sigma=1.0, truncate=cut) for cut in (False, True)
    )
    base = smoothed_counts(COUNTS, kernel_window("gaussian", sigma=1.0)).trunc()
    assert_close(released / released[3], torch.where(base > 0, base[3] / base, 0.0), rtol=1e-12, atol=0)
    assert (released / plain - 1).abs().max() > 0.01


def test_depth_copies_the_first_populated_bin_and_mirrors_the_ends() -> None:
    counts = torch.cat([torch.zeros(3, dtype=torch.int64), COUNTS[1:]])
    found = depth_weights(counts, start=3)
    smooth = looped_smooth(COUNTS[1:].tolist(), kernel_window("gaussian"), mirrored=True)
    inverse = [1 / d for d in smooth]
    scale = COUNTS.sum().item() / sum(n * w for n, w in zip(COUNTS[1:].tolist(), inverse, strict=True))
    wanted = [scale * w for w in [inverse[0]] * 3 + inverse]
    assert_close(found, torch.tensor(wanted, dtype=torch.float64), rtol=1e-12, atol=0)


@pytest.mark.parametrize("options", [{"size": 4}, {"size": 0}, {"sigma": 0.0}])
def test_a_window_that_is_none_is_refused(options: dict) -> None:
    with pytest.raises(InputError, match="odd size and sigma above 0"):
        kernel_window("gaussian", **options)


@pytest.mark.parametrize("counts", [torch.zeros(3), torch.tensor([1, -1]), torch.ones(2, 2)])
def test_counts_that_are_none_are_refused(counts: Tensor) -> None:
    with pytest.raises(InputError, match="bin counts must be"):
        lds_weights(counts)


@pytest.mark.parametrize("word", [{"kernel": "box"}, {"scheme": "cube"}])
def test_unknown_words_are_refused(word: dict) -> None:
    with pytest.raises(InputError, match=next(iter(word.values()))):
        lds_weights(COUNTS, **word)

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from counterpoise.data.profiles import draw_long_tail, exponential_counts, step_counts
from counterpoise.errors import InputError

GOLDEN = Path(__file__).parents[3] / "shared" / "golden"
needs_golden = pytest.mark.skipif(
    not GOLDEN.exists(), reason="the golden numbers are not beside the repository"
)
Profile = Callable[[int, int, float], torch.Tensor]
PROFILES = {"exp": exponential_counts, "step": step_counts}


@needs_golden
@pytest.mark.parametrize("kind", PROFILES)
@pytest.mark.parametrize("num_classes", [10, 100])
@pytest.mark.parametrize("ratio", [10, 50, 100])
def test_counts_are_those_of_ldams_code(kind: str, num_classes: int, ratio: int) -> None:
    wanted = np.load(GOLDEN / "classification" / "longtail_profiles_cifar.npz")
    key = f"counts_{kind}_{num_classes}classes_from_50000_ratio_{ratio}"
    assert PROFILES[kind](50_000, num_classes, ratio).tolist() == wanted[key].tolist()


@needs_golden
@pytest.mark.parametrize("kind", PROFILES)
@pytest.mark.parametrize("case", ["cifar10_rho100", "cifar100_rho50"])
def test_counts_are_those_of_the_semi_and_self_supervised_code(kind: str, case: str) -> None:
    vectors = np.load(GOLDEN / "semi_self" / f"counts_labeled_{kind}.npz")
    total, num_classes = (int(vectors[f"{word}_{case}"]) for word in ("total_samples", "num_classes"))
    counts = PROFILES[kind](total, num_classes, 1 / float(vectors[f"imbalance_factor_{case}"]))
    assert counts.tolist() == vectors[f"class_counts_{case}"].tolist()


@needs_golden
def test_the_subset_is_the_one_of_the_released_code() -> None:
    vectors = np.load(GOLDEN / "semi_self" / "subset_labeled.npz")
    labels, counts = (torch.from_numpy(vectors[key]) for key in ("labels", "class_counts_wanted"))
    drawn = draw_long_tail(labels, counts, seed=0)
    assert drawn.tolist() == vectors["selected_indices"].tolist()
    assert labels[drawn].tolist() == vectors["selected_labels"].tolist()


def test_the_table_of_the_papers_totals() -> None:
    totals = {(c, r): int(exponential_counts(50_000, c, r).sum()) for c in (10, 100) for r in (100, 50, 10)}
    assert totals == {
        (10, 100): 12_406,
        (10, 50): 13_996,
        (10, 10): 20_431,
        (100, 100): 10_847,
        (100, 50): 12_608,
        (100, 10): 19_573,
    }


def test_the_step_profile_gives_the_odd_class_to_the_tail() -> None:
    assert step_counts(700, 7, 10).tolist() == [100] * 3 + [10] * 4


def test_a_ratio_of_one_is_balanced() -> None:
    assert exponential_counts(30, 3, 1).tolist() == step_counts(30, 3, 1).tolist() == [10, 10, 10]


@pytest.mark.parametrize("profile", PROFILES.values())
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((100, 1, 10), "at least 2 classes"),
        ((100, 10, 0.5), "at least 1, but got 0.5"),
        ((100, 10, float("nan")), "ratio"),
    ],
)
def test_impossible_profiles_are_refused(profile: Profile, arguments: tuple, message: str) -> None:
    with pytest.raises(InputError, match=message):
        profile(*arguments)


def test_the_draw_follows_numpys_global_legacy_stream() -> None:
    targets = torch.randint(0, 4, (200,), generator=torch.Generator().manual_seed(1))
    counts = torch.tensor([20, 10, 5, 1])
    np.random.seed(7)
    wanted = []
    for c, n in enumerate(counts.tolist()):
        positions = np.where(targets.numpy() == c)[0]
        np.random.shuffle(positions)
        wanted.extend(positions[:n].tolist())
    assert draw_long_tail(targets, counts, seed=7).tolist() == wanted


def test_the_draw_leaves_the_global_generator_alone() -> None:
    np.random.seed(3)
    wanted = np.random.random()
    np.random.seed(3)
    draw_long_tail(torch.tensor([0, 0, 1, 1]), torch.tensor([2, 1]))
    assert np.random.random() == wanted


def test_a_class_with_too_few_samples_is_refused() -> None:
    with pytest.raises(InputError, match="at least 3 samples of class 1, but it has 2"):
        draw_long_tail(torch.tensor([0, 0, 0, 1, 1]), torch.tensor([3, 3]))

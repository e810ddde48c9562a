from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from counterpoise.data.profiles import (
    by_digit,
    draw_from_stream,
    draw_long_tail,
    exponential_counts,
    relevant_counts,
    step_counts,
    unlabeled_counts,
    usb_counts,
)
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


@pytest.mark.parametrize("profile", [*PROFILES.values(), unlabeled_counts])
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


def test_the_unlabeled_counts_of_the_papers_example() -> None:
    labeled = exponential_counts(50_000, 10, 50)
    assert unlabeled_counts(5 * int(labeled.sum()), 10, 50).tolist() == [
        *(24999, 16186, 10477, 6784, 4390),
        *(2843, 1839, 1189, 771, 496),
    ]


@pytest.mark.parametrize("ratio", [1, 25, 50, 100, 1000])
def test_the_size_of_an_unlabeled_set_does_not_depend_on_its_ratio(ratio: int) -> None:
    counts = unlabeled_counts(69_980, 10, ratio)
    assert 69_980 - 10 <= counts.sum() <= 69_980
    assert counts.tolist() == sorted(counts.tolist(), reverse=True)


def test_a_fractional_multiple_has_a_fractional_total() -> None:
    assert unlabeled_counts(0.5 * 33, 3, 1).tolist() == [5, 5, 5]
    assert unlabeled_counts(7.5, 2, 7).dtype == torch.int64


def test_a_tiny_unlabeled_set_may_lack_its_tail() -> None:
    assert unlabeled_counts(10, 10, 100).tolist() == [10] + [0] * 9


def test_too_small_an_unlabeled_set_is_refused() -> None:
    with pytest.raises(
        InputError, match="at least 10 unlabeled samples, one for each class, but a total of 9"
    ):
        unlabeled_counts(9, 10, 2)


@pytest.mark.parametrize("relevance", [0.2, 0.6, 0.9, 1.0])
def test_irrelevant_samples_fill_up_to_the_same_size(relevance: float) -> None:
    counts = relevant_counts(1000, 4, 10, relevance=relevance)
    assert counts[:4].tolist() == unlabeled_counts(1000 * relevance, 4, 10).tolist()
    assert counts[4] == round(1000 - 1000 * relevance)
    assert 996 <= counts.sum() <= 1000


@pytest.mark.parametrize("relevance", [0.0, -1.0, 1.1, float("nan")])
def test_a_relevance_that_is_no_share_is_refused(relevance: float) -> None:
    with pytest.raises(InputError, match=f"0 < relevance <= 1, but {relevance} came"):
        relevant_counts(1000, 4, 10, relevance=relevance)


def test_the_tail_of_svhn_is_the_digit_0() -> None:
    ranked = exponential_counts(10_000, 10, 100)
    assert ranked.tolist() == [1000, 599, 359, 215, 129, 77, 46, 27, 16, 10]
    assert by_digit(ranked).tolist() == [10, 1000, 599, 359, 215, 129, 77, 46, 27, 16]


def test_usb_names_the_largest_count() -> None:
    forward = usb_counts(1500, 10, 100)
    assert forward.tolist() == [1500, 899, 539, 323, 193, 116, 69, 41, 25, 15]
    assert usb_counts(1500, 10, -100).tolist() == forward.flip(0).tolist()
    assert usb_counts(30, 3, 1).tolist() == usb_counts(30, 3, -1).tolist() == [30, 30, 30]
    assert usb_counts(50, 2, 100).tolist() == [50, 0]
    assert usb_counts(49, 2, 49)[-1] == 1


@pytest.mark.parametrize("gamma", [0.5, -0.5, 0.0, float("nan")])
def test_a_gamma_that_is_no_ratio_is_refused(gamma: float) -> None:
    with pytest.raises(InputError, match="ratio"):
        usb_counts(100, 10, gamma)


def test_a_stream_goes_on_where_the_draw_before_it_ended() -> None:
    targets, counts = torch.tensor([0, 1] * 20), torch.tensor([5, 5])
    stream = np.random.RandomState(0)
    first, second = (draw_from_stream(targets, counts, stream).tolist() for _ in range(2))
    assert first == draw_long_tail(targets, counts, seed=0).tolist()
    assert second != first


def test_a_stream_gives_all_of_a_class_with_too_few() -> None:
    drawn = draw_from_stream(torch.tensor([0, 0, 1]), torch.tensor([1, 5]), np.random.RandomState(0))
    assert drawn.tolist()[1:] == [2]


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

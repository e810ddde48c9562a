import numpy as np
import pytest
from scipy.stats import t

from counterpoise.report.significance import paired_difference


def _right(share, images=100, seeds=1):
    return np.tile(np.arange(images) < share, (seeds, 1))


def _accuracy(ours, theirs):
    """The difference of two shares of right answers, (S, N) bool."""
    return paired_difference(ours / ours.shape[1], theirs / theirs.shape[1])


def test_one_seed_is_a_mcnemar_test():
    ours, theirs = _right(60), np.roll(_right(45), 10, axis=1)
    gained, lost = (ours & ~theirs).sum(), (theirs & ~ours).sum()
    found = _accuracy(ours, theirs)
    error = np.sqrt(gained + lost) / 100
    assert found.mean == pytest.approx(0.15)
    assert found.high - found.mean == pytest.approx(t.ppf(0.975, gained + lost - 1) * error)
    assert found.mean - found.low == pytest.approx(found.high - found.mean)


@pytest.mark.parametrize(("discordant", "distinguishable"), [(1, False), (4, False), (6, False), (8, True)])
def test_a_handful_of_images_proves_nothing(discordant, distinguishable):
    """As an exact sign test has it, but for 6 of 6, which it lets pass."""
    found = _accuracy(_right(50 + discordant), _right(50))
    assert found.distinguishable is distinguishable


def test_equal_answers_do_not_differ():
    found = _accuracy(_right(50, seeds=3), _right(50, seeds=3))
    assert found == (0, 0, 0)
    assert not found.distinguishable


def test_seeds_that_disagree_widen_the_interval():
    theirs = _right(500, 1000, seeds=3)
    steady = np.concatenate([_right(550, 1000)] * 3)
    wavering = np.concatenate([_right(500 + gain, 1000) for gain in (-20, 50, 120)])
    same, wide = (_accuracy(ours, theirs) for ours in (steady, wavering))
    assert same.mean == pytest.approx(wide.mean) == pytest.approx(0.05)
    assert same.distinguishable
    assert not wide.distinguishable
    only_seeds = t.ppf(0.975, 2) * 0.07 / np.sqrt(3)
    assert wide.high - wide.mean == pytest.approx(only_seeds, rel=0.1)


def test_swapping_the_methods_swaps_the_interval():
    chance = np.random.default_rng(0)
    ours, theirs = chance.random((2, 3, 80)) < 0.6
    forth, back = (_accuracy(*pair) for pair in ((ours, theirs), (theirs, ours)))
    assert back == pytest.approx((-forth.mean, -forth.high, -forth.low))


def test_images_that_add_nothing_do_not_count():
    ours, theirs = _right(50, seeds=2), _right(0, seeds=2)
    weights = np.where(np.arange(100) >= 50, 1 / 50, 0)
    assert paired_difference(weights * ours, weights * theirs) == (0, 0, 0)
    assert paired_difference(weights[::-1] * ours, weights[::-1] * theirs).low > 0.5


def test_equal_methods_are_seldom_told_apart():
    chance, called = np.random.default_rng(0), 0
    for _ in range(300):
        ease = chance.normal(0.5, 1, 300)
        noise = chance.normal(0, 0.4, (2, 1, 300)) + chance.normal(0, 0.5, (2, 3, 300))
        ours, theirs = ease + noise + chance.normal(0, 0.1, (2, 3, 1)) > 0
        called += _accuracy(ours, theirs).distinguishable
    assert called <= 300 * 0.07


def test_a_true_difference_is_found():
    chance = np.random.default_rng(0)
    ease, noise = chance.normal(0.5, 1, 1000), chance.normal(0, 0.5, (2, 3, 1000))
    ours, theirs = ease + noise + np.array([0.4, 0]).reshape(2, 1, 1) > 0
    assert _accuracy(ours, theirs).low > 0.05

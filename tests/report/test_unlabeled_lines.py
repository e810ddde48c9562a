"""Lines and pairs of conditions."""

from collections.abc import Callable

from counterpoise.report.unlabeled_lines import AXES, lines, pairs, pool_in_words, supervised
from counterpoise.report.unlabeled_runs import Condition, Pool

RELEVANCE, RATIO, AMOUNT = AXES
Made = Callable[..., Condition]
NONE = Pool()


def rest(relevance: float = 1.0, ratio: float = 50.0, amount: float = 5.0) -> Pool:
    return Pool("rest", relevance, ratio, amount)


def test_a_line_holds_all_but_one_property(made: Made) -> None:
    conditions = [
        made("ce"),
        made("ce+st", rest(0.6, 50)),
        made("ce+st", rest(0.2, 50)),
        made("ce+st", rest(0.6, 1)),
        made("ldam+st", rest(0.6, 50)),
        made("ce+st", Pool("photos")),
    ]
    (by_relevance,) = lines(conditions, RELEVANCE)
    assert [one.pool.relevance for one in by_relevance.conditions] == [0.2, 0.6]
    (by_ratio,) = lines(conditions, RATIO)
    assert [one.pool.ratio for one in by_ratio.conditions] == [1, 50]
    assert lines(conditions, AMOUNT) == []
    assert supervised(conditions) == conditions[:1]


def test_lines_tell_what_else_varies(made: Made) -> None:
    conditions = [made("ce+st", rest(relevance, ratio)) for relevance in (0.5, 1.0) for ratio in (1, -50)]
    assert [line.name for line in lines(conditions, RELEVANCE)] == ["ce+st, ratio 1", "ce+st, ratio −50"]
    assert [line.name for line in lines(conditions, RATIO)] == [
        "ce+st, relevance 50 %",
        "ce+st, relevance 100 %",
    ]
    assert [line.name for line in lines(conditions[:2], RATIO)] == ["ce+st"]


def test_each_composition_stands_beside_the_largest_one_inside_it(made: Made) -> None:
    ce, ssp = made("ce"), made("rotation+ce")
    worse, better = made("ce+st", rest(0.2), (0.5,)), made("ce+st", rest(1.0), (0.2,))
    both, alien = made("rotation+ce+st", rest()), made("ldam+st", rest())
    found = pairs([ce, worse, better, ssp, both, alien])
    assert [(one.without, one.added) for one in found] == [(ce, better), (ce, ssp), (ssp, both)]


def test_unused_unlabeled_data_are_beside_none(made: Made) -> None:
    without, unused = made("ce"), made("ce", rest())
    assert [tuple(pair) for pair in pairs([without, unused])] == [(without, unused)]


def test_pools_in_words() -> None:
    assert pool_in_words(Pool()) == "without unlabeled data"
    assert pool_in_words(Pool("/some/photos")) == "unlabeled photos"
    assert pool_in_words(rest(0.6, -50, 2.5)) == "relevance 60 %, ratio −50, amount 2.5"

import pytest

from counterpoise.report.spread import spread


def test_several_seeds_have_mean_and_sample_deviation():
    result = spread([0.5, 0.6, 0.7])
    assert result.mean == pytest.approx(0.6)
    assert result.deviation == pytest.approx(0.1)
    assert str(result) == "60.0 ± 10.0"


def test_one_seed_has_no_deviation_and_none_no_mean():
    assert str(spread([0.634])) == "63.4"
    assert str(spread([None, None])) == "–"
    assert str(spread([None, 0.5])) == "50.0"

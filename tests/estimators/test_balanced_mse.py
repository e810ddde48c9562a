# ruff: noqa: N806 - X is scikit-learn's name

from counterpoise.estimators import BalancedMSERegressor, SmoothedDensityRegressor

from .skewed import balanced_error, skewed


def test_rare_targets_are_met_better_than_by_least_squares() -> None:
    models = BalancedMSERegressor(noise=0.4), SmoothedDensityRegressor(bins=1)
    ours, plain = (
        balanced_error(skewed(1)[1], model.fit(*skewed()).predict(skewed(1)[0])) for model in models
    )
    assert ours < plain


def test_more_noise_reaches_farther() -> None:
    X, y = skewed()
    reach = [BalancedMSERegressor(noise=noise).fit(X, y).predict(X).max() for noise in (0.3, 1.0)]
    assert reach[0] < reach[1]

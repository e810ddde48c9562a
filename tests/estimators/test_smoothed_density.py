import pytest

from counterpoise.estimators import SmoothedDensityRegressor

from .skewed import balanced_error, skewed


def error(**options: object) -> float:
    model = SmoothedDensityRegressor(**options).fit(*skewed())  # pyright: ignore[reportArgumentType]
    return balanced_error(skewed(1)[1], model.predict(skewed(1)[0]))


def test_rare_targets_are_met_better_when_they_weigh_more() -> None:
    plain, root, inverse = error(bins=1), error(scheme="sqrt_inverse"), error(scheme="inverse")
    assert max(root, inverse) < plain - 0.03


def test_an_even_window_is_refused() -> None:
    with pytest.raises(ValueError, match="odd size"):
        error(kernel_size=4)

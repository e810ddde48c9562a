"""The momenta of the study, and the settings that go with each."""

import pytest

from counterpoise.cli.study_momentum import checked_momenta, main, momentum_parser, recipe_name, with_momentum
from counterpoise.errors import InputError
from counterpoise.recipes.words import find
from counterpoise.training import Training


def test_the_reference_is_always_trained() -> None:
    assert checked_momenta([0.9, 0.5, 0.9], 0.98) == [0.5, 0.9, 0.98]


@pytest.mark.parametrize(
    ("momenta", "reason"),
    [([0.98], "besides the reference 0.98"), ([0.5, 1.0], "but 1 came"), ([-0.1], "-0.1")],
)
def test_momenta_that_cannot_be_meant_are_refused(momenta: list[float], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        checked_momenta(momenta, 0.98)


def test_the_learning_rate_or_the_step_is_held() -> None:
    base = Training(lr=0.1, momentum=0.9)
    held = with_momentum(base, 0.5, "lr")
    assert (held.momentum, held.lr) == (0.5, 0.1)
    changed = with_momentum(base, 0.5, "step")
    assert (changed.momentum, changed.lr) == (0.5, 0.5)
    assert changed.lr / (1 - changed.momentum) == pytest.approx(base.lr / (1 - base.momentum))


def test_options_carry_the_name_of_their_word() -> None:
    assert recipe_name(["--data", "x"]) == "cross_entropy"
    assert recipe_name(["--recipe", "deconfound+tde", "--data", "x"]) == "deconfound+tde"
    words = [find("deconfound", "recipe"), find("tde", "modifier")]
    options = momentum_parser(words, "deconfound+tde", None).parse_args(
        ["--data", "x", "--tde.alpha", "0.5", "--momenta", "0.1", "0.2"]
    )
    assert options["tde"].alpha == 0.5
    assert options.momenta == [0.1, 0.2]
    assert (options.hold, options.reference) == ("lr", 0.98)


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (["--data", "nowhere", "--seeds", "0"], "at least 1 seed"),
        (["--data", "nowhere", "--recipe", "tde"], "is a modifier"),
        (["--data", "nowhere", "--momenta", "2"], "below 1, but 2 came"),
    ],
)
def test_bad_requests_are_refused_before_the_data_are_read(argv: list[str], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        main(argv)

import pytest

from counterpoise.samplers import Sampler


def test_a_sampler_needs_a_length_and_an_order() -> None:
    with pytest.raises(TypeError, match=r"__len__.*order"):
        Sampler()  # pyright: ignore[reportAbstractUsage]

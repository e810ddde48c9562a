import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.counts import effective_number_weights
from counterpoise.losses import (
    ClassWeighted,
    Diversified,
    EachExpert,
    LDAMLoss,
    diversity_temperatures,
    ride_loss,
)

TARGETS = torch.tensor([0, 3, 1, 1, 2, 0])


def cosines() -> Tensor:
    return torch.rand(6, 3 * 4, dtype=torch.float64) * 2 - 1


def test_it_is_ldam_of_scaled_cosines_for_each_expert_and_the_diversity(counts: Tensor) -> None:
    given, loss = cosines(), ride_loss(counts, 3, start=160)
    ldam = EachExpert([LDAMLoss(counts)] * 3)
    even = Diversified(ldam, 3, factor=-0.45, temperatures=torch.ones(4, dtype=torch.float64))
    wanted = ldam(given, TARGETS) - 0.45 * even.diversity(30 * given).mean()
    assert_close(loss(30 * given, TARGETS), wanted)


def test_from_its_start_both_parts_go_by_class(counts: Tensor) -> None:
    given, loss = cosines(), ride_loss(counts, 3, start=160)
    loss.set_epoch(159)
    before = loss(30 * given, TARGETS)
    loss.set_epoch(160)
    weighted = ClassWeighted(LDAMLoss(counts), effective_number_weights(counts, beta=0.9999))
    temperatures = diversity_temperatures(counts, spread=0.05)
    late = Diversified(EachExpert([weighted] * 3), 3, factor=-0.45, temperatures=temperatures)
    wanted = EachExpert([weighted] * 3)(given, TARGETS) - 0.45 * late.diversity(30 * given).mean()
    assert_close(loss(30 * given, TARGETS), wanted)
    assert not torch.isclose(before, wanted, rtol=1e-3)


def test_without_diversity_the_experts_still_have_a_loss_each(counts: Tensor) -> None:
    """Where the release turns to their mean."""
    given = cosines()
    wanted = EachExpert([LDAMLoss(counts)] * 3)(given, TARGETS)
    assert_close(ride_loss(counts, 3, start=1, diversity=0.0)(30 * given, TARGETS), wanted)


def test_margins_and_scale_belong_together(counts: Tensor) -> None:
    given = cosines()
    loss = ride_loss(counts, 3, start=1, diversity=0.0, max_margin=0.3, scale=20.0)
    wanted = EachExpert([LDAMLoss(counts, max_margin=0.3, scale=20.0)] * 3)(given, TARGETS)
    assert_close(loss(20 * given, TARGETS), wanted)

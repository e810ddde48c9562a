import torch

from counterpoise.samplers import EpochAware, PowerSampler, ProgressiveSampler, Shuffled

TARGETS, COUNTS = torch.tensor([0, 0, 1]), torch.tensor([2, 1])


def test_only_a_sampler_that_changes_from_epoch_to_epoch_has_the_ability() -> None:
    assert isinstance(ProgressiveSampler(TARGETS, COUNTS), EpochAware)
    assert not isinstance(PowerSampler(TARGETS, COUNTS, power=0), EpochAware)
    assert not isinstance(Shuffled(3), EpochAware)

import torch

from counterpoise.data.augmentation.seeded import seeded


def test_a_seed_gives_its_numbers_and_leaves_the_global_generator_alone() -> None:
    state = torch.get_rng_state()
    with seeded(7):
        first = torch.rand(3)
        with seeded(8):
            other = torch.rand(3)
        second = torch.rand(3)
    assert torch.equal(state, torch.get_rng_state())
    alone = torch.rand(6, generator=torch.Generator().manual_seed(7))
    assert torch.equal(torch.cat([first, second]), alone)
    assert not torch.equal(first, other)

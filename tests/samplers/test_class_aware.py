import pytest
import torch
from torch import Generator

from counterpoise.errors import InputError
from counterpoise.samplers import ClassAwareSampler
from counterpoise.samplers.class_aware import shuffled_places

COUNTS = torch.tensor([60, 0, 29, 10, 1])
TARGETS = torch.arange(5).repeat_interleave(COUNTS)


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


@pytest.mark.parametrize("per_class", [1, 3, 4, 200])
def test_an_epoch_obeys_the_rules_that_a_loop_checks(per_class: int) -> None:
    order = ClassAwareSampler(TARGETS, COUNTS, per_class=per_class).order(seeded())
    assert len(order) == 100
    classes = [TARGETS[visit].unique().tolist() for visit in order.split(per_class)]
    assert all(len(held) == 1 for held in classes)
    for turn in range(0, len(classes) - 3, 4):
        assert sorted(held[0] for held in classes[turn : turn + 4]) == [0, 2, 3, 4]
    for c in (0, 2, 3, 4):
        handed = [int(i) for i in order if TARGETS[i] == c]
        for begin in range(0, len(handed), int(COUNTS[c])):
            cycle = handed[begin : begin + int(COUNTS[c])]
            assert len(set(cycle)) == len(cycle), "all before any comes again"


def test_classes_and_samples_are_shuffled_anew() -> None:
    order = ClassAwareSampler(TARGETS, COUNTS, per_class=1).order(seeded())
    turns = {tuple(TARGETS[turn].tolist()) for turn in order.split(4)}
    assert len(turns) > 5
    tail = [int(i) for i in order if TARGETS[i] == 3]
    assert tail[:10] != tail[10:20]
    assert set(tail[:10]) == set(tail[10:20])
    assert tail[:10] != sorted(tail[:10])


def test_every_sample_of_a_class_is_as_likely_to_come_first() -> None:
    generator, sampler = seeded(), ClassAwareSampler(torch.zeros(4, dtype=torch.int64), torch.tensor([4]))
    firsts = torch.stack([sampler.order(generator) for _ in range(4000)])[:, 0]
    assert (torch.bincount(firsts, minlength=4) / 4000 - 0.25).abs().max() < 0.03


def test_the_order_depends_on_nothing_but_the_generator() -> None:
    sampler = ClassAwareSampler(TARGETS, COUNTS)
    state = torch.get_rng_state()
    first, again, other = (sampler.order(seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_single_sample_comes_once() -> None:
    assert ClassAwareSampler(torch.tensor([1]), torch.tensor([0, 1])).order(seeded()).tolist() == [0]


def test_less_than_one_visit_per_class_is_refused() -> None:
    with pytest.raises(InputError, match=r"per_class must be at least 1, but 0 came"):
        ClassAwareSampler(TARGETS, COUNTS, per_class=0)


def test_places_of_each_group_stay_together_in_an_order_of_their_own() -> None:
    sizes = torch.tensor([3, 1, 40, 40, 2])
    places = [part.tolist() for part in shuffled_places(sizes, seeded()).split(sizes.tolist())]
    assert [sorted(part) for part in places] == [list(range(size)) for size in sizes.tolist()]
    assert places[2] != places[3]
    assert places[2] != sorted(places[2])


def test_every_order_of_a_group_is_as_likely() -> None:
    orders = shuffled_places(torch.full((12000,), 3), seeded()).view(-1, 3)
    _, times = orders.unique(dim=0, return_counts=True)
    assert len(times) == 6
    assert (times / 12000 - 1 / 6).abs().max() < 0.012

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from counterpoise.classifiers import LinearClassifier
from counterpoise.data.streams import Batch
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.steps import Objective, Seen, Step, total


class Says(Step):
    """Writes down what it hears."""

    def __init__(self, name: str, heard: list[str]) -> None:
        super().__init__()
        self.name, self.heard = name, heard

    def forward(self, net: Net, seen: Seen) -> Seen:
        self.heard.append(self.name)
        return seen

    def update(self, net: Net, seen: Seen) -> None:
        self.heard.append(f"{self.name} updates, gradient {torch.is_grad_enabled()}")

    def set_epoch(self, epoch: int, epochs: int) -> None:
        self.heard.append(f"{self.name} in {epoch} of {epochs}")

    def after_epoch(self, net: Net) -> None:
        self.heard.append(f"{self.name} after")


@pytest.fixture
def net() -> Net:
    return Net(nn.Identity(), LinearClassifier(3, 2))


@pytest.fixture
def heard() -> list[str]:
    return []


@pytest.fixture
def objective(heard: list[str]) -> Objective:
    return Objective(join=Says("join", heard), loss=Says("loss", heard))


def streams() -> dict[str, Batch]:
    return {"train": Batch(torch.zeros(2, 3), torch.tensor([0, 1]), torch.arange(2))}


def test_steps_run_in_order(objective: Objective, net: Net, heard: list[str]) -> None:
    given = streams()
    seen = objective(net, given)
    assert heard == ["join", "loss"]
    assert seen.streams is given


def test_every_step_hears_of_updates_without_gradient(
    objective: Objective, net: Net, heard: list[str]
) -> None:
    objective.update(net, Seen({}))
    assert heard == ["join updates, gradient False", "loss updates, gradient False"]


def test_every_step_hears_the_time(objective: Objective, net: Net, heard: list[str]) -> None:
    objective.set_epoch(3, 8)
    objective.after_epoch(net)
    assert heard == ["join in 3 of 8", "loss in 3 of 8", "join after", "loss after"]


def test_new_steps_come_before_or_after_an_anchor(objective: Objective) -> None:
    changed = objective.before("loss", mix=Step(), score=Step()).after("loss", track=Step())
    assert list(changed.steps) == ["join", "mix", "score", "loss", "track"]
    assert list(objective.before("join", first=Step()).steps) == ["first", "join", "loss"]
    assert list(objective.steps) == ["join", "loss"]


def test_insertions_at_different_places_commute(objective: Objective) -> None:
    one, other = Step(), Step()
    some = objective.before("loss", a=one).after("loss", b=other)
    others = objective.after("loss", b=other).before("loss", a=one)
    assert list(some.steps.items()) == list(others.steps.items())


def test_a_wrapped_step_keeps_its_place(objective: Objective) -> None:
    given = []
    wrapper = Step()

    def change(step: Step) -> Step:
        given.append(step)
        return wrapper

    changed = objective.wrap("join", change)
    assert given == [objective["join"]]
    assert list(changed.steps) == ["join", "loss"]
    assert changed["join"] is wrapper
    assert changed["loss"] is objective["loss"]


@pytest.mark.parametrize(
    "use",
    [
        lambda objective: objective["encode"],
        lambda objective: objective.before("encode", mix=Step()),
        lambda objective: objective.after("encode", mix=Step()),
        lambda objective: objective.wrap("encode", lambda step: step),
    ],
)
def test_a_place_that_is_not_there_is_refused(objective: Objective, use) -> None:
    with pytest.raises(InputError, match="no step 'encode' here, only join, loss"):
        use(objective)


def test_a_step_that_is_there_already_is_refused(objective: Objective) -> None:
    with pytest.raises(InputError, match="already a step 'join'"):
        objective.after("loss", join=Step())


def test_a_step_does_nothing_unless_it_says_so(net: Net) -> None:
    step, seen = Step(), Seen(streams())
    assert step(net, seen) is seen
    step.update(net, seen)
    step.set_epoch(0, 1)
    step.after_epoch(net)
    assert not step.state_dict()


def test_the_state_of_steps_is_saved_by_their_places(net: Net) -> None:
    class Counts(Step):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("count", torch.zeros(()))

    assert list(Objective(watch=Counts()).state_dict()) == ["steps.watch.count"]


def test_the_terms_are_summed_by_name_whatever_their_order() -> None:
    big, small, smaller = torch.tensor(1e8), torch.tensor(-1e8), torch.tensor(0.5)
    terms: dict[str, Tensor] = {"a": big, "b": small, "c": smaller}
    assert total(terms).item() == 0.5
    assert total(dict(reversed(list(terms.items())))).item() == 0.5


def test_a_batch_without_sites_is_its_only_look() -> None:
    seen = Seen({}, features=torch.ones(2, 3))
    assert seen.looks == {"all": seen}
    assert seen.each_look(lambda place, look: replace(look, index=place)) == replace(seen, index="all")


def test_each_site_is_a_look() -> None:
    sites = {"box0": Seen({}, features=1), "box1": Seen({}, features=2)}
    seen = Seen({}, inputs=0, sites=sites)
    assert seen.looks is sites
    changed = seen.each_look(lambda place, look: replace(look, index=place))
    assert [(one.features, one.index) for one in changed.looks.values()] == [(1, "box0"), (2, "box1")]
    assert (changed.inputs, changed.index) == (0, None)

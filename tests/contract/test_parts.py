"""What every part owes its user, whatever it does."""

import copy
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.testing import assert_close

from counterpoise.classifiers import (
    CapsuleClassifier,
    CosineClassifier,
    DeconfoundedClassifier,
    LinearClassifier,
    ScaledClassifier,
)
from counterpoise.losses import (
    BalancedSoftmaxLoss,
    ClassBalancedSigmoidLoss,
    ClassWeighted,
    CrossEntropy,
    Deferred,
    DetachedFocalLoss,
    EqualizationLoss,
    FocalLoss,
    GeneralizedCrossEntropy,
    LDAMLoss,
    LogitAdjustedLoss,
)
from counterpoise.metrics import ShotAccuracy
from counterpoise.predictors import (
    FoldedEffect,
    LogitAdjusted,
    NearestClassMean,
    TauNormalized,
    TotalDirectEffect,
)
from counterpoise.trackers import HeadDirection

from .parts import ROOMS, final_modules, public_classes, room

FOUND = {
    "classifiers": 8,
    "data.augmentation": 4,
    "losses": 12,
    "metrics": 2,
    "predictors": 6,
    "samplers": 10,
    "trackers": 1,
}
DIM, CLASSES, ROWS = 6, 4, 5


@dataclass(frozen=True)
class Example:
    """How to make a part, how to use it, and how to bring it to a state of its own."""

    make: Callable[[], Any]
    use: Callable[[Any, torch.dtype], Tensor]
    feed: Callable[[Any], object] = lambda part: None


def floats(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def labels() -> Tensor:
    return torch.arange(ROWS) % CLASSES


def forward(part: nn.Module, dtype: torch.dtype) -> Tensor:
    return part(floats(ROWS, DIM).to(dtype))


def scores(part: nn.Module, dtype: torch.dtype) -> Tensor:
    return part(floats(ROWS, CLASSES).to(dtype), labels())


def direction(part: HeadDirection, dtype: torch.dtype) -> Tensor:
    return part.direction(2)


def accuracies(part: ShotAccuracy, dtype: torch.dtype) -> Tensor:
    return torch.tensor([part.compute()[name] for name in ("overall", "balanced")])


def fresh_effect() -> TotalDirectEffect:
    return TotalDirectEffect(DeconfoundedClassifier(DIM, CLASSES), torch.rand(DIM), alpha=None)


def saved_metric() -> ShotAccuracy:
    metric = ShotAccuracy(class_counts())
    metric.persistent(True)
    return metric


def class_counts() -> Tensor:
    return torch.tensor([200, 50, 50, 5])


EXAMPLES: dict[type[nn.Module], Example] = {
    BalancedSoftmaxLoss: Example(lambda: BalancedSoftmaxLoss(class_counts()), scores),
    CapsuleClassifier: Example(lambda: CapsuleClassifier(DIM, CLASSES, groups=2), forward),
    ClassBalancedSigmoidLoss: Example(lambda: ClassBalancedSigmoidLoss(class_counts()), scores),
    ClassWeighted: Example(lambda: ClassWeighted(CrossEntropy(), 1 / class_counts()), scores),
    CosineClassifier: Example(lambda: CosineClassifier(DIM, CLASSES, groups=2), forward),
    CrossEntropy: Example(CrossEntropy, scores),
    DeconfoundedClassifier: Example(lambda: DeconfoundedClassifier(DIM, CLASSES), forward),
    Deferred: Example(lambda: Deferred(CrossEntropy(), FocalLoss(), start=3), scores),
    DetachedFocalLoss: Example(DetachedFocalLoss, scores),
    EqualizationLoss: Example(lambda: EqualizationLoss(torch.tensor([0.5, 0.1, 0.01, 0.001])), scores),
    FocalLoss: Example(FocalLoss, scores),
    FoldedEffect: Example(lambda: fresh_effect().folded(), forward),
    GeneralizedCrossEntropy: Example(GeneralizedCrossEntropy, scores),
    HeadDirection: Example(
        lambda: HeadDirection(DIM), direction, lambda part: part.update(floats(ROWS, DIM, seed=1))
    ),
    LDAMLoss: Example(lambda: LDAMLoss(class_counts()), scores),
    LinearClassifier: Example(lambda: LinearClassifier(DIM, CLASSES), forward),
    LogitAdjusted: Example(lambda: LogitAdjusted(LinearClassifier(DIM, CLASSES), class_counts()), forward),
    LogitAdjustedLoss: Example(lambda: LogitAdjustedLoss(class_counts()), scores),
    NearestClassMean: Example(lambda: NearestClassMean(torch.rand(CLASSES, DIM), torch.rand(DIM)), forward),
    ScaledClassifier: Example(lambda: ScaledClassifier(LinearClassifier(DIM, CLASSES)), forward),
    ShotAccuracy: Example(
        saved_metric, accuracies, lambda part: part.update(floats(ROWS, CLASSES, seed=1), labels())
    ),
    TauNormalized: Example(
        lambda: TauNormalized(LinearClassifier(DIM, CLASSES), tau=None),
        forward,
        lambda part: part.calibrate(floats(ROWS, DIM).float(), None),
    ),
    TotalDirectEffect: Example(
        fresh_effect, forward, lambda part: part.calibrate(floats(ROWS, DIM, seed=1).float().abs(), None)
    ),
}

every_room = pytest.mark.parametrize("name", ROOMS)
every_class = pytest.mark.parametrize(
    "cls", [cls for name in ROOMS for cls in public_classes(name).values()], ids=lambda cls: cls.__name__
)
every_part = pytest.mark.parametrize("cls", EXAMPLES, ids=lambda cls: cls.__name__)


def made(cls: type[nn.Module]) -> Any:
    torch.manual_seed(0)
    part = EXAMPLES[cls].make()
    EXAMPLES[cls].feed(part)
    return part


def used(part: nn.Module, dtype: torch.dtype = torch.float32) -> Tensor:
    return EXAMPLES[type(part)].use(part, dtype).detach()


@every_room
def test_every_public_class_is_exported_by_its_room(name: str) -> None:
    found = public_classes(name)
    assert len(found) == FOUND[name], sorted(found)
    assert found.keys() <= set(room(name).__all__)


@every_room
def test_a_room_exports_nothing_twice_and_in_alphabetical_order(name: str) -> None:
    exported = room(name).__all__
    assert list(exported) == sorted(set(exported))
    assert all(getattr(room(name), word).__name__ == word for word in exported)


def test_every_part_has_an_example() -> None:
    assert final_modules() == set(EXAMPLES)


@every_class
def test_the_docstring_begins_with_a_sentence(cls: type) -> None:
    assert cls.__doc__, "no docstring of its own"
    first = inspect.cleandoc(cls.__doc__).partition("\n")[0]
    assert first[0].isupper()
    assert first.endswith("."), first


@every_class
def test_what_another_class_is_made_of_is_abstract(cls: type) -> None:
    ours = [base for base in cls.__mro__[1:] if base.__module__.startswith("counterpoise.")]
    assert all(inspect.isabstract(base) or Protocol in base.__bases__ for base in ours)


def arguments(cls: type[nn.Module]) -> list[inspect.Parameter]:
    """What the constructor takes; a part that has none of its own takes nothing."""
    if cls.__init__ is nn.Module.__init__:
        return []
    return list(inspect.signature(cls).parameters.values())


@every_part
def test_arguments_after_the_second_are_by_keyword_and_all_have_types(cls: type[nn.Module]) -> None:
    positional = [argument for argument in arguments(cls) if argument.kind is not argument.KEYWORD_ONLY]
    assert len(positional) <= 2
    assert all(argument.default is argument.empty for argument in positional)
    assert all(argument.annotation is not argument.empty for argument in arguments(cls))


@every_part
def test_every_argument_is_described(cls: type[nn.Module]) -> None:
    described = inspect.cleandoc(cls.__doc__ or "")
    for argument in arguments(cls):
        assert f"\n    {argument.name}: " in described, argument.name


@pytest.mark.filterwarnings("ignore:The ``compute`` method of metric")
@every_part
def test_its_state_survives_safetensors(cls: type[nn.Module], tmp_path: Path) -> None:
    part, path = made(cls), tmp_path / "part.safetensors"
    save_file(part.state_dict(), path)
    torch.manual_seed(1)
    fresh = EXAMPLES[cls].make()
    fresh.load_state_dict(load_file(path))
    assert torch.equal(used(fresh), used(part))
    if part.state_dict():
        torch.manual_seed(1)
        assert not same_state(EXAMPLES[cls].make(), part), "the other start must be another"


def same_state(some: nn.Module, other: nn.Module) -> bool:
    pairs = zip(some.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@every_part
def test_it_works_in_double_precision(cls: type[nn.Module]) -> None:
    part = made(cls)
    single = used(part)
    assert_close(used(part.double(), torch.float64).float(), single, rtol=1e-5, atol=1e-5)


@every_part
def test_it_can_be_copied(cls: type[nn.Module]) -> None:
    part = made(cls)
    copied = copy.deepcopy(part)
    assert torch.equal(used(copied), used(part))
    stored = {tensor.data_ptr() for tensor in part.state_dict().values()}
    assert not stored & {tensor.data_ptr() for tensor in copied.state_dict().values()}


@every_part
def test_it_reads_the_same_in_training_and_inference(cls: type[nn.Module]) -> None:
    part = made(cls)
    assert torch.equal(used(part.train()), used(part.eval()))

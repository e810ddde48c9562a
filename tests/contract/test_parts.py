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

from counterpoise.bins import linear_edges
from counterpoise.classifiers import (
    CapsuleClassifier,
    CosineClassifier,
    DeconfoundedClassifier,
    ExpertRouter,
    ExpertsClassifier,
    HierarchicalClassifier,
    LinearClassifier,
    LinearRegressor,
    MetaEmbeddingClassifier,
    Projector,
    RoutedClassifier,
    ScaledClassifier,
    SoftplusClassifier,
    Taught,
)
from counterpoise.factors import Factors
from counterpoise.hierarchy import level_labels
from counterpoise.losses import (
    AmplifiedCrossEntropy,
    BackgroundFirst,
    BalancedSoftmaxLoss,
    BatchMonteCarloMSE,
    BinaryCrossEntropy,
    Binned,
    BinnedMSE,
    ChunkedCrossEntropy,
    ClassBalancedSigmoidLoss,
    ClassWeighted,
    Collaborative,
    CrossEntropy,
    Deferred,
    DetachedFocalLoss,
    DiscreteConstrainedLoss,
    Diversified,
    EachExpert,
    EqualizationLoss,
    FederatedLoss,
    FocalL1Loss,
    FocalLoss,
    FocalMSELoss,
    GaussianMixtureMSE,
    GeneralizedCrossEntropy,
    GroupSoftmaxLoss,
    HierarchicalLoss,
    HuberLoss,
    InverseSoftmaxLoss,
    KnowledgeDistillation,
    L1Loss,
    LabelWeighted,
    LDAMLoss,
    LogitAdjustedLoss,
    LogitDistance,
    MSELoss,
    NegativeCosine,
    PerImage,
    RangePreservingDistillation,
    RoutingLoss,
    SameForEach,
    SeesawLoss,
    SigmoidEqualizationLoss,
    SigmoidFocalLoss,
    SoftmaxEqualizationLoss,
    SoftmaxKL,
    SoftmaxMSE,
    SoftOrdinalLoss,
    Standardized,
    SummationDistillation,
    TargetMixture,
    TargetWeighted,
    VirtualAdversarialLoss,
)
from counterpoise.metrics import ShotAccuracy
from counterpoise.predictors import (
    BackgroundExempted,
    CoarseToFine,
    ExpectedValue,
    FoldedEffect,
    GroupProbabilities,
    HierarchyAverage,
    HierarchyProduct,
    HierarchySum,
    LogitAdjusted,
    MostLikelyValue,
    NearestClassMean,
    SigmoidProbabilities,
    SoftmaxProbabilities,
    TargetPrior,
    TauNormalized,
    Tempered,
    TestTimeAggregated,
    TotalDirectEffect,
)
from counterpoise.regularizers import (
    CenterLoss,
    DiscriminativeCentroidLoss,
    RankSim,
)
from counterpoise.trackers import (
    AdaptiveWeights,
    Confidences,
    EqualShareThresholds,
    FeatureQueue,
    FeatureStatistics,
    FixedThreshold,
    HeadDirection,
    LossMemory,
    MeanTeacher,
    Trust,
)

from .parts import ROOMS, final_modules, public_classes, room

FOUND = {
    "classifiers": 19,
    "data.augmentation": 9,
    "losses": 60,
    "metrics": 8,
    "predictors": 22,
    "regularizers": 4,
    "samplers": 18,
    "trackers": 10,
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


def factors(part: nn.Module, dtype: torch.dtype) -> Tensor:
    return part(Factors(floats(ROWS, DIM).to(dtype), floats(CLASSES, DIM, seed=1).to(dtype)), labels())


def marked(part: nn.Module, dtype: torch.dtype) -> Tensor:
    return part(floats(ROWS, CLASSES).to(dtype), floats(ROWS, CLASSES, seed=1) > 0)


def direction(part: HeadDirection, dtype: torch.dtype) -> Tensor:
    return part.direction(2)


def accuracies(part: ShotAccuracy, dtype: torch.dtype) -> Tensor:
    return torch.tensor([part.compute()[name] for name in ("overall", "balanced")])


def penalty(part: nn.Module, dtype: torch.dtype) -> Tensor:
    return part(floats(ROWS, DIM).to(dtype), labels(), floats(CLASSES, DIM, seed=1).to(dtype))


def from_centers(part: nn.Module, dtype: torch.dtype) -> Tensor:
    return part(floats(ROWS, DIM).to(dtype), labels())


def move_centers(part: CenterLoss) -> None:
    part.update(floats(ROWS, DIM, seed=1), [(1.0, labels())])


def latest(part: Confidences, dtype: torch.dtype) -> Tensor:
    return part.latest.nan_to_num(-1.0)


def record_confidences(part: Confidences) -> None:
    part.record(torch.tensor([0, 2]), torch.tensor([0.25, 0.75]))
    part.close_epoch()


def relative_losses(part: LossMemory, dtype: torch.dtype) -> Tensor:
    return part.relative(torch.arange(ROWS))


def remember_losses(part: LossMemory) -> None:
    part.update(torch.arange(ROWS), floats(ROWS, seed=1).abs())


def numbers(part: nn.Module, dtype: torch.dtype) -> Tensor:
    return part(floats(ROWS).to(dtype), floats(ROWS, seed=1).to(dtype))


def ranked(part: nn.Module, dtype: torch.dtype) -> Tensor:
    return part(floats(ROWS, DIM).to(dtype), torch.arange(ROWS))


def moved(part: FeatureStatistics, dtype: torch.dtype) -> Tensor:
    return part.calibrate(floats(ROWS, DIM).to(dtype), labels())


def observe_epochs(part: FeatureStatistics) -> None:
    for epoch in range(3):
        part.observe(floats(40, DIM, seed=epoch), torch.arange(40) % CLASSES)
        part.close_epoch()


def mixture() -> TargetMixture:
    return TargetMixture(torch.ones(1), torch.zeros(1, 1), torch.ones(1, 1, 1))


def other_noise(part: BatchMonteCarloMSE | BinnedMSE | GaussianMixtureMSE) -> None:
    part.noise_sigma.data.fill_(3.0)


def fresh_effect() -> TotalDirectEffect:
    return TotalDirectEffect(DeconfoundedClassifier(DIM, CLASSES), torch.rand(DIM), alpha=None)


def saved_metric() -> ShotAccuracy:
    metric = ShotAccuracy(class_counts())
    metric.persistent(True)
    return metric


def outputs(part: nn.Module, dtype: torch.dtype) -> Tensor:
    return part(floats(ROWS, 2 + CLASSES).to(dtype), labels())


def distilled(part: nn.Module, dtype: torch.dtype) -> Tensor:
    return part(floats(ROWS, CLASSES).to(dtype), floats(ROWS, 2 + CLASSES, seed=1).to(dtype))


def levels() -> Tensor:
    return torch.tensor([[0, 0, 1, 1], [0, 1, 2, 3]])


def hierarchical() -> HierarchicalClassifier:
    return HierarchicalClassifier(DIM, levels(), representatives=torch.rand(CLASSES))


def experts() -> ExpertsClassifier:
    return ExpertsClassifier([LinearClassifier(DIM // 2, CLASSES) for _ in range(2)])


def expert_scores(part: nn.Module, dtype: torch.dtype) -> Tensor:
    return part(floats(ROWS, 2 * CLASSES).to(dtype), labels())


def routed_scores(part: nn.Module, dtype: torch.dtype) -> Tensor:
    return part(floats(ROWS, 2 * CLASSES + 1).to(dtype), labels())


def routes(part: ExpertRouter, dtype: torch.dtype) -> Tensor:
    return part(floats(ROWS, 2, DIM).to(dtype), floats(ROWS, 2, CLASSES, seed=1).to(dtype))


def taught(part: nn.Module, dtype: torch.dtype) -> Tensor:
    return part(floats(ROWS, CLASSES).to(dtype), floats(ROWS, CLASSES, seed=1).to(dtype))


def two_views(part: TestTimeAggregated) -> str:
    return part.fit(lambda epoch: [(floats(ROWS, DIM, seed=epoch).float(), floats(ROWS, DIM).float())])


def class_counts() -> Tensor:
    return torch.tensor([200, 50, 50, 5])


def paired(part: nn.Module, dtype: torch.dtype) -> Tensor:
    return part(floats(ROWS, CLASSES).to(dtype), floats(ROWS, CLASSES, seed=1).to(dtype))


def adversarial(part: VirtualAdversarialLoss, dtype: torch.dtype) -> Tensor:
    inputs = floats(ROWS, CLASSES).to(dtype)
    return part(torch.tanh, inputs, inputs.tanh(), floats(ROWS, CLASSES, seed=1).to(dtype))


def groups() -> Tensor:
    return torch.tensor([2, 1, 1, 0])


def grouped(part: nn.Module, dtype: torch.dtype) -> Tensor:
    return part(floats(ROWS, 2 + 3 + CLASSES).to(dtype), torch.arange(ROWS))


def unsure(part: nn.Module, dtype: torch.dtype) -> Tensor:
    return part(floats(ROWS, CLASSES).to(dtype).softmax(dim=1))


def closed(part: Trust) -> None:
    part.observe(floats(40, CLASSES, seed=1).softmax(dim=1))
    part.close_epoch()


def queued(part: FeatureQueue, dtype: torch.dtype) -> Tensor:
    return torch.cat([part.rows.flatten(), part.pointer.view(1)]).to(dtype)


EXAMPLES: dict[type[nn.Module], Example] = {
    AdaptiveWeights: Example(lambda: AdaptiveWeights(CLASSES, threshold=0.3), unsure, closed),
    EqualShareThresholds: Example(
        lambda: EqualShareThresholds(class_counts(), threshold=0.7), unsure, closed
    ),
    FeatureQueue: Example(
        lambda: FeatureQueue(DIM, size=10), queued, lambda part: part.update(floats(ROWS, DIM, seed=1))
    ),
    FixedThreshold: Example(lambda: FixedThreshold(threshold=0.4), unsure),
    LogitDistance: Example(LogitDistance, paired),
    MeanTeacher: Example(
        lambda: MeanTeacher(LinearClassifier(DIM, CLASSES)),
        forward,
        lambda part: part.update(LinearClassifier(DIM, CLASSES)),
    ),
    NegativeCosine: Example(NegativeCosine, paired),
    Projector: Example(lambda: Projector(DIM, CLASSES), forward),
    SoftmaxKL: Example(SoftmaxKL, paired),
    SoftmaxMSE: Example(SoftmaxMSE, paired),
    VirtualAdversarialLoss: Example(lambda: VirtualAdversarialLoss(eps=1.0), adversarial),
    AmplifiedCrossEntropy: Example(AmplifiedCrossEntropy, scores),
    BackgroundExempted: Example(
        lambda: BackgroundExempted(fresh_effect()),
        forward,
        lambda part: part.classifier.calibrate(floats(ROWS, DIM, seed=1).float().abs(), None),
    ),
    BackgroundFirst: Example(
        lambda: BackgroundFirst(EqualizationLoss(torch.tensor([0.5, 0.1, 0.01, 0.001]))), scores
    ),
    BalancedSoftmaxLoss: Example(lambda: BalancedSoftmaxLoss(class_counts()), scores),
    BatchMonteCarloMSE: Example(BatchMonteCarloMSE, numbers, other_noise),
    BinaryCrossEntropy: Example(BinaryCrossEntropy, marked),
    Binned: Example(lambda: Binned(CrossEntropy(), linear_edges(0, CLASSES, CLASSES)), scores),
    BinnedMSE: Example(lambda: BinnedMSE(torch.arange(4.0), class_counts()), numbers, other_noise),
    CapsuleClassifier: Example(lambda: CapsuleClassifier(DIM, CLASSES, groups=2), forward),
    CenterLoss: Example(lambda: CenterLoss(DIM, CLASSES), from_centers, move_centers),
    ClassBalancedSigmoidLoss: Example(lambda: ClassBalancedSigmoidLoss(class_counts()), scores),
    ChunkedCrossEntropy: Example(lambda: ChunkedCrossEntropy(floats(CLASSES).float()), factors),
    ClassWeighted: Example(lambda: ClassWeighted(CrossEntropy(), 1 / class_counts()), scores),
    CoarseToFine: Example(lambda: CoarseToFine(hierarchical(), level=0), forward),
    Confidences: Example(lambda: Confidences(ROWS), latest, record_confidences),
    Collaborative: Example(lambda: Collaborative(CrossEntropy(), 2), expert_scores),
    CosineClassifier: Example(lambda: CosineClassifier(DIM, CLASSES, groups=2), forward),
    CrossEntropy: Example(CrossEntropy, scores),
    DeconfoundedClassifier: Example(lambda: DeconfoundedClassifier(DIM, CLASSES), forward),
    Deferred: Example(lambda: Deferred(CrossEntropy(), FocalLoss(), start=3), scores),
    DetachedFocalLoss: Example(DetachedFocalLoss, scores),
    PerImage: Example(lambda: PerImage(L1Loss(), 1), numbers),
    DiscreteConstrainedLoss: Example(lambda: DiscreteConstrainedLoss(linear_edges(-2, 2, 4)), numbers),
    DiscriminativeCentroidLoss: Example(DiscriminativeCentroidLoss, penalty),
    Diversified: Example(
        lambda: Diversified(
            EachExpert([CrossEntropy()] * 2), 2, factor=-0.2, temperatures=torch.linspace(1, 0.5, CLASSES)
        ),
        expert_scores,
    ),
    EachExpert: Example(lambda: EachExpert([CrossEntropy(), FocalLoss()]), expert_scores),
    EqualizationLoss: Example(lambda: EqualizationLoss(torch.tensor([0.5, 0.1, 0.01, 0.001])), scores),
    ExpectedValue: Example(
        lambda: ExpectedValue(LinearClassifier(DIM, CLASSES), torch.rand(CLASSES)), forward
    ),
    ExpertRouter: Example(lambda: ExpertRouter(DIM, 2, top=3), routes),
    ExpertsClassifier: Example(experts, forward),
    FeatureStatistics: Example(lambda: FeatureStatistics(DIM, CLASSES), moved, observe_epochs),
    FederatedLoss: Example(lambda: FederatedLoss(class_counts(), heard=CLASSES), scores),
    FocalL1Loss: Example(FocalL1Loss, numbers),
    FocalLoss: Example(FocalLoss, scores),
    FocalMSELoss: Example(FocalMSELoss, numbers),
    FoldedEffect: Example(lambda: fresh_effect().folded(), forward),
    GaussianMixtureMSE: Example(lambda: GaussianMixtureMSE(mixture()), numbers, other_noise),
    GeneralizedCrossEntropy: Example(GeneralizedCrossEntropy, scores),
    GroupProbabilities: Example(
        lambda: GroupProbabilities(LinearClassifier(DIM, 2 + 3 + CLASSES), groups()), forward
    ),
    GroupSoftmaxLoss: Example(lambda: GroupSoftmaxLoss(groups()), grouped),
    HeadDirection: Example(
        lambda: HeadDirection(DIM), direction, lambda part: part.update(floats(ROWS, DIM, seed=1))
    ),
    HierarchicalClassifier: Example(hierarchical, forward),
    HierarchicalLoss: Example(
        lambda: HierarchicalLoss(levels(), level_labels(torch.eye(CLASSES), levels())), outputs
    ),
    HierarchyAverage: Example(lambda: HierarchyAverage(hierarchical(), torch.rand(2 + CLASSES)), forward),
    HierarchyProduct: Example(lambda: HierarchyProduct(hierarchical()), forward),
    HierarchySum: Example(lambda: HierarchySum(hierarchical()), forward),
    HuberLoss: Example(HuberLoss, numbers),
    InverseSoftmaxLoss: Example(lambda: InverseSoftmaxLoss(class_counts()), scores),
    KnowledgeDistillation: Example(KnowledgeDistillation, taught),
    L1Loss: Example(L1Loss, numbers),
    LabelWeighted: Example(lambda: LabelWeighted(BinaryCrossEntropy(), 1 / class_counts()), marked),
    LDAMLoss: Example(lambda: LDAMLoss(class_counts()), scores),
    LinearClassifier: Example(lambda: LinearClassifier(DIM, CLASSES), forward),
    LinearRegressor: Example(lambda: LinearRegressor(DIM, mean=40.0, scale=20.0), forward),
    LogitAdjusted: Example(lambda: LogitAdjusted(LinearClassifier(DIM, CLASSES), class_counts()), forward),
    LogitAdjustedLoss: Example(lambda: LogitAdjustedLoss(class_counts()), scores),
    LossMemory: Example(lambda: LossMemory(labels(), CLASSES), relative_losses, remember_losses),
    MetaEmbeddingClassifier: Example(lambda: MetaEmbeddingClassifier(DIM, CLASSES), forward),
    MostLikelyValue: Example(
        lambda: MostLikelyValue(LinearClassifier(DIM, CLASSES), torch.rand(CLASSES)), forward
    ),
    MSELoss: Example(MSELoss, numbers),
    NearestClassMean: Example(lambda: NearestClassMean(torch.rand(CLASSES, DIM), torch.rand(DIM)), forward),
    RangePreservingDistillation: Example(lambda: RangePreservingDistillation(levels()), distilled),
    RankSim: Example(RankSim, ranked),
    RoutedClassifier: Example(lambda: RoutedClassifier(experts()), forward),
    RoutingLoss: Example(lambda: RoutingLoss(2), routed_scores),
    ScaledClassifier: Example(lambda: ScaledClassifier(LinearClassifier(DIM, CLASSES)), forward),
    SameForEach: Example(lambda: SameForEach(CrossEntropy(), 2), expert_scores),
    SeesawLoss: Example(lambda: SeesawLoss(class_counts()), scores),
    ShotAccuracy: Example(
        saved_metric, accuracies, lambda part: part.update(floats(ROWS, CLASSES, seed=1), labels())
    ),
    SigmoidEqualizationLoss: Example(
        lambda: SigmoidEqualizationLoss(class_counts() / 305, threshold=0.1), marked
    ),
    SigmoidFocalLoss: Example(SigmoidFocalLoss, marked),
    SigmoidProbabilities: Example(lambda: SigmoidProbabilities(LinearClassifier(DIM, CLASSES)), forward),
    SoftmaxEqualizationLoss: Example(
        lambda: SoftmaxEqualizationLoss(class_counts() / 305, threshold=0.1, gamma=1.0), scores
    ),
    SoftmaxProbabilities: Example(lambda: SoftmaxProbabilities(LinearClassifier(DIM, CLASSES)), forward),
    SoftOrdinalLoss: Example(lambda: SoftOrdinalLoss(torch.arange(CLASSES)), scores),
    SoftplusClassifier: Example(lambda: SoftplusClassifier(DIM, CLASSES), forward),
    SummationDistillation: Example(lambda: SummationDistillation(levels()), distilled),
    Taught: Example(lambda: Taught(LinearClassifier(DIM, CLASSES), LinearClassifier(DIM, CLASSES)), forward),
    TargetPrior: Example(
        lambda: TargetPrior(
            LinearClassifier(DIM, CLASSES), answered=class_counts(), wanted=torch.rand(CLASSES)
        ),
        forward,
    ),
    Standardized: Example(lambda: Standardized(L1Loss(), mean=0.5, scale=2.0), numbers),
    TargetWeighted: Example(
        lambda: TargetWeighted(L1Loss(), 1 / class_counts(), edges=linear_edges(-2, 2, 4)), numbers
    ),
    TauNormalized: Example(
        lambda: TauNormalized(LinearClassifier(DIM, CLASSES), tau=None),
        forward,
        lambda part: part.calibrate(floats(ROWS, DIM).float(), None),
    ),
    Tempered: Example(
        lambda: Tempered(LinearClassifier(DIM, CLASSES), temperature=None, prior=class_counts()),
        forward,
        lambda part: part.calibrate(floats(40, DIM).float(), torch.arange(40) % CLASSES),
    ),
    TestTimeAggregated: Example(lambda: TestTimeAggregated(experts()), forward, two_views),
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

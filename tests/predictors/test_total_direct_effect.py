import io
from collections.abc import Callable

import pytest
import torch
from sklearn.metrics import balanced_accuracy_score
from torch import Tensor, nn
from torch.testing import assert_close

from counterpoise.classifiers import (
    CapsuleClassifier,
    CosineClassifier,
    DeconfoundedClassifier,
    LinearClassifier,
    NormalizedClassifier,
)
from counterpoise.errors import InputError
from counterpoise.net import Classifier, Net
from counterpoise.predictors import TotalDirectEffect
from counterpoise.predictors.total_direct_effect import ALPHA_GRID

DIM, CLASSES, ROWS, TAU, GAMMA = 12, 5, 7, 11.0, 0.3
Norms = Callable[[Tensor], Tensor]
Make = Callable[[int], NormalizedClassifier]

MAKERS: dict[str, Make] = {
    "cosine": lambda groups: CosineClassifier(DIM, CLASSES, groups=groups, tau=TAU),
    "capsule": lambda groups: CapsuleClassifier(DIM, CLASSES, groups=groups, tau=TAU),
    "deconfounded": lambda groups: DeconfoundedClassifier(DIM, CLASSES, groups=groups, tau=TAU, gamma=GAMMA),
    "gamma zero": lambda groups: DeconfoundedClassifier(DIM, CLASSES, groups=groups, tau=TAU, gamma=0.0),
}
FEATURE_DIVISORS: dict[str, Norms] = {
    "cosine": lambda x: x.norm(),
    "capsule": lambda x: 1 + x.norm(),
    "deconfounded": lambda x: x.norm(),
    "gamma zero": lambda x: x.norm(),
}
WEIGHT_DIVISORS: dict[str, Norms] = {
    "cosine": lambda w: w.norm(),
    "capsule": lambda w: w.norm(),
    "deconfounded": lambda w: w.norm() + GAMMA,
    "gamma zero": lambda w: w.norm(),
}
UNIT_KINDS = ["cosine", "deconfounded"]
every_kind = pytest.mark.parametrize("kind", MAKERS)
some_alphas = pytest.mark.parametrize("alpha", [-1.5, 0.0, 0.7, 1.0, 3.0])


def looped(
    kind: str, features: Tensor, weight: Tensor, direction: Tensor, groups: int, alpha: float
) -> Tensor:
    size = DIM // groups
    logits = torch.zeros(len(features), len(weight), dtype=torch.float64)
    for b, x in enumerate(features):
        for c, w in enumerate(weight):
            for k in range(groups):
                part = slice(k * size, (k + 1) * size)
                head = direction[part] / direction[part].norm()
                cosine = x[part] @ head / x[part].norm()
                direct = x[part] / FEATURE_DIVISORS[kind](x[part]) - alpha * cosine * head
                logits[b, c] += TAU / groups * (w[part] @ direct) / WEIGHT_DIVISORS[kind](w[part])
    return logits


def made(kind: str, groups: int = 2) -> NormalizedClassifier:
    return MAKERS[kind](groups).double()


def rows(count: int = ROWS) -> Tensor:
    return torch.randn(count, DIM, dtype=torch.float64)


def head() -> Tensor:
    return 5 * torch.rand(DIM, dtype=torch.float64) + 0.1


def close(produced: Tensor, wanted: Tensor) -> None:
    assert_close(produced, wanted, rtol=1e-12, atol=1e-12)


@every_kind
@some_alphas
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_logits_are_those_of_a_loop(kind: str, alpha: float, groups: int) -> None:
    classifier, features, direction = made(kind, groups), rows(), head()
    effect = TotalDirectEffect(classifier, direction, alpha=alpha)
    wanted = looped(kind, features, classifier.weight.detach(), direction, groups, alpha)
    close(effect(features).detach(), wanted)


@every_kind
def test_alpha_zero_gives_the_logits_of_the_classifier(kind: str) -> None:
    classifier, features = made(kind), rows()
    effect = TotalDirectEffect(classifier, head(), alpha=0.0)
    close(effect(features), classifier(features))


@every_kind
def test_only_the_direction_counts_not_its_length_or_shape(kind: str) -> None:
    classifier, features, direction = made(kind), rows(), head()
    wanted = TotalDirectEffect(classifier, direction, alpha=1.3)(features)
    close(TotalDirectEffect(classifier, 1e5 * direction, alpha=1.3)(features), wanted)
    lengths = torch.tensor([[0.01], [70.0]], dtype=torch.float64)
    close(TotalDirectEffect(classifier, lengths * direction.view(2, -1), alpha=1.3)(features), wanted)


@pytest.mark.parametrize("kind", UNIT_KINDS)
def test_alpha_one_leaves_nothing_along_the_direction(kind: str) -> None:
    classifier, direction = made(kind), head()
    with torch.no_grad():
        classifier.weight[0], classifier.weight[1, :6] = direction, direction[:6]
        classifier.weight[1, 6:] = 0
    logits = TotalDirectEffect(classifier, direction, alpha=1.0)(rows())
    close(logits[:, :2], torch.zeros(ROWS, 2, dtype=torch.float64))
    assert logits[:, 2:].abs().min() > 1e-6


@pytest.mark.parametrize("kind", UNIT_KINDS)
def test_features_along_the_direction_say_nothing_at_alpha_one(kind: str) -> None:
    direction = head()
    effect = TotalDirectEffect(made(kind), direction, alpha=1.0)
    close(effect(3 * direction.unsqueeze(0)), torch.zeros(1, CLASSES, dtype=torch.float64))


@every_kind
def test_the_sweep_is_a_loop_over_alphas(kind: str) -> None:
    classifier, features, direction = made(kind), rows(), head()
    alphas = torch.tensor([-2.0, 0.0, 0.5, 4.0], dtype=torch.float64)
    swept = TotalDirectEffect(classifier, direction, alpha=9.0).sweep(features, alphas)
    each = [TotalDirectEffect(classifier, direction, alpha=alpha)(features) for alpha in alphas.tolist()]
    assert swept.shape == (4, ROWS, CLASSES)
    close(swept, torch.stack(each))


def test_the_sweep_fills_memory_that_it_is_given() -> None:
    effect, alphas = TotalDirectEffect(made("cosine"), head(), alpha=1.0), torch.tensor([0.0, 2.0]).double()
    features, out = rows(), torch.empty(2, ROWS, CLASSES, dtype=torch.float64)
    with torch.no_grad():
        assert effect.sweep(features, alphas, out=out) is out
        close(out, effect.sweep(features, alphas))


@every_kind
def test_the_effects_are_the_total_and_the_pull(kind: str) -> None:
    classifier, features, direction = made(kind), rows(), head()
    total, pull = TotalDirectEffect(classifier, direction, alpha=2.5).effects(features)
    close(total, classifier(features))
    close(total - 2.5 * pull, TotalDirectEffect(classifier, direction, alpha=2.5)(features))


@every_kind
@some_alphas
@pytest.mark.parametrize("groups", [1, 3])
def test_the_folded_effect_gives_the_same_answer(kind: str, alpha: float, groups: int) -> None:
    effect, features = TotalDirectEffect(made(kind, groups), head(), alpha=alpha), rows()
    folded = effect.folded()
    close(folded(features), effect(features))
    assert not list(folded.parameters())
    assert not folded(features).requires_grad


@every_kind
def test_the_folded_effect_does_not_follow_later_changes(kind: str) -> None:
    classifier, features = made(kind), rows()
    effect = TotalDirectEffect(classifier, head(), alpha=1.0)
    folded = effect.folded()
    before = folded(features)
    with torch.no_grad():
        classifier.weight.add_(1.0)
        effect.alpha.fill_(5.0)
        effect.direction.zero_()
    assert torch.equal(folded(features), before)


@every_kind
def test_permuted_classes_give_permuted_logits(kind: str) -> None:
    classifier, features, direction, order = made(kind), rows(), head(), torch.tensor([3, 0, 4, 1, 2])
    wanted = TotalDirectEffect(classifier, direction, alpha=1.5)(features)[:, order]
    with torch.no_grad():
        classifier.weight.copy_(classifier.weight[order])
    close(TotalDirectEffect(classifier, direction, alpha=1.5)(features), wanted)


@every_kind
def test_zero_features_give_finite_logits_and_gradients(kind: str) -> None:
    features = rows()
    features[0], features[1, :6] = 0, 0
    features.requires_grad_()
    effect = TotalDirectEffect(made(kind), head(), alpha=2.0)
    for logits in (effect(features), effect.folded()(features), effect.sweep(features, torch.ones(2))[0]):
        assert logits.isfinite().all()
        assert logits[0].count_nonzero() == 0
        (gradient,) = torch.autograd.grad(logits.square().sum(), features)
        assert gradient.isfinite().all()


@every_kind
def test_without_a_head_direction_nothing_is_removed(kind: str) -> None:
    classifier, features = made(kind), rows()
    effect = TotalDirectEffect(classifier, torch.zeros(DIM, dtype=torch.float64), alpha=3.0)
    close(effect(features), classifier(features))
    close(effect.folded()(features), classifier(features))


@every_kind
def test_an_empty_batch_gives_no_logits(kind: str) -> None:
    effect, nothing = TotalDirectEffect(made(kind), head(), alpha=1.0), rows(0)
    assert effect(nothing).shape == effect.folded()(nothing).shape == (0, CLASSES)
    assert effect.sweep(nothing, torch.tensor([0.0, 1.0])).shape == (2, 0, CLASSES)


@every_kind
def test_the_gradient_goes_through_the_cosine(kind: str) -> None:
    effect = TotalDirectEffect(made(kind), head(), alpha=1.5)
    assert torch.autograd.gradcheck(effect, rows(3).requires_grad_())
    assert torch.autograd.gradcheck(effect.folded(), rows(3).requires_grad_())


def test_cosines_are_those_of_a_loop() -> None:
    features, direction = rows(), head()
    cosines = TotalDirectEffect(made("cosine", 3), direction, alpha=1.0).cosines(features)
    for b in range(ROWS):
        for k in range(3):
            x, d = features[b, 4 * k : 4 * k + 4], direction[4 * k : 4 * k + 4]
            close(cosines[b, k], x @ d / (x.norm() * d.norm()))


@every_kind
def test_bfloat16_autocast_stays_close(kind: str) -> None:
    effect = TotalDirectEffect(MAKERS[kind](2), head().float(), alpha=1.5)
    features = rows().float()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        produced = [
            effect(features),
            effect.folded()(features),
            effect.sweep(features, torch.tensor([1.5]))[0],
        ]
    for logits in produced:
        assert_close(logits.float(), effect(features), rtol=0.05, atol=0.15)


def test_a_classifier_that_does_not_normalise_is_refused() -> None:
    with pytest.raises(
        InputError, match=r"needs a classifier that normalises .* but LinearClassifier does not"
    ):
        TotalDirectEffect(LinearClassifier(DIM, CLASSES), head(), alpha=1.0)


@pytest.mark.parametrize("size", [DIM - 2, 0, 2 * DIM])
def test_a_direction_of_another_size_is_refused_with_both_numbers(size: int) -> None:
    with pytest.raises(InputError, match=f"must hold {DIM} numbers, but {size} came"):
        TotalDirectEffect(made("cosine"), torch.ones(size), alpha=1.0)


def test_the_chosen_alpha_is_part_of_the_saved_state() -> None:
    direction = head()
    chosen = TotalDirectEffect(made("deconfounded"), direction, alpha=None)
    chosen.calibrate(rows(), None)
    fresh = TotalDirectEffect(made("deconfounded"), torch.zeros(DIM, dtype=torch.float64), alpha=None)
    fresh.load_state_dict(chosen.state_dict())
    features = rows()
    assert chosen.alpha > 0
    assert torch.equal(fresh(features), chosen(features))


def test_an_alpha_given_by_hand_is_kept() -> None:
    effect = TotalDirectEffect(made("deconfounded"), head(), alpha=-1.25)
    assert effect.calibrate(rows(), torch.zeros(ROWS, dtype=torch.int64)) == "alpha -1.25, as given"
    assert effect.alpha == -1.25


def test_until_it_is_chosen_alpha_is_zero() -> None:
    classifier, features = made("deconfounded"), rows()
    close(TotalDirectEffect(classifier, head(), alpha=None)(features), classifier(features))


def test_without_labels_alpha_times_the_mean_cosine_is_one() -> None:
    effect = TotalDirectEffect(made("deconfounded"), head(), alpha=None)
    features = rows().abs()
    said = effect.calibrate(features, None)
    close(effect.alpha * effect.cosines(features).mean(), torch.ones((), dtype=torch.float64))
    assert (
        said == f"alpha {effect.alpha.item():.2f} by the rule alpha * mean cosine = 1 (no validation split)"
    )


def test_without_labels_and_with_features_away_from_the_head_alpha_stays_moderate() -> None:
    effect = TotalDirectEffect(made("deconfounded"), head(), alpha=None)
    effect.calibrate(-rows().abs(), None)
    assert effect.alpha == pytest.approx(20)


def test_with_labels_alpha_has_the_best_balanced_accuracy() -> None:
    classifier, direction = made("deconfounded"), head()
    features, targets = rows(80) + direction, torch.randint(0, CLASSES, (80,))
    effect = TotalDirectEffect(classifier, direction, alpha=None)
    said = effect.calibrate(features, targets)
    scores = []
    for alpha in ALPHA_GRID.tolist():
        predictions = TotalDirectEffect(classifier, direction, alpha=alpha)(features).argmax(dim=1)
        scores.append(balanced_accuracy_score(targets, predictions))
    best = [i for i, score in enumerate(scores) if score >= max(scores) - 1e-12]
    assert len(best) < len(scores), "every alpha is as good, so the choice shows nothing"
    assert effect.alpha.item() == pytest.approx(ALPHA_GRID[best[len(best) // 2]].item())
    assert f"alpha {effect.alpha.item():.1f} chosen on 80 validation images" in said
    assert f"accuracy {max(scores):.3f}" in said


def test_among_equal_alphas_the_middle_one_is_chosen() -> None:
    effect = TotalDirectEffect(made("deconfounded"), torch.zeros(DIM, dtype=torch.float64), alpha=None)
    effect.calibrate(rows(), torch.arange(ROWS) % CLASSES)
    assert effect.alpha == pytest.approx(2.5)


def net_with(head_of: Callable[[TotalDirectEffect], Classifier]) -> tuple[Net, Tensor]:
    effect = TotalDirectEffect(DeconfoundedClassifier(DIM, CLASSES), head().float(), alpha=1.5)
    backbone = nn.Sequential(nn.Flatten(), nn.Linear(8, DIM), nn.ReLU())
    return Net(backbone, head_of(effect)).eval(), torch.randn(3, 2, 4)


@pytest.mark.parametrize(
    "head_of", [lambda effect: effect, TotalDirectEffect.folded], ids=["plain", "folded"]
)
def test_a_net_with_it_can_be_exported(head_of: Callable[[TotalDirectEffect], Classifier]) -> None:
    net, images = net_with(head_of)
    batch = torch.export.Dim("batch", min=1, max=64)
    exported = torch.export.export(net, (images,), dynamic_shapes=({0: batch},))
    stored = io.BytesIO()
    torch.export.save(exported, stored)
    stored.seek(0)
    assert_close(torch.export.load(stored).module()(images), net(images))
    assert exported.module()(torch.randn(9, 2, 4)).shape == (9, CLASSES)

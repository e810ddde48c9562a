"""Multiplied out or not, the answers are the same."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from counterpoise.backbones import SkippingExperts
from counterpoise.classifiers import CapsuleClassifier, CosineClassifier, DeconfoundedClassifier
from counterpoise.data.data import Data
from counterpoise.export.folding import OpenEffect, folded, opened
from counterpoise.net import Classifier, Net
from counterpoise.predictors import (
    BackgroundExempted,
    FoldedEffect,
    LogitAdjusted,
    TargetPrior,
    Tempered,
    TotalDirectEffect,
)

KINDS = {
    "cosine": CosineClassifier(12, 5, groups=3),
    "capsule": CapsuleClassifier(12, 5, groups=2),
    "deconfound": DeconfoundedClassifier(12, 5, groups=2),
}
UNIFORM, TAIL = torch.full((5,), 0.2), torch.tensor([5.0, 4, 3, 2, 1])


def tempered(inner: Classifier) -> Tempered:
    return Tempered(inner, temperature=0.7, prior=UNIFORM)


STACKS: dict[str, Callable[[Classifier], Classifier]] = {
    "alone": lambda effect: effect,
    "tempered": tempered,
    "adjusted": lambda effect: LogitAdjusted(tempered(effect), TAIL),
    "moved": lambda effect: TargetPrior(tempered(effect), answered=UNIFORM, wanted=TAIL),
    "exempted": BackgroundExempted,
}


def effect_over(classifier: Classifier) -> TotalDirectEffect:
    return TotalDirectEffect(classifier, torch.randn(12), alpha=1.7)


def kinds_of(module: nn.Module) -> set[type]:
    return {type(part) for part in module.modules()}


@pytest.fixture
def features() -> Tensor:
    rows = torch.randn(6, 12)
    rows[0] = 0
    return rows


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("kind", KINDS)
@torch.no_grad()
def test_any_stack_answers_the_same(kind: str, stack: str, features: Tensor) -> None:
    net = Net(nn.Identity(), STACKS[stack](effect_over(KINDS[kind])))
    for change in (folded, opened):
        changed = change(net)
        assert TotalDirectEffect not in kinds_of(changed)
        torch.testing.assert_close(changed(features), net(features), rtol=1e-5, atol=2e-6)
    assert TotalDirectEffect in kinds_of(net)


@torch.no_grad()
def test_an_effect_over_a_temperature_answers_the_same(features: Tensor) -> None:
    net = Net(nn.Identity(), effect_over(tempered(KINDS["deconfound"])))
    for change in (folded, opened):
        torch.testing.assert_close(change(net)(features), net(features), rtol=1e-5, atol=2e-6)


def test_only_what_needs_the_total_effect_stays_open() -> None:
    exempted = Net(nn.Identity(), BackgroundExempted(effect_over(KINDS["cosine"])))
    plain = Net(nn.Identity(), tempered(effect_over(KINDS["cosine"])))
    assert OpenEffect in kinds_of(folded(exempted))
    assert FoldedEffect in kinds_of(folded(plain))
    assert OpenEffect in kinds_of(opened(plain))


@torch.no_grad()
def test_an_open_effect_knows_both_effects_and_takes_any_alpha(features: Tensor) -> None:
    effect = effect_over(KINDS["capsule"])
    other = OpenEffect(effect)
    for found, expected in zip(other.effects(features), effect.effects(features), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=2e-6)
    for alpha in (-1.0, 0.0, 3.0):
        effect.alpha.fill_(alpha)
        other.alpha.fill_(alpha)
        torch.testing.assert_close(other(features), effect(features), rtol=1e-5, atol=2e-6)


@torch.no_grad()
def test_experts_that_are_skipped_all_compute(tiny: Data, make_predictor: Callable[..., Any]) -> None:
    made = make_predictor(tiny, ["ride", "routing"])
    assert isinstance(made.predictor.backbone, SkippingExperts)
    changed, images = folded(made.predictor), torch.randn(9, 1, 8, 8)
    assert SkippingExperts not in kinds_of(changed)
    torch.testing.assert_close(changed(images), made.predictor(images), rtol=1e-5, atol=1e-6)


@torch.no_grad()
def test_adapters_are_merged_and_the_predictor_stays_as_it_was(
    tiny: Data, make_predictor: Callable[..., Any]
) -> None:
    made = make_predictor(tiny, ["light_fine_tuning"])
    changed, images = folded(made.predictor), torch.randn(9, 1, 8, 8)
    assert not any("lora" in name for name in changed.state_dict())
    assert any("lora" in name for name in made.predictor.state_dict())
    torch.testing.assert_close(changed(images), made.predictor(images), rtol=1e-5, atol=1e-5)

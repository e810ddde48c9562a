import math

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.classifiers import CosineClassifier, HierarchicalClassifier, LinearClassifier
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.predictors import CoarseToFine, HierarchyProduct, HierarchySum, MostLikelyValue, at_finest

LEVELS = torch.tensor([[0, 0, 0, 1, 1], [0, 0, 1, 2, 2], [0, 1, 2, 3, 4]])
AGES = torch.tensor([10.0, 20.0, 30.0, 40.0, 50.0])
both = pytest.mark.parametrize("kind", [HierarchySum, HierarchyProduct], ids=lambda kind: kind.__name__)


@pytest.fixture
def classifier() -> HierarchicalClassifier:
    made = HierarchicalClassifier(8, LEVELS, representatives=AGES).double()
    for weight in made.parameters():
        torch.nn.init.normal_(weight)
    return made.requires_grad_(False)


@pytest.fixture
def features() -> Tensor:
    return torch.randn(50, 8, dtype=torch.float64)


def probabilities(outputs: Tensor) -> list[list[list[float]]]:
    """Of each sample at each level, one number after the other."""
    rows = []
    for row in outputs.tolist():
        levels = (row[:2], row[2:5], row[5:])
        rows.append([[math.exp(z) / sum(map(math.exp, level)) for z in level] for level in levels])
    return rows


def test_sums_are_those_of_a_loop(classifier: HierarchicalClassifier, features: Tensor) -> None:
    """Equation 7."""
    wanted = [
        [sum(p[h][LEVELS[h, u]] for h in range(3)) for u in range(5)]
        for p in probabilities(classifier.outputs(features))
    ]
    produced = HierarchySum(classifier)(features).exp()
    assert_close(produced, torch.tensor(wanted, dtype=torch.float64), rtol=1e-12, atol=0)


def test_products_are_those_of_a_loop(classifier: HierarchicalClassifier, features: Tensor) -> None:
    """Equation 8."""
    wanted = [
        [sum(math.log(p[h][LEVELS[h, u]]) for h in range(3)) for u in range(5)]
        for p in probabilities(classifier.outputs(features))
    ]
    produced = HierarchyProduct(classifier)(features)
    assert_close(produced, torch.tensor(wanted, dtype=torch.float64), rtol=1e-12, atol=1e-13)


def test_coarse_to_fine_is_that_of_a_loop(classifier: HierarchicalClassifier, features: Tensor) -> None:
    for h in range(3):
        wanted = []
        for p in probabilities(classifier.outputs(features)):
            inside = [u for u in range(5) if LEVELS[h, u] == p[h].index(max(p[h]))]
            wanted.append(max(inside, key=lambda u, fine=p[2]: fine[u]))
        assert CoarseToFine(classifier, level=h)(features).argmax(dim=1).tolist() == wanted


def test_coarse_to_fine_rules_out_all_else(classifier: HierarchicalClassifier, features: Tensor) -> None:
    logits = CoarseToFine(classifier, level=0)(features)
    for row in logits:
        assert row.isfinite().tolist() in ([True] * 3 + [False] * 2, [False] * 3 + [True] * 2)
    allowed = logits.isfinite()
    plain = classifier(features).log_softmax(dim=1)
    assert_close(logits[allowed], plain[allowed], rtol=1e-12, atol=1e-13)


def test_the_levels_do_change_answers(classifier: HierarchicalClassifier, features: Tensor) -> None:
    plain = classifier(features).argmax(dim=1)
    predictors = [HierarchySum(classifier), HierarchyProduct(classifier), CoarseToFine(classifier, level=0)]
    answers = [predictor(features).argmax(dim=1) for predictor in predictors]
    assert all((plain != answer).any() for answer in answers)
    assert (answers[0] != answers[1]).any()


@both
def test_coarse_levels_that_know_nothing_change_nothing(kind, features: Tensor) -> None:
    classifier = HierarchicalClassifier(8, LEVELS, representatives=AGES).double()
    assert classifier.coarse is not None
    for weight in classifier.coarse.parameters():
        torch.nn.init.zeros_(weight)
    assert torch.equal(kind(classifier)(features).argmax(dim=1), classifier(features).argmax(dim=1))


@both
def test_one_level_is_its_own_answer(kind, features: Tensor) -> None:
    classifier = HierarchicalClassifier(8, LEVELS[-1:], representatives=AGES).double()
    assert_close(kind(classifier)(features), classifier(features).log_softmax(dim=1), rtol=1e-12, atol=1e-13)


def test_products_of_sharp_probabilities_do_not_underflow() -> None:
    """Those of the first three classes are e^-360 and less, which no float32 is."""
    levels = torch.stack([*[torch.tensor([0, 0, 0, 1, 1])] * 6, torch.arange(5)])
    classifier = HierarchicalClassifier(1, levels, representatives=AGES).requires_grad_(False)
    for weight in classifier.parameters():
        weight.zero_()
    assert classifier.coarse is not None
    classifier.coarse.weight.copy_(torch.tensor([[-60.0], [0.0]] * 6))
    classifier.finest.weight.copy_(torch.tensor([[0.0], [-1.0], [-2.0], [-60.0], [-61.0]]))
    logits = HierarchyProduct(classifier)(torch.ones(1, 1))
    assert logits.argsort(descending=True).tolist() == [[3, 4, 0, 1, 2]]
    assert logits[0, 0].item() == pytest.approx(-360, abs=1)


def test_all_levels_reach_the_finest_classes(classifier: HierarchicalClassifier, features: Tensor) -> None:
    scores = at_finest(classifier.outputs(features), LEVELS, [2, 3, 5])
    assert scores.shape == (50, 3, 5)
    assert_close(scores[:, 2].exp().sum(dim=1), torch.ones(50).double(), rtol=1e-12, atol=0)
    assert torch.equal(scores[:, 0, 0], scores[:, 0, 2])
    assert torch.equal(scores[:, 1, 3], scores[:, 1, 4])


@both
def test_it_is_exported_with_the_values(kind, classifier: HierarchicalClassifier, features: Tensor) -> None:
    decoder = MostLikelyValue(kind(classifier), classifier.representatives)
    net = Net(torch.nn.Identity(), decoder).eval()
    program = torch.export.export(net, (features,))
    assert torch.equal(program.module()(features), net(features))


@pytest.mark.parametrize("other", [LinearClassifier(8, 5), CosineClassifier(8, 4, groups=2)])
@both
def test_a_classifier_of_one_level_is_refused(kind, other) -> None:
    with pytest.raises(InputError, match=rf"{kind.__name__} needs .* but {type(other).__name__} has one"):
        kind(other)


@pytest.mark.parametrize("level", [3, -4])
def test_a_level_that_is_none_is_refused(level: int, classifier: HierarchicalClassifier) -> None:
    with pytest.raises(InputError, match=rf"0 .. 2, but {level} came"):
        CoarseToFine(classifier, level=level)

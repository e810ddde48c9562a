"""Numbers of an evaluation against slow counts, and its empty places."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from counterpoise.classifiers import DeconfoundedClassifier
from counterpoise.data.data import Data
from counterpoise.metrics.calibration import calibration_summary
from counterpoise.metrics.shots import shot_groups
from counterpoise.net import Classifier, Net
from counterpoise.predictors import TargetPrior, Tempered, TotalDirectEffect
from counterpoise.training.asked import Asked
from counterpoise.training.evaluate import CURVE, evaluate

COUNTS = (120, 101, 100, 20, 19, 3)


@pytest.fixture(scope="module")
def data(make_data: Callable[..., Data]) -> Data:
    """Six classes around the borders of the usual groups; the test split lacks class 4."""
    found = make_data(COUNTS)
    test = found.splits["test"]
    return replace(
        found, splits={**found.splits, "test": test.subset((test.targets != 4).nonzero().flatten())}
    )


@pytest.fixture(scope="module")
def features(data: Data) -> Tensor:
    """Features of the test split, not quite at random."""
    torch.manual_seed(0)
    targets = data.splits["test"].targets
    return torch.randn(len(targets), 6) + 2 * torch.eye(6)[targets]


def tde(alpha: float) -> Net:
    torch.manual_seed(1)
    classifier = DeconfoundedClassifier(6, 6)
    classifier.weight.data = torch.eye(6) + 0.1 * torch.randn(6, 6)
    return Net(nn.Flatten(), TotalDirectEffect(classifier, torch.rand(6), alpha=alpha))


def share(right: list[bool]) -> float | None:
    return sum(right) / len(right) if right else None


def mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def test_accuracies_equal_slow_counts(data: Data, features: Tensor) -> None:
    net = tde(0.7)
    result, logits = evaluate(net, data, "test", features)
    targets = data.splits["test"].targets.tolist()
    guesses = [max(range(6), key=row.__getitem__) for row in net.classifier(features).tolist()]
    per_class = [share([g == t for g, t in zip(guesses, targets, strict=True) if t == c]) for c in range(6)]
    assert 0 < result["overall"] < 1, "the example must have right and wrong answers"
    assert result["overall"] == pytest.approx(share([g == t for g, t in zip(guesses, targets, strict=True)]))
    assert result["per_class"] == pytest.approx(per_class)
    assert result["balanced"] == pytest.approx(mean(per_class))
    assert result["many"] == pytest.approx(mean(per_class[:2]))
    assert result["medium"] == pytest.approx(mean(per_class[2:4]))
    assert result["few"] == pytest.approx(mean(per_class[4:]))
    assert result["test_counts"] == [2, 2, 2, 2, 0, 2]
    assert result["class_counts"] == list(COUNTS)
    assert torch.equal(logits, net.classifier(features))


def test_confusion_by_shot_and_feature_norms_equal_slow_counts(data: Data, features: Tensor) -> None:
    net = tde(0.0)
    result, _ = evaluate(net, data, "test", features)
    group = [0, 0, 1, 1, 2, 2]
    targets = data.splits["test"].targets.tolist()
    guesses = net.classifier(features).argmax(dim=1).tolist()
    for true in range(3):
        taken = [group[g] for g, t in zip(guesses, targets, strict=True) if group[t] == true]
        assert result["confusion_by_shot"][true] == pytest.approx(
            [taken.count(c) / len(taken) for c in range(3)]
        )
    norms = [(sum(x * x for x in row)) ** 0.5 for row in features.tolist()]
    by_class = [mean([n for n, t in zip(norms, targets, strict=True) if t == c]) for c in range(6)]
    assert result["feature_norms"] == pytest.approx(by_class)


def test_what_is_empty_is_null_and_never_nan(data: Data, features: Tensor) -> None:
    rare = replace(data, facts=replace(data.facts, class_counts=(9, 8, 7, 6, 5, 4)))
    result, _ = evaluate(tde(1.0), rare, "test", features, Asked("strict"))
    assert result["many"] is result["medium"] is None
    assert result["few"] == result["balanced"]
    assert result["per_class"][4] is result["feature_norms"][4] is None
    assert result["confusion_by_shot"][0] == [None] * 3
    json.dumps(result, allow_nan=False)


def test_the_alpha_curve_goes_through_every_evaluation(data: Data, features: Tensor) -> None:
    curve = evaluate(tde(0.7321), data, "test", features)[0]["alpha_curve"]
    assert len(curve["alphas"]) == len(CURVE) + 1
    assert curve["alphas"] == sorted(curve["alphas"])
    for alpha in (-1.0, 0.0, 0.7321, 3.0, 6.0):
        place = curve["alphas"].index(pytest.approx(alpha))
        point = {key: values[place] for key, values in curve.items() if key != "alphas"}
        expected, _ = evaluate(tde(alpha), data, "test", features)
        assert point == {key: expected[key] for key in point}
    assert len({tuple(row) for row in curve["per_class"]}) > 1, "alpha must change something in this example"


def stacked(alpha: float) -> Net:
    """A total direct effect under a temperature and another prior, with a class that cannot occur."""
    wanted = torch.tensor([6.0, 5, 4, 3, 0, 1])
    prior = torch.ones(6)

    def over(place: str, inner: Classifier) -> Classifier:
        return TargetPrior(Tempered(inner, temperature=0.3, prior=prior), answered=prior, wanted=wanted)

    return tde(alpha).rewired(over)


def test_the_alpha_curve_goes_through_what_lies_over_the_effect(data: Data, features: Tensor) -> None:
    net = stacked(0.7321)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    result, _ = evaluate(net, data, "test", features)
    curve = result["alpha_curve"]
    assert result["alpha"]["value"] == 0.7321
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    for alpha in (-1.0, 0.0, 0.7321, 3.0, 6.0):
        place = curve["alphas"].index(pytest.approx(alpha))
        point = {key: values[place] for key, values in curve.items() if key != "alphas"}
        expected, _ = evaluate(stacked(alpha), data, "test", features)
        assert point == {key: expected[key] for key in point}
    assert curve["per_class"] != evaluate(tde(0.7321), data, "test", features)[0]["alpha_curve"]["per_class"]


def test_calibration_is_told_with_and_without_the_temperature(data: Data, features: Tensor) -> None:
    plain = tde(0.5)
    hot = plain.rewired(lambda place, inner: Tempered(inner, temperature=3.0, prior=torch.ones(6)))
    found, logits = evaluate(hot, data, "test", features)
    groups, targets = shot_groups(data.class_counts), data.splits["test"].targets
    without, plain_logits = evaluate(plain, data, "test", features)
    told = found["calibration"]
    assert told["temperature"] == 3
    assert {key: told[key] for key in told.keys() - {"temperature", "before"}} == calibration_summary(
        logits, targets, groups
    )
    assert told["before"] == calibration_summary(plain_logits, targets, groups)
    assert told["ece"] != told["before"]["ece"]
    assert without["calibration"]["temperature"] is without["calibration"]["before"] is None
    same = without.keys() - {"calibration", "choices"}
    assert {key: found[key] for key in same} == {key: without[key] for key in same}


def test_other_priors_are_compared_where_the_answered_one_is_known(data: Data, features: Tensor) -> None:
    result, _ = evaluate(tde(0.5), data, "test", features, Asked(answered=torch.full((6,), 1 / 6)))
    assert result["target_prior"]["answered"] == "uniform"
    assert result["target_prior"]["overall_with_uniform_prior"] == result["overall"]
    assert evaluate(tde(0.5), data, "test", features)[0]["target_prior"] is None


def test_alpha_is_told_with_how_it_was_chosen(data: Data, features: Tensor) -> None:
    result, _ = evaluate(
        tde(0.5), data, "test", features, Asked(choices=["alpha 0.5, as given", "temperature 2, as given"])
    )
    assert result["alpha"] == {"value": 0.5, "how": "alpha 0.5, as given"}


def test_without_total_direct_effect_there_is_no_alpha(data: Data, features: Tensor) -> None:
    result, _ = evaluate(Net(nn.Flatten(), nn.Linear(6, 6)), data, "test", features)
    assert result["alpha"] is result["alpha_curve"] is None

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.classifiers import ExpertsClassifier, LinearClassifier, RoutedClassifier
from counterpoise.errors import InputError
from counterpoise.predictors import TestTimeAggregated, agreement
from counterpoise.predictors.test_time_aggregated import fitted

Views = tuple[Tensor, Tensor]
OPTIONS = {"lr": 0.1, "momentum": 0.9, "weight_decay": 5e-4, "nesterov": True}


@pytest.fixture
def experts() -> ExpertsClassifier:
    classifier = ExpertsClassifier([LinearClassifier(4, 4, bias=False) for _ in range(3)])
    for one in classifier.classifiers:
        one.weight.data = 5 * torch.eye(4)  # pyright: ignore[reportAttributeAccessIssue]
    return classifier


def one_steady_expert(noise: float, batches: int = 20) -> list[Views]:
    """Batches of two views, (B, 12) each, in which the last expert's features stay and those of others do not."""
    found = []
    for _ in range(batches):
        first = torch.randn(32, 12)
        second = first.clone()
        second[:, :8] += noise * torch.randn(32, 8)
        found.append((first, second))
    return found


def test_before_fitting_the_answer_is_the_mean(experts: ExpertsClassifier) -> None:
    features = torch.randn(6, 12)
    assert_close(TestTimeAggregated(experts)(features), experts(features))


def test_the_expert_that_stays_the_same_gets_the_largest_share(experts: ExpertsClassifier) -> None:
    predictor, views = TestTimeAggregated(experts), one_steady_expert(noise=1.0)
    features = torch.randn(6, 12)
    said = predictor.fit(lambda epoch: views, epochs=1)
    shares = predictor.shares
    assert shares[2] > 0.6 > 0.3 > shares[:2].max()
    assert shares.sum().item() == pytest.approx(1)
    assert said.startswith("shares 0.")
    assert f"{shares[2].item():.2f} of the experts, fitted to test data without labels" in said
    assert_close(predictor(features), (predictor.by_expert(features) * shares.view(3, 1)).sum(dim=1))


def test_fitting_makes_the_views_agree_more(experts: ExpertsClassifier) -> None:
    predictor, views = TestTimeAggregated(experts), one_steady_expert(noise=1.0)
    first, second = (predictor.by_expert(torch.cat(side)) for side in zip(*views, strict=True))
    before = agreement(first, second, predictor.shares)
    predictor.fit(lambda epoch: views, epochs=1)
    assert agreement(first, second, predictor.shares) > before + 0.02


def test_it_stops_after_the_epoch_in_which_a_share_became_small(experts: ExpertsClassifier) -> None:
    predictor, epochs = TestTimeAggregated(experts), []

    def views(epoch: int) -> list[Views]:
        epochs.append(epoch)
        return one_steady_expert(noise=2.0)

    predictor.fit(views, epochs=50, lr=0.5)
    assert predictor.shares.min() < 0.05
    assert epochs == list(range(len(epochs)))
    assert len(epochs) < 50


def test_the_velocity_goes_on_from_epoch_to_epoch(experts: ExpertsClassifier) -> None:
    pairs = [tuple(torch.randn(8, 3, 4, dtype=torch.float64) for _ in range(2)) for _ in range(4)]
    start = torch.full((3,), 1 / 3, dtype=torch.float64)
    *_, apart = fitted(start, [[pair] for pair in pairs], **OPTIONS)  # pyright: ignore[reportArgumentType]
    (whole,) = fitted(start, [pairs], **OPTIONS)  # pyright: ignore[reportArgumentType]
    assert torch.equal(apart, whole)
    assert not torch.isclose(whole, start).any()
    assert torch.equal(start, torch.full((3,), 1 / 3, dtype=torch.float64))


def test_agreement_of_equal_views_is_1() -> None:
    logits = torch.randn(8, 3, 4)
    assert_close(agreement(logits, logits, torch.tensor([0.2, 0.3, 0.5])), torch.tensor(1.0))


def test_only_the_shares_move_and_they_need_no_gradient(experts: ExpertsClassifier) -> None:
    predictor = TestTimeAggregated(experts)
    before = {name: tensor.clone() for name, tensor in predictor.state_dict().items()}
    predictor.fit(lambda epoch: one_steady_expert(noise=1.0, batches=2), epochs=1)
    moved = {name for name, tensor in predictor.state_dict().items() if not torch.equal(tensor, before[name])}
    assert moved == {"raw"}
    assert all(weight.grad is None for weight in experts.parameters())


def test_fitting_works_where_gradients_are_off(experts: ExpertsClassifier) -> None:
    predictor = TestTimeAggregated(experts)
    with torch.no_grad():
        predictor.fit(lambda epoch: one_steady_expert(noise=1.0, batches=2), epochs=1)
    assert not torch.equal(predictor.shares, torch.full((3,), 1 / 3))


def test_it_is_exported_with_its_shares(experts: ExpertsClassifier) -> None:
    predictor, features = TestTimeAggregated(experts), torch.randn(6, 12)
    predictor.raw.copy_(torch.tensor([0.1, 0.5, 1.0]))
    program = torch.export.export(predictor.eval(), (features,))
    assert_close(program.module()(features), predictor(features))


def test_a_classifier_without_experts_is_refused() -> None:
    with pytest.raises(InputError, match=r"TestTimeAggregated needs .* but LinearClassifier came"):
        TestTimeAggregated(LinearClassifier(4, 4))


def test_what_has_already_put_experts_together_is_refused(experts: ExpertsClassifier) -> None:
    for one in (TestTimeAggregated(experts), RoutedClassifier(experts)):
        with pytest.raises(InputError, match=rf"TestTimeAggregated needs .* but {type(one).__name__} came"):
            TestTimeAggregated(one)

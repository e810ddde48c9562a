import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from counterpoise.classifiers import ExpertRouter, ExpertsClassifier, LinearClassifier, RoutedClassifier
from counterpoise.classifiers.routed import needed
from counterpoise.errors import InputError
from counterpoise.net import Net


@pytest.fixture
def features() -> Tensor:
    return torch.randn(50, 3 * 8)


@pytest.fixture
def experts() -> ExpertsClassifier:
    return ExpertsClassifier([LinearClassifier(8, 5) for _ in range(3)])


def routed_to(experts: ExpertsClassifier, score: float) -> RoutedClassifier:
    """All routers have one score."""
    classifier = RoutedClassifier(experts, top=3)
    nn.init.zeros_(classifier.router.shared.weight)
    nn.init.constant_(classifier.router.shared.bias, score)
    return classifier


def test_routers_that_never_ask_leave_the_first_expert(experts: ExpertsClassifier, features: Tensor) -> None:
    assert_close(routed_to(experts, -1)(features), experts.by_expert(features)[:, 0])


def test_a_score_of_0_is_no(experts: ExpertsClassifier, features: Tensor) -> None:
    assert_close(routed_to(experts, 0)(features), experts.by_expert(features)[:, 0])


def test_routers_that_always_ask_leave_the_mean_of_all(experts: ExpertsClassifier, features: Tensor) -> None:
    assert_close(routed_to(experts, 1)(features), experts(features))


def test_after_the_first_no_nobody_is_asked() -> None:
    scores = torch.tensor([[1.0, 1, 1], [1, -1, 1], [-1, 1, 1], [1, 1, -1]])
    wanted = [[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0], [1, 1, 1, 0]]
    assert needed(scores).long().tolist() == wanted


def test_the_answer_is_the_mean_of_those_that_are_asked(experts: ExpertsClassifier, features: Tensor) -> None:
    classifier = RoutedClassifier(experts, top=3)
    classifier.router.shared.bias.data -= classifier.routed(features)[1].median()
    numbers = classifier.asked(features).sum(dim=1)
    assert set(numbers.tolist()) == {1, 2, 3}
    logits = experts.by_expert(features)
    wanted = [row[:number].mean(dim=0) for row, number in zip(logits, numbers, strict=True)]
    assert_close(classifier(features), torch.stack(wanted))


def test_a_router_reads_what_came_before_it(experts: ExpertsClassifier, features: Tensor) -> None:
    """The best mean logits so far, and the direction of its expert's features."""
    classifier = RoutedClassifier(experts, top=3)
    scores, other = classifier.routed(features)[1], features.clone()
    other[:, 8:] = torch.randn(50, 16)
    changed = classifier.routed(other)[1]
    assert torch.equal(changed[:, 0], scores[:, 0])
    assert not torch.isclose(changed[:, 1], scores[:, 1]).any()
    other[:, 8:] = features[:, 8:]
    other[:, 16:] = 0
    assert torch.equal(classifier.routed(other)[1], scores), "the last expert has no router"


def test_scores_of_a_loop(experts: ExpertsClassifier, features: Tensor) -> None:
    classifier = RoutedClassifier(experts, top=3, hidden=4)
    router, logits = classifier.router, experts.by_expert(features)
    best = logits[:, :2].mean(dim=1).sort(dim=1, descending=True).values[:, :3]
    direction = nn.functional.normalize(features[:, 8:16])
    read = torch.cat([best, router.hidden[1](direction).relu()], dim=1)
    assert_close(classifier.routed(features)[1][:, 1], router.shared(read).squeeze(1))


def test_the_loss_gets_all_logits_and_then_the_scores(experts: ExpertsClassifier, features: Tensor) -> None:
    classifier = RoutedClassifier(experts)
    outputs = classifier.outputs(features)
    assert outputs.shape == (50, 3 * 5 + 2)
    assert torch.equal(outputs[:, :15], experts.outputs(features))
    assert torch.equal(outputs[:, 15:], classifier.routed(features)[1])


def test_only_the_routers_learn(experts: ExpertsClassifier, features: Tensor) -> None:
    classifier = RoutedClassifier(experts)
    classifier.outputs(features).square().sum().backward()
    learned = {name for name, weight in classifier.named_parameters() if weight.requires_grad}
    assert learned == {name for name, weight in classifier.named_parameters() if weight.grad is not None}
    assert {name.split(".")[0] for name in learned} == {"router"}


def test_no_more_logits_are_read_than_there_are(experts: ExpertsClassifier) -> None:
    assert RoutedClassifier(experts).router.top == 5
    assert RoutedClassifier(experts, top=2).router.top == 2


def test_fresh_weights_are_others(experts: ExpertsClassifier, features: Tensor) -> None:
    classifier = RoutedClassifier(experts)
    before = classifier.routed(features)[1]
    classifier.reset_parameters()
    assert not torch.isclose(classifier.routed(features)[1], before).all()


def test_it_is_exported(experts: ExpertsClassifier, features: Tensor) -> None:
    net = Net(nn.Identity(), RoutedClassifier(experts)).eval()
    assert_close(torch.export.export(net, (features,)).module()(features), net(features))


def test_one_expert_has_nothing_to_route() -> None:
    with pytest.raises(InputError, match="RoutedClassifier needs a classifier of two experts or more"):
        RoutedClassifier(ExpertsClassifier([LinearClassifier(8, 5)]))
    with pytest.raises(InputError, match=r"RoutedClassifier needs .* but LinearClassifier came"):
        RoutedClassifier(LinearClassifier(8, 5))
    with pytest.raises(InputError, match="two experts or more, but 1 came"):
        ExpertRouter(8, 1)

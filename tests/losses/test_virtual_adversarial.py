import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import SoftmaxKL, VirtualAdversarialLoss
from counterpoise.losses.virtual_adversarial import of_unit_length


def net() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3)).double()


def inputs() -> Tensor:
    return torch.randn(4, 1, 2, 3, dtype=torch.float64)


def exact_direction(score: nn.Module, x: Tensor, start: Tensor) -> Tensor:
    """Fisher information of each sample times its direction."""

    def of_one(x: Tensor, u: Tensor) -> Tensor:
        jacobian = torch.autograd.functional.jacobian(lambda x: score(x[None])[0], x).flatten(1)
        p = score(x[None])[0].softmax(0)
        return jacobian.T @ (torch.diag(p) - torch.outer(p, p)) @ jacobian @ u.flatten()

    return torch.stack([of_one(*pair) for pair in zip(x, start, strict=True)]).view_as(x)


def test_the_direction_is_that_of_the_exact_second_derivative() -> None:
    score, x, start = net(), inputs(), inputs()
    loss = VirtualAdversarialLoss(xi=1e-5)
    found = of_unit_length(loss.next_direction(score, x, score(x), start))
    assert_close(found, of_unit_length(exact_direction(score, x, start)), rtol=1e-3, atol=1e-4)


def test_more_iterations_find_a_worse_direction() -> None:
    score, x, start = net(), inputs(), inputs()
    costs = [
        VirtualAdversarialLoss(eps=0.1, iterations=n)(score, x, score(x), start).item() for n in (1, 3, 10)
    ]
    assert costs == sorted(costs)
    aimless = SoftmaxKL()(score(x + 0.1 * of_unit_length(start)), score(x))
    assert costs[0] > aimless.item()


def test_the_weights_learn_through_the_perturbed_pass_alone() -> None:
    score, x, start = net(), inputs(), inputs()
    loss = VirtualAdversarialLoss(eps=1.0)
    value = loss(score, x, score(x), start)
    clean, direction = score(x).detach(), loss.next_direction(score, x, score(x), start)
    perturbed = SoftmaxKL()(score(x + of_unit_length(direction)), clean)
    weights = list(score.parameters())
    assert_close(value, perturbed)
    for found, wanted in zip(
        torch.autograd.grad(value, weights), torch.autograd.grad(perturbed, weights), strict=True
    ):
        assert wanted.abs().max() > 1e-6
        assert_close(found, wanted)


def test_searching_leaves_no_gradient_behind() -> None:
    score, x = net(), inputs()
    VirtualAdversarialLoss()(score, x, score(x))
    assert all(weight.grad is None for weight in score.parameters())


def test_a_direction_is_drawn_from_the_global_generator() -> None:
    score, x = net(), inputs()
    found = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        found.append(VirtualAdversarialLoss()(score, x, score(x)).item())
    assert found[0] == found[1] != found[2]


def test_the_default_distance_works_in_single_precision() -> None:
    score, x, start = net(), inputs(), inputs()
    single = score.float()
    found = VirtualAdversarialLoss().next_direction(single, x.float(), single(x.float()), start.float())
    wanted = exact_direction(score.double(), x, start)
    cosines = torch.cosine_similarity(found.flatten(1).double(), wanted.flatten(1))
    assert cosines.min() > 0.99


def test_every_direction_has_length_one_but_none() -> None:
    found = of_unit_length(torch.tensor([[3.0, 4.0], [0.0, 0.0], [1e-9, 0.0]]))
    assert_close(found, torch.tensor([[0.6, 0.8], [0.0, 0.0], [1.0, 0.0]]))


@pytest.mark.parametrize("wrong", [{"eps": 0.0}, {"xi": -1e-6}, {"iterations": 0}])
def test_what_cannot_search_is_refused(wrong: dict) -> None:
    with pytest.raises(InputError, match="eps and xi above 0 and at least 1 iteration"):
        VirtualAdversarialLoss(**wrong)

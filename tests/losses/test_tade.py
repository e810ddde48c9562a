import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.losses import CrossEntropy, InverseSoftmaxLoss, LogitAdjustedLoss, tade_loss

TARGETS = torch.tensor([0, 3, 1, 1, 2, 0])


def test_three_experts_answer_for_three_class_mixes(counts: Tensor) -> None:
    outputs = torch.randn(6, 12, dtype=torch.float64)
    first, second, third = outputs.split(4, dim=1)
    wanted = [
        CrossEntropy()(first, TARGETS),
        LogitAdjustedLoss(counts)(second, TARGETS),
        InverseSoftmaxLoss(counts, tau=1.5)(third, TARGETS),
    ]
    loss = tade_loss(counts, tau=1.5)
    assert_close(loss.per_expert(outputs, TARGETS), torch.stack(wanted), rtol=1e-6, atol=0)
    assert_close(loss(outputs, TARGETS), torch.stack(wanted).sum(), rtol=1e-6, atol=0)


def test_the_optimum_of_each_expert_leans_its_own_way(counts: Tensor) -> None:
    """Logits without features: the experts come to answer for the tail, for balance, and for the tail turned."""
    targets = torch.arange(4).repeat_interleave(counts.long())
    logits = torch.zeros(12, dtype=torch.float64, requires_grad=True)
    loss = tade_loss(counts, tau=1.0)
    optimizer = torch.optim.LBFGS([logits], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        (value := loss(logits.expand(len(targets), 12), targets)).backward()
        return value

    optimizer.step(closure)  # pyright: ignore[reportArgumentType]
    found = logits.detach().view(3, 4).softmax(dim=1)
    prior = counts / counts.sum()
    assert_close(
        found, torch.stack([prior, torch.full_like(prior, 0.25), prior.flip(0)]), rtol=0.01, atol=1e-3
    )

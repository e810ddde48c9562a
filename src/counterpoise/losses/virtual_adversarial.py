"""Virtual adversarial training: the answer shall not change in the direction in which it changes most."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from counterpoise.errors import InputError
from counterpoise.losses.consistency import SoftmaxKL


class VirtualAdversarialLoss(nn.Module):
    """Divergence ``KL(p(x) || p(x + r))`` for the worst small r (Miyato et al., TPAMI 2018, equation 5).

    r is found by power iteration: from a random direction, the gradient of the divergence at distance xi becomes the
    next direction, and the last one is scaled to length eps. p(x) and r get no gradient. The passes through perturbed
    inputs must not move running statistics: see `counterpoise.batch_norms.untracked`. The random direction comes from
    torch's global generator. For training only.

    Args:
        eps: length of r (released vat_tf: 8 on CIFAR; realistic-ssl and USB: 6).
        xi: distance at which the divergence is differentiated (all three: 1e-6). In float32 the logits hardly move
            at that distance, and what is found is mostly rounding noise: for a ResNet-32 its cosine with the exact
            direction is 0.1. Ours is 1e-3, where it is 0.999. Lower precision is too coarse for any xi.
        iterations: of the power method (all three: 1).

    Raises:
        InputError: eps or xi not above 0, or fewer than 1 iteration.
    """

    def __init__(self, *, eps: float = 6.0, xi: float = 1e-3, iterations: int = 1) -> None:
        super().__init__()
        if not (eps > 0 and xi > 0 and iterations >= 1):
            raise InputError(
                f"expected eps and xi above 0 and at least 1 iteration, but {eps}, {xi} and {iterations} came"
            )
        self.eps, self.xi, self.iterations = eps, xi, iterations
        self.cost = SoftmaxKL()

    def forward(
        self, score: Callable[[Tensor], Tensor], inputs: Tensor, clean: Tensor, start: Tensor | None = None
    ) -> Tensor:
        """Mean divergence of the batch, ().

        Args:
            score: from inputs to logits.
            inputs: (B, ...).
            clean: logits of the inputs, (B, C).
            start: first direction of each sample, (B, ...); None draws one.
        """
        direction = torch.randn_like(inputs) if start is None else start
        for _ in range(self.iterations):
            direction = self.next_direction(score, inputs, clean, direction)
        return self.cost(score(inputs + self.eps * of_unit_length(direction)), clean)

    @torch.enable_grad()
    def next_direction(
        self, score: Callable[[Tensor], Tensor], inputs: Tensor, clean: Tensor, direction: Tensor
    ) -> Tensor:
        """One step of the power method; (B, ...) -> (B, ...)."""
        small = (self.xi * of_unit_length(direction)).detach().requires_grad_()
        cost = self.cost(score(inputs.detach() + small), clean)
        return torch.autograd.grad(cost, small)[0]


def of_unit_length(direction: Tensor) -> Tensor:
    """Each sample's direction with length one; zero stays zero, by the 1e-16 of USB; (B, ...) -> (B, ...)."""
    rows = direction.flatten(1)
    return (rows / (rows.norm(dim=1, keepdim=True) + 1e-16)).view_as(direction)

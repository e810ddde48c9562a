"""Test-time aggregation: how much each expert counts, found on test data without labels (SADE)."""

from collections.abc import Callable, Iterable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from counterpoise.classifiers.experts import with_experts
from counterpoise.experts import unpacked
from counterpoise.net import Classifier

Views = tuple[Tensor, Tensor]
LEAST = 0.05
"""A share below which an expert must not fall (release); to two decimals."""


class TestTimeAggregated(Classifier):
    """Logits ``sum_e w_e * z_e`` with the experts' shares w fitted to unlabeled test data; Zhang et al., NeurIPS 2022.

    The paper observes that the expert that fits the class mix of the test data is the one whose answers change least
    between two augmented views of an image. So `fit` maximises the agreement of two views, which needs no labels and no
    knowledge of the test data's class mix. The shares start equal: then the answers are those of the mean. The method
    reads many test samples before it answers for one; with very few classes it fails, as its users report.

    Args:
        classifier: a trained classifier of two experts or more, such as `ExpertsClassifier`; it is frozen.

    Raises:
        InputError: the classifier has no experts, or one only.

    A rule for inference alone: train the classifier by itself.
    """

    __test__ = False
    raw: Tensor

    def __init__(self, classifier: nn.Module) -> None:
        super().__init__()
        self.classifier = with_experts(classifier, type(self).__name__)
        self.dim, self.num_classes = self.classifier.dim, self.classifier.num_classes
        self.experts = self.classifier.num_experts
        like = next(classifier.parameters(), torch.empty(0))
        self.register_buffer("raw", like.new_full((self.experts,), 1 / self.experts))

    @property
    def shares(self) -> Tensor:
        """How much each expert counts; () -> (E,), sums to 1."""
        return self.raw.softmax(dim=0)

    def by_expert(self, features: Tensor) -> Tensor:
        """Logits of each expert; (B, E * D) -> (B, E, C)."""
        return unpacked(self.classifier.outputs(features), self.experts)

    def forward(self, features: Tensor) -> Tensor:
        """Logits; (B, E * D) -> (B, C)."""
        return aggregated(self.by_expert(features), self.shares)

    @torch.no_grad()
    def _logits(self, views: Views) -> Views:
        first, second = views
        return self.by_expert(first), self.by_expert(second)

    def fit(
        self,
        views: Callable[[int], Iterable[Views]],
        *,
        epochs: int = 5,
        lr: float = 0.1,
        momentum: float = 0.9,
        weight_decay: float = 5e-4,
        nesterov: bool = True,
    ) -> str:
        """Fit the shares; the choice becomes part of the saved state.

        It stops after an epoch in which a share, to two decimals, has fallen below 0.05, as in the release.

        Args:
            views: gives, for an epoch from 0, batches of features of two augmented views of the same test samples,
                (B, E * D) each, read by the frozen net in evaluation mode (released: B = 128; crops and flips as in
                training, colour jitter with probability 0.8, grey 0.2, blur 0.2 on CIFAR).
            epochs: at most so many (released: 5).
            lr: learning rate of stochastic gradient descent, that of training (released: 0.1 on CIFAR100-LT, 0.025 on
                ImageNet-LT, 0.2 on iNaturalist, 0.01 on Places-LT).
            momentum: of the velocity (released: 0.9).
            weight_decay: on the raw shares before the softmax (released: 5e-4).
            nesterov: whether to look ahead (released: yes); it needs a momentum.

        Returns:
            A sentence that says how the shares came out.
        """
        read = (map(self._logits, views(epoch)) for epoch in range(epochs))
        options = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "nesterov": nesterov}
        for raw in fitted(self.raw, read, **options):
            self.raw.copy_(raw)
            if (self.shares.round(decimals=2) < LEAST).any():
                break
        told = ", ".join(f"{share:.2f}" for share in self.shares.tolist())
        return f"shares {told} of the experts, fitted to test data without labels"


def aggregated(logits: Tensor, shares: Tensor) -> Tensor:
    """The experts' logits together; (B, E, C), (E,) -> (B, C)."""
    return (logits * shares.unsqueeze(1)).sum(dim=1)


def agreement(first: Tensor, second: Tensor, shares: Tensor) -> Tensor:
    """Mean cosine of the probabilities of two views; (B, E, C), (B, E, C), (E,) -> ()."""
    views = (aggregated(logits, shares).softmax(dim=1) for logits in (first, second))
    return F.cosine_similarity(*views, dim=1, eps=1e-6).mean()


def fitted(
    raw: Tensor,
    epochs: Iterable[Iterable[Views]],
    *,
    lr: float,
    momentum: float,
    weight_decay: float,
    nesterov: bool,
) -> Iterator[Tensor]:
    """Raw shares after each epoch of stochastic gradient ascent on the agreement; the velocity goes on.

    Args:
        raw: shares before the softmax to start from, (E,).
        epochs: of each epoch, batches of the logits of two views, (B, E, C) each.
        lr: learning rate.
        momentum: of the velocity.
        weight_decay: on the raw shares.
        nesterov: whether to look ahead.
    """
    raw = raw.detach().clone().requires_grad_()
    optimizer = torch.optim.SGD([raw], lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov)
    for batches in epochs:
        for first, second in batches:
            optimizer.zero_grad()
            with torch.enable_grad():
                (-agreement(first, second, raw.softmax(dim=0))).backward()
            optimizer.step()
        yield raw.detach().clone()

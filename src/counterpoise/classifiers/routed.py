"""Routing: a sample is answered by as many experts as it needs (expert assignment of RIDE)."""

import torch
from torch import Tensor, nn

from counterpoise.classifiers.experts import expert_dim, with_experts
from counterpoise.classifiers.grouping import unit
from counterpoise.errors import InputError
from counterpoise.experts import running_means, unpacked
from counterpoise.net import Classifier


class ExpertRouter(nn.Module):
    """Scores, after each expert but the last, of whether the next one is needed; above 0 it is.

    Expert assignment of RIDE (Wang et al., ICLR 2021), as released. Router i reads the largest mean logits of the
    first i experts, in falling order, and a ReLU layer of its own over the normalised features of expert i. One linear
    layer, shared by all routers, turns both into the score. Training and inference compute the same.

    Args:
        dim: features D of one expert.
        experts: number of experts E; there are E - 1 routers.
        top: how many of the largest logits are read (release: 30 of 100 classes, 50 of 1000 or more).
        hidden: size of the ReLU layers (release: 16).

    Raises:
        InputError: fewer than two experts.
    """

    def __init__(self, dim: int, experts: int, *, top: int = 30, hidden: int = 16) -> None:
        super().__init__()
        if experts < 2:
            raise InputError(f"routing needs two experts or more, but {experts} came; train more of them")
        self.top = top
        self.hidden = nn.ModuleList(nn.Linear(dim, hidden) for _ in range(experts - 1))
        self.shared = nn.Linear(top + hidden, 1)

    def forward(self, features: Tensor, logits: Tensor) -> Tensor:
        """Scores of the routers; features (B, E, D), logits (B, E, C) -> (B, E - 1)."""
        best = running_means(logits)[:, :-1].topk(self.top, dim=2).values
        pairs = zip(self.hidden, unit(features).unbind(dim=1), strict=False)
        read = torch.stack([layer(part) for layer, part in pairs], dim=1).relu()
        return self.shared(torch.cat([best, read], dim=2)).squeeze(2)


class RoutedClassifier(Classifier):
    """A classifier of E trained experts, and routers that say how many of them a sample needs; RIDE's second stage.

    Training and inference differ. In training `outputs` gives the logits of all experts and then the scores of the
    routers, (B, E * C + E - 1), for `RoutingLoss`; a stage must train ``classifier.router`` alone, and the experts are
    frozen when they are wrapped. A call gives the mean of the logits of those experts that the sample needs, (B, C):
    the first one always, the next as long as every router so far asks for it. A call has all features and so saves
    nothing; `counterpoise.backbones.SkippingExperts` does.

    Args:
        classifier: a trained classifier of two experts or more, such as `ExpertsClassifier`.
        top: how many of the largest logits the routers read, at most C (release: 30 of 100 classes, 50 of 1000 or
            more).
        hidden: size of the ReLU layers of the routers (release: 16).

    Raises:
        InputError: the classifier has no experts, or one only.
    """

    def __init__(self, classifier: nn.Module, *, top: int = 30, hidden: int = 16) -> None:
        super().__init__()
        self.classifier = with_experts(classifier.requires_grad_(False), type(self).__name__)
        self.dim, self.num_classes = self.classifier.dim, self.classifier.num_classes
        self.experts = self.classifier.num_experts
        dim, top = expert_dim(self.dim, self.experts), min(top, self.num_classes)
        self.router = ExpertRouter(dim, self.experts, top=top, hidden=hidden)

    def reset_parameters(self) -> None:
        """Draw fresh weights for the routers."""
        for layer in (*self.router.hidden, self.router.shared):
            layer.reset_parameters()  # pyright: ignore[reportCallIssue]

    def routed(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of each expert and scores of the routers; (B, E * D) -> (B, E, C), (B, E - 1)."""
        logits = unpacked(self.classifier.outputs(features), self.experts)
        return logits, self.router(unpacked(features, self.experts), logits)

    def outputs(self, features: Tensor) -> Tensor:
        """Logits of all experts, then scores of the routers; (B, E * D) -> (B, E * C + E - 1)."""
        logits, scores = self.routed(features)
        return torch.cat([logits.flatten(1), scores], dim=1)

    def asked(self, features: Tensor) -> Tensor:
        """Which experts a sample needs; (B, E * D) -> (B, E) bool, never true again after false."""
        return needed(self.routed(features)[1])

    def forward(self, features: Tensor) -> Tensor:
        """Mean of the logits of the experts that are needed; (B, E * D) -> (B, C)."""
        logits, scores = self.routed(features)
        asked = needed(scores).unsqueeze(2).to(logits.dtype)
        return (logits * asked).sum(dim=1) / asked.sum(dim=1)


def needed(scores: Tensor) -> Tensor:
    """Which experts are needed: the first, and others as long as all routers so far say so; (B, E - 1) -> (B, E)."""
    goes_on = (scores > 0).long().cumprod(dim=1).bool()
    return torch.cat([torch.ones_like(goes_on[:, :1]), goes_on], dim=1)

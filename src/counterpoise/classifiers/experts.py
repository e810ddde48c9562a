"""Several classifiers that answer together, each over the features of its own expert."""

from collections.abc import Sequence
from typing import Protocol, cast, runtime_checkable

import torch
from torch import Tensor, nn

from counterpoise.classifiers.cosine import CosineClassifier
from counterpoise.classifiers.grouping import unit
from counterpoise.errors import InputError
from counterpoise.experts import unpacked
from counterpoise.net import Classifier


@runtime_checkable
class Experts(Protocol):
    """The ability that routing and `TestTimeAggregated` need: the logits of each expert."""

    dim: int
    num_classes: int
    num_experts: int

    def outputs(self, features: Tensor) -> Tensor:
        """Logits of all experts, expert after expert; (B, E * D) -> (B, E * C)."""
        ...


def with_experts(classifier: nn.Module, needed_by: str) -> Experts:
    """The classifier, with its experts.

    Raises:
        InputError: it is none of several experts; the message names who needs them.
    """
    if not isinstance(classifier, Experts) or classifier.num_experts < 2:
        raise InputError(
            f"{needed_by} needs a classifier of two experts or more, but {type(classifier).__name__} came; train "
            "with ride or tade"
        )
    return classifier


class ExpertsClassifier(Classifier):
    """E classifiers over the features of E experts, which stand side by side; the answer is their mean.

    The last layer of RIDE (Wang et al., ICLR 2021) with cosine classifiers, see `cosine_experts`, and of any other
    ensemble over an `ExpertBackbone`.

    Training and inference differ: the loss gets the logits of all experts, (B, E * C), from `outputs`
    (`counterpoise.experts.unpacked` cuts them); a call gives the mean of the logits, (B, C), as released.

    Args:
        classifiers: one for each expert, in order, all of them for as many features and classes.

    Raises:
        InputError: no classifier, or classifiers of different sizes.
    """

    def __init__(self, classifiers: Sequence[Classifier]) -> None:
        super().__init__()
        sizes = {(one.dim, one.num_classes) for one in classifiers}
        if len(sizes) != 1:
            raise InputError(
                "experts must have classifiers of one size, but those came of (features, classes) "
                f"{sorted(sizes)}; make them all alike"
            )
        ((self.expert_dim, self.num_classes),) = sizes
        self.classifiers = nn.ModuleList(classifiers)
        self.num_experts, self.dim = len(classifiers), len(classifiers) * self.expert_dim

    def reset_parameters(self) -> None:
        """Draw fresh weights for every expert."""
        for classifier in self.classifiers:
            classifier.reset_parameters()  # pyright: ignore[reportCallIssue]

    def by_expert(self, features: Tensor) -> Tensor:
        """Logits of each expert; (B, E * D) -> (B, E, C)."""
        parts = unpacked(features, self.num_experts).unbind(dim=1)
        pairs = zip(self.classifiers, parts, strict=True)
        return torch.stack([cast(Classifier, classifier)(part) for classifier, part in pairs], dim=1)

    def outputs(self, features: Tensor) -> Tensor:
        """Logits of all experts, expert after expert; (B, E * D) -> (B, E * C)."""
        return self.by_expert(features).flatten(1)

    def forward(self, features: Tensor) -> Tensor:
        """Mean of the logits; (B, E * D) -> (B, C)."""
        return self.by_expert(features).mean(dim=1)


def cosine_experts(dim: int, num_classes: int, *, experts: int, scale: float = 30.0) -> ExpertsClassifier:
    """RIDE's last layer: E cosine classifiers whose weights start with length one.

    Args:
        dim: features of all experts together, E * D.
        num_classes: number of classes C.
        experts: E.
        scale: factor on the cosines, inside the net as in the release (released: 30); losses must not scale again.

    Raises:
        InputError: features that cannot be shared out evenly, or a scale that is not positive.
    """

    def one(dim: int) -> CosineClassifier:
        made = CosineClassifier(dim, num_classes, tau=scale)
        made.weight.data = unit(made.weight.data)
        return made

    return ExpertsClassifier([one(expert_dim(dim, experts)) for _ in range(experts)])


def expert_dim(dim: int, experts: int) -> int:
    """Features of one expert.

    Raises:
        InputError: no expert, or features that cannot be shared out evenly.
    """
    if experts < 1 or dim % experts:
        raise InputError(
            f"{dim} features cannot be shared out among {experts} experts; take a backbone of as many experts"
        )
    return dim // experts

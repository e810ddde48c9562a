"""What a regularizer is."""

from abc import ABC, abstractmethod

from torch import Tensor, nn


class Regularizer(nn.Module, ABC):
    """A penalty on the features of a batch, given their targets.

    Some compare features with a parameter of the net, such as the centroids of its classes. They take it with each
    call and give it a gradient, so it has one owner and one place in a checkpoint.
    """

    @abstractmethod
    def forward(self, features: Tensor, targets: Tensor, *parameters: Tensor) -> Tensor:
        """The penalty; (B, D), (B,) -> ()."""

"""Small nets, and streams with and without labels."""

import torch
from torch import Tensor, nn

from counterpoise.classifiers import LinearClassifier
from counterpoise.data.streams import Batch
from counterpoise.net import Net
from counterpoise.steps import Seen

FEATURES, DIM, CLASSES = 5, 4, 3


def normalized_net() -> Net:
    backbone = nn.Sequential(nn.Linear(FEATURES, DIM), nn.BatchNorm1d(DIM), nn.Tanh())
    return Net(backbone, LinearClassifier(DIM, CLASSES)).double()


def plain_net() -> Net:
    backbone = nn.Sequential(nn.Linear(FEATURES, DIM), nn.Tanh())
    return Net(backbone, LinearClassifier(DIM, CLASSES)).double()


def streams(labeled: int = 6, unlabeled: int = 8) -> dict[str, Batch]:
    """A labeled stream and two views of unlabeled samples."""
    weak = torch.randn(unlabeled, FEATURES, dtype=torch.float64)
    index = torch.arange(unlabeled)
    targets = torch.arange(labeled) % CLASSES
    return {
        "train": Batch(torch.randn(labeled, FEATURES).double(), targets, torch.arange(labeled)),
        "unlabeled": Batch(weak, None, index),
        "strong": Batch(weak + 0.5 * torch.randn_like(weak), None, index),
    }


def joined(batches: dict[str, Batch]) -> Seen:
    """What comes out of the step "join"."""
    train = batches["train"]
    assert train.targets is not None
    return Seen(batches, inputs=train.inputs, index=train.index, mixture=((1.0, train.targets),))


def running_mean(net: nn.Module) -> Tensor:
    """A copy of the first running mean."""
    return next(tensor.clone() for name, tensor in net.state_dict().items() if name.endswith("running_mean"))


def last_weight(net: nn.Module) -> Tensor:
    """The weight of the classifier itself."""
    return net.get_parameter("classifier.linear.weight")


def first_mean(net: nn.Module, inputs: Tensor) -> Tensor:
    """Mean output of the first layer of the backbone."""
    layer = net.get_submodule("backbone.0")
    return layer(inputs).mean(0).detach()

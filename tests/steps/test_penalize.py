import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from counterpoise.classifiers import LinearClassifier, MetaEmbeddingClassifier
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.regularizers import DiscriminativeCentroidLoss, Regularizer
from counterpoise.steps import Penalize, Seen

DIM, CLASSES = 4, 3
FEATURES, TARGETS = torch.arange(8.0).view(2, DIM), torch.tensor([0, 2])


class Pushed(Regularizer):
    """A penalty that tells which targets it was given."""

    def forward(self, features: Tensor, targets: Tensor) -> Tensor:
        return features.sum() * targets.sum()


def net() -> Net:
    return Net(nn.Identity(), MetaEmbeddingClassifier(DIM, CLASSES))


def test_it_adds_a_weighed_term_of_its_own_name() -> None:
    other = torch.ones(())
    before = Seen({}, features=FEATURES, mixture=((1.0, TARGETS),), terms={"loss": other})
    seen = Penalize("push", Pushed(), weight=0.5)(net(), before)
    assert seen.terms.keys() == {"loss", "push"}
    assert seen.terms["loss"] is other
    assert seen.terms["push"].item() == 0.5 * 28 * 2
    assert seen.features is FEATURES
    assert before.terms.keys() == {"loss"}


def test_mixed_targets_give_a_mixture_of_penalties() -> None:
    seen = Seen({}, features=FEATURES, mixture=((0.25, TARGETS), (0.75, TARGETS.flip(0) * 2)))
    term = Penalize("push", Pushed(), weight=1.0)(net(), seen).terms["push"]
    assert term.item() == 0.25 * 28 * 2 + 0.75 * 28 * 4


def test_it_hands_parameters_of_the_net_to_the_regularizer_and_trains_them() -> None:
    learner, loss = net(), DiscriminativeCentroidLoss()
    step = Penalize("centroids", loss, weight=0.1, reads=("classifier.centroids",))
    centroids = learner.classifier.centroids
    assert isinstance(centroids, nn.Parameter)
    term = step(learner, Seen({}, features=FEATURES, mixture=((1.0, TARGETS),))).terms["centroids"]
    assert_close(term, 0.1 * loss(FEATURES, TARGETS, centroids))
    term.backward()
    assert centroids.grad is not None
    assert centroids.grad.count_nonzero(dim=1).tolist() == [DIM, 0, DIM]


def test_it_owns_no_parameter_of_the_net() -> None:
    step = Penalize("centroids", DiscriminativeCentroidLoss(), weight=0.1, reads=("classifier.centroids",))
    assert not list(step.parameters())
    assert not step.state_dict()


def test_a_net_without_the_parameter_is_refused() -> None:
    plain = Net(nn.Identity(), LinearClassifier(DIM, CLASSES))
    step = Penalize("centroids", DiscriminativeCentroidLoss(), weight=0.1, reads=("classifier.centroids",))
    with pytest.raises(
        InputError, match=r"takes the parameter 'classifier\.centroids', but the net has none"
    ):
        step(plain, Seen({}, features=FEATURES, mixture=((1.0, TARGETS),)))


@pytest.mark.parametrize("weight", [-0.1, float("nan")])
def test_a_weight_below_zero_is_refused(weight: float) -> None:
    with pytest.raises(InputError, match="the weight of push must be 0 or more"):
        Penalize("push", Pushed(), weight=weight)

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from counterpoise.steps import Encode, EncodeTogether, FixMatch
from counterpoise.trackers import AdaptiveWeights, FixedThreshold, Trust

from .unlabeled import CLASSES, joined, last_weight, normalized_net, plain_net, running_mean, streams


def test_what_is_sure_in_the_weak_view_is_learned_in_the_strong_one() -> None:
    net, seen = plain_net(), joined(streams(unlabeled=40))
    last_weight(net).data *= 10
    weak, strong = (net(seen.streams[name].inputs) for name in ("unlabeled", "strong"))
    confidences, labels = weak.softmax(1).max(1)
    sure = confidences >= 0.95
    assert 0 < sure.sum() < 40
    term = FixMatch(FixedThreshold())(net, seen).terms["fixmatch"]
    assert_close(term, F.cross_entropy(strong[sure], labels[sure], reduction="sum") / 40)


def test_the_weak_view_gets_no_gradient() -> None:
    net, batches = plain_net(), streams()
    weak, strong = (batches[name].inputs.requires_grad_() for name in ("unlabeled", "strong"))
    seen = EncodeTogether(Encode(), ["unlabeled", "strong"])(net, joined(batches))
    FixMatch(FixedThreshold(threshold=0.0))(net, seen).terms["fixmatch"].backward()
    assert strong.grad is not None
    assert strong.grad.abs().min() > 0
    assert weak.grad is None or not weak.grad.any()


def test_passes_apart_leave_running_statistics_alone() -> None:
    net, seen = normalized_net(), joined(streams())
    before = running_mean(net)
    FixMatch(FixedThreshold())(net, seen)
    assert torch.equal(running_mean(net), before)


def test_nothing_believed_costs_nothing_and_still_has_a_gradient() -> None:
    net, seen = plain_net(), joined(streams())
    term = FixMatch(FixedThreshold(threshold=1.0))(net, seen).terms["fixmatch"]
    assert term.item() == 0
    term.backward()


def test_weights_of_the_pseudo_labels_classes_multiply_the_losses() -> None:
    net, seen = plain_net(), joined(streams())
    trust = AdaptiveWeights(CLASSES, threshold=0.0)
    trust.weights.copy_(torch.tensor([2.0, 0.5, 0.0]))
    labels = net(seen.streams["unlabeled"].inputs).argmax(1)
    losses = F.cross_entropy(net(seen.streams["strong"].inputs), labels, reduction="none")
    wanted = (trust.weights.double()[labels] * losses).mean()
    assert_close(FixMatch(trust)(net, seen).terms["fixmatch"], wanted)


class Watching(Trust):
    """Remembers what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[object] = []

    def forward(self, probabilities: Tensor) -> Tensor:
        """All count."""
        return torch.ones(len(probabilities))

    def observe(self, probabilities: Tensor) -> None:
        """Note it."""
        self.told.append(probabilities)

    def close_epoch(self) -> None:
        """Note it."""
        self.told.append("end")


def test_the_trust_watches_every_step_and_hears_of_the_end() -> None:
    net, seen, trust = plain_net(), joined(streams()), Watching()
    step = FixMatch(trust)
    step(net, seen)
    assert trust.told == []
    step.update(net, seen)
    step.after_epoch(net)
    probabilities, end = trust.told
    assert isinstance(probabilities, Tensor)
    assert_close(
        probabilities.double(),
        net(seen.streams["unlabeled"].inputs).softmax(1).detach(),
        rtol=1e-6,
        atol=1e-7,
    )
    assert end == "end"

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from counterpoise.classifiers import LinearClassifier
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.steps import AuxiliaryBalanced, Encode, Seen
from counterpoise.steps.auxiliary_balanced import drawn_mask

from .unlabeled import CLASSES, DIM, joined, plain_net, streams

COUNTS = torch.tensor([100, 50, 10])


def step(counts: torch.Tensor = COUNTS, threshold: float = 0.0) -> AuxiliaryBalanced:
    return AuxiliaryBalanced(LinearClassifier(DIM, CLASSES), counts, threshold=threshold).double()


def encoded(net: Net, **sizes: int) -> Seen:
    return Encode()(net, joined(streams(**sizes)))


def test_balanced_classes_take_part_with_all_samples() -> None:
    net, part = plain_net(), step(torch.ones(CLASSES))
    seen = encoded(net)
    ((_, targets),) = seen.mixture
    weak, strong = (
        part.classifier(net.features(seen.streams[name].inputs)) for name in ("unlabeled", "strong")
    )
    soft = F.cross_entropy(strong, weak.softmax(1).detach())
    wanted = F.cross_entropy(part.classifier(seen.features), targets) + soft
    assert_close(part(net, seen).terms["abc"], wanted, rtol=1e-6, atol=1e-7)


def test_labeled_samples_of_frequent_classes_are_rarely_chosen() -> None:
    net, part = plain_net(), step()
    seen = encoded(net, labeled=9)
    ((_, targets),) = seen.mixture
    losses = F.cross_entropy(part.classifier(seen.features), targets, reduction="none")
    torch.manual_seed(0)
    found = torch.stack([part.labeled(seen) for _ in range(4000)]).mean()
    keep = torch.tensor([0.1, 0.2, 1.0]).double()[targets]
    assert_close(found, (keep * losses).mean(), rtol=0.05, atol=0)


def test_unlabeled_samples_are_chosen_ever_more_by_class() -> None:
    net, part = plain_net(), step()
    seen = encoded(net, unlabeled=40)
    weak, strong = (
        part.classifier(net.features(seen.streams[name].inputs)) for name in ("unlabeled", "strong")
    )
    losses = F.cross_entropy(strong, weak.softmax(1).detach(), reduction="none")
    keep = torch.tensor([0.1, 0.2, 1.0]).double()[weak.argmax(1)]
    for epoch, wanted in ((0, torch.ones(40).double()), (5, 1 - 0.5 * (1 - keep))):
        part.set_epoch(epoch, 10)
        torch.manual_seed(0)
        found = torch.stack([part.unlabeled(net, seen) for _ in range(2000)]).mean()
        assert_close(found, (wanted * losses).mean(), rtol=0.03, atol=0)


def test_the_unsure_do_not_take_part() -> None:
    net, part = plain_net(), step(threshold=1.0)
    assert part.unlabeled(net, encoded(net)).item() == 0


def test_mixed_targets_give_a_mixture() -> None:
    net, part = plain_net(), step(torch.ones(CLASSES))
    seen = encoded(net)
    ((_, targets),) = seen.mixture
    other = targets.flip(0)
    mixed = part.labeled(replace(seen, mixture=((0.25, targets), (0.75, other))))
    logits = part.classifier(seen.features)
    assert_close(mixed, 0.25 * F.cross_entropy(logits, targets) + 0.75 * F.cross_entropy(logits, other))


def test_the_optimizer_finds_the_classifier_and_the_backbone_learns_too() -> None:
    net, part = plain_net(), step(torch.ones(CLASSES))
    part(net, encoded(net)).terms["abc"].backward()
    assert all(weight.grad is not None for weight in [*part.parameters(), *net.backbone.parameters()])
    assert all(weight.grad is None for weight in net.classifier.parameters())


def test_masks_have_their_probabilities() -> None:
    torch.manual_seed(0)
    found = torch.stack([drawn_mask(torch.tensor([0.0, 0.3, 1.0])) for _ in range(2000)]).float().mean(0)
    assert_close(found, torch.tensor([0.0, 0.3, 1.0]), rtol=0, atol=0.03)


def test_a_threshold_is_a_probability() -> None:
    with pytest.raises(InputError, match="a threshold must lie in"):
        step(threshold=2.0)

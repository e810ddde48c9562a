import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.testing import assert_close

from counterpoise.classifiers import LinearClassifier
from counterpoise.data.streams import Batch
from counterpoise.losses import CrossEntropy, Deferred, FocalLoss
from counterpoise.net import Classifier, Net
from counterpoise.steps import Encode, Join, Score, Seen, Supervise, Track, supervised, total
from counterpoise.trackers import HeadDirection

DIM, CLASSES = 4, 3


def small_net() -> Net:
    return Net(nn.Sequential(nn.Linear(6, DIM), nn.ReLU()), LinearClassifier(DIM, CLASSES))


def batch(size: int, first: int = 0, labeled: bool = True) -> Batch:
    targets = torch.arange(first, first + size) % CLASSES if labeled else None
    return Batch(torch.randn(size, 6), targets, torch.arange(first, first + size))


def test_join_takes_a_single_stream_as_it_is() -> None:
    only = batch(5)
    seen = Join()(small_net(), Seen({"train": only}))
    assert seen.inputs is only.inputs
    assert seen.index is only.index
    assert seen.mixture == ((1.0, only.targets),)


def test_join_puts_labeled_streams_together_in_order() -> None:
    first, unlabeled, second = batch(3), batch(4, labeled=False), batch(2, first=10)
    seen = Join()(small_net(), Seen({"train": first, "unlabeled": unlabeled, "more": second}))
    assert torch.equal(seen.inputs, torch.cat([first.inputs, second.inputs]))
    assert seen.index.tolist() == [0, 1, 2, 10, 11]
    ((share, targets),) = seen.mixture
    assert share == 1.0
    assert targets.tolist() == [0, 1, 2, 1, 2]


def test_encode_and_score_are_the_two_halves_of_the_net() -> None:
    net, inputs = small_net(), torch.randn(5, 6)
    seen = Score()(net, Encode()(net, Seen({}, inputs=inputs)))
    assert torch.equal(seen.features, net.features(inputs))
    assert torch.equal(seen.outputs, net(inputs))


def test_score_gives_the_loss_what_the_classifier_has_for_it() -> None:
    class Twice(Classifier):
        def forward(self, features: Tensor) -> Tensor:
            return features

        def outputs(self, features: Tensor) -> Tensor:
            return torch.stack([features, features])

    seen = Score()(Net(nn.Identity(), Twice()), Seen({}, features=torch.ones(5, DIM)))
    assert seen.outputs.shape == (2, 5, DIM)


def test_supervise_adds_the_loss_and_keeps_other_terms() -> None:
    logits, targets, other = torch.randn(5, CLASSES), torch.tensor([0, 1, 2, 0, 1]), torch.ones(())
    before = Seen({}, outputs=logits, mixture=((1.0, targets),), terms={"penalty": other})
    seen = Supervise(CrossEntropy())(small_net(), before)
    assert seen.terms.keys() == {"penalty", "loss"}
    assert seen.terms["penalty"] is other
    assert_close(seen.terms["loss"], F.cross_entropy(logits, targets))
    assert before.terms.keys() == {"penalty"}


def test_mixed_targets_give_a_mixture_of_losses() -> None:
    logits, some, others = torch.randn(3, CLASSES), torch.tensor([0, 1, 2]), torch.tensor([2, 2, 0])
    seen = Seen({}, outputs=logits, mixture=((0.3, some), (0.7, others)))
    term = Supervise(CrossEntropy())(small_net(), seen).terms["loss"]
    assert_close(term, 0.3 * F.cross_entropy(logits, some) + 0.7 * F.cross_entropy(logits, others))


def test_track_updates_the_direction_and_passes_the_batch_on() -> None:
    tracker = HeadDirection(DIM)
    step, seen = Track({"all": tracker}), Seen({}, features=torch.full((5, DIM), 2.0))
    assert step(small_net(), seen) is seen
    assert tracker.average.count_nonzero() == 0
    step.update(small_net(), seen)
    assert tracker.average.tolist() == [2.0] * DIM


def test_track_keeps_the_momentum_of_its_tracker_unless_told_otherwise() -> None:
    plain, scheduled = HeadDirection(DIM, momentum=0.7), HeadDirection(DIM, momentum=0.7)
    Track({"all": plain}).set_epoch(3, 10)
    Track({"all": scheduled}, lambda epoch, epochs: epoch / epochs).set_epoch(3, 10)
    assert plain.momentum == 0.7
    assert scheduled.momentum == 0.3


def test_supervised_learning_is_the_plain_loss_of_the_net() -> None:
    net, objective, given = small_net(), supervised(CrossEntropy()), batch(7)
    loss = total(objective(net, {"train": given}).terms)
    produced = torch.autograd.grad(loss, list(net.parameters()))
    assert given.targets is not None
    wanted_loss = F.cross_entropy(net(given.inputs), given.targets)
    assert list(objective.steps) == ["join", "encode", "score", "loss"]
    assert_close(loss, wanted_loss)
    for gradient, wanted in zip(
        produced, torch.autograd.grad(wanted_loss, list(net.parameters())), strict=True
    ):
        assert_close(gradient, wanted)


def test_a_deferred_loss_hears_the_time() -> None:
    outputs, targets = torch.randn(5, CLASSES), torch.arange(5) % CLASSES
    seen = Seen({}, outputs=outputs, mixture=((1.0, targets),))
    before, after = CrossEntropy(), FocalLoss(gamma=2.0)
    objective = supervised(Deferred(before, after, start=3))
    for epoch, wanted in ((2, before), (3, after)):
        objective.set_epoch(epoch, 5)
        term = objective["loss"](small_net(), seen).terms["loss"]
        assert_close(term, wanted(outputs, targets), rtol=0, atol=0)


def two_places() -> tuple[Net, Seen]:
    """A net with a classifier for each of two places, and what they look at."""

    class Two(Net):
        @property
        def classifiers(self) -> dict[str, Classifier]:
            return {"box0": self.classifier, "box1": other}

    other = LinearClassifier(DIM, CLASSES)
    sites = {
        place: Seen(
            {},
            features=torch.randn(size, DIM),
            mixture=((1.0, torch.arange(size) % CLASSES),),
            foreground=torch.arange(size) % CLASSES > 0,
            weight=weight,
        )
        for place, size, weight in (("box0", 7, 1.0), ("box1", 5, 0.25))
    }
    return Two(nn.Identity(), LinearClassifier(DIM, CLASSES)), Seen({}, sites=sites)


def test_each_classifier_scores_its_own_site() -> None:
    net, seen = two_places()
    scored = Score()(net, seen)
    for place, classifier in net.classifiers.items():
        assert torch.equal(scored.sites[place].outputs, classifier(seen.sites[place].features))
    assert scored.outputs is None


def test_sites_are_supervised_by_their_weights() -> None:
    net, seen = two_places()
    losses = [
        F.cross_entropy(net.classifiers[place](look.features), look.mixture[0][1])
        for place, look in seen.sites.items()
    ]
    term = Supervise(CrossEntropy())(net, Score()(net, seen)).terms["loss"]
    assert_close(term, losses[0] + 0.25 * losses[1])


def test_each_place_has_the_direction_of_its_foreground() -> None:
    net, seen = two_places()
    track = Track({place: HeadDirection(DIM) for place in net.classifiers})
    track.update(net, seen)
    for place, look in seen.sites.items():
        assert_close(track.at(place).average, look.features[look.foreground].mean(dim=0))
    track.set_epoch(0, 1)
    assert track.at("box1").momentum == 0.9


def test_all_places_follow_one_momentum() -> None:
    track = Track(
        {"box0": HeadDirection(DIM), "box1": HeadDirection(DIM)}, lambda epoch, epochs: epoch / epochs
    )
    track.set_epoch(1, 2)
    assert [track.at(place).momentum for place in ("box0", "box1")] == [0.5, 0.5]

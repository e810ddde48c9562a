"""What a task makes of scores."""

from pathlib import Path

import torch

from counterpoise.data.data import Data
from counterpoise.predictors import Tempered
from counterpoise.recipes import cross_entropy
from counterpoise.training.encode import encode
from counterpoise.training.reading import CLASSES, Reading


def test_the_reading_of_classes_measures_and_tabulates_the_same_scores(tiny: Data) -> None:
    net, split = cross_entropy(tiny).net(), tiny.splits["test"]
    evaluation, found = CLASSES.measure(net, tiny, "test", encode(net, split, tiny.facts))
    table = CLASSES.table(split.names, tiny.facts, found, split.targets)
    assert (table.label == table.target).mean() == evaluation["overall"]


def test_nothing_is_put_around_a_predictor_unless_a_task_says_so(tiny: Data) -> None:
    net = cross_entropy(tiny).net()
    assert Reading(CLASSES.measure, CLASSES.table).finish(net, torch.ones(4)) is net


def test_a_temperature_is_put_around_a_classifier_with_the_prior_that_it_answers_for(tiny: Data) -> None:
    net, prior = cross_entropy(tiny).net(), torch.tensor([0.4, 0.3, 0.2, 0.1])
    finished = CLASSES.finish(net, prior)
    assert isinstance(finished.classifier, Tempered)
    assert finished.classifier.classifier is net.classifier
    assert torch.equal(finished.classifier.prior, prior)
    assert not finished.classifier.given


def test_a_task_looks_at_features_and_leaves_nothing_else_unless_it_says_so(
    tiny: Data, tmp_path: Path
) -> None:
    assert CLASSES.look is encode
    CLASSES.leave(tmp_path, tiny.splits["test"], tiny.facts, torch.zeros(8, 4))
    assert not list(tmp_path.iterdir())

"""What a task makes of scores."""

import torch

from counterpoise.data.data import Data
from counterpoise.recipes import cross_entropy
from counterpoise.training.encode import encode
from counterpoise.training.reading import CLASSES, as_it_is


def test_the_reading_of_classes_measures_and_tabulates_the_same_scores(tiny: Data) -> None:
    net, split = cross_entropy(tiny).net(), tiny.splits["test"]
    evaluation, found = CLASSES.measure(net, tiny, "test", encode(net, split, tiny.facts))
    table = CLASSES.table(split.names, tiny.facts, found, split.targets)
    assert (table.label == table.target).mean() == evaluation["overall"]


def test_nothing_is_put_around_a_predictor_unless_a_task_says_so(tiny: Data) -> None:
    net = cross_entropy(tiny).net()
    assert as_it_is(net, torch.ones(4)) is net

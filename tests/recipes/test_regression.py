"""Plain regression."""

import pytest
import torch

from counterpoise.classifiers import LinearRegressor
from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.losses import HuberLoss, L1Loss, MSELoss, Standardized
from counterpoise.recipes import cross_entropy, regression
from counterpoise.steps import Supervise
from counterpoise.training import Experiment, Now, Training
from counterpoise.training.regression import VALUES

TRAINING = Training(epochs=2, batch_size=8)


def loss_of(experiment: Experiment):
    step = experiment.stages[0].objective(Now(experiment.data, experiment.net()))["loss"]
    assert isinstance(step, Supervise)
    return step.loss


@pytest.mark.parametrize(("name", "kind"), [("l1", L1Loss), ("l2", MSELoss), ("huber", HuberLoss)])
def test_each_name_has_its_loss(name, kind: type, tiny_values: Data) -> None:
    assert type(loss_of(regression(tiny_values, loss=name, standardize=False))) is kind
    scaled = loss_of(regression(tiny_values, loss=name))
    assert isinstance(scaled, Standardized)
    assert type(scaled.loss) is kind


def test_the_net_starts_at_the_mean_of_the_training_targets(tiny_values: Data) -> None:
    experiment = regression(tiny_values, training=TRAINING)
    targets = tiny_values.splits["train"].targets
    layer = experiment.net().classifier
    assert isinstance(layer, LinearRegressor)
    assert layer.mean.item() == pytest.approx(targets.mean().item())
    assert layer.scale.item() == pytest.approx(targets.std().item())
    assert experiment.reading is VALUES
    plain = regression(tiny_values, training=TRAINING, standardize=False).net().classifier
    assert (plain.mean.item(), plain.scale.item()) == (0, 1)


def test_other_tasks_are_refused(tiny: Data, tiny_values: Data) -> None:
    with pytest.raises(InputError, match=r"recipes for it are .*regression"):
        cross_entropy(tiny_values)
    with pytest.raises(
        InputError, match="regression is for regression, but made-up is data for classification"
    ):
        regression(tiny)


def test_rows_of_a_table_have_no_augmentation(tiny_rows: Data) -> None:
    assert regression(tiny_rows, training=TRAINING).net()(torch.randn(2, 3)).shape == (2,)
    with pytest.raises(InputError, match="rows of a table have no augmentation, but crop came"):
        regression(tiny_rows, training=Training(augmentation="crop"))


def test_published_errors_are_in_years() -> None:
    published = {(claim.data, claim.metric): claim.value for claim in regression.word.claim}  # pyright: ignore
    assert published == {
        ("IMDB-WIKI-DIR", "bMAE"): 13.92,
        ("IMDB-WIKI-DIR", "MAE"): 8.06,
        ("AgeDB-DIR", "bMAE"): 9.72,
        ("AgeDB-DIR", "MAE"): 7.57,
    }

"""Bins at several levels: what is trained, what is adjusted, what is distilled, and what is refused."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from counterpoise.classifiers import HierarchicalClassifier, SoftplusClassifier
from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.predictors import HierarchyProduct, HierarchySum, MostLikelyValue
from counterpoise.recipes import (
    classification_for_regression,
    fds,
    hca,
    hca_add,
    hca_d,
    hca_mul,
    hierarchy_sum,
    lds,
    range_preserving_distillation,
    ranksim,
    regression,
    summation_distillation,
)
from counterpoise.recipes.compose import recreate
from counterpoise.training import Experiment, Hardware, Now, Training, run
from counterpoise.training.checkpoint import load_tensors

CPU = Hardware("cpu", "32")
TRAINING = Training(epochs=3, batch_size=8, lr=0.05)


def predicted_by(experiment: Experiment) -> list[type]:
    """The layers of the predictor, outermost first."""
    now = Now(experiment.data, experiment.net())
    for stage in experiment.stages:
        now = replace(now, net=stage.prepare(now))
    layer, found = experiment.predictor(now).classifier, []
    while isinstance(layer, MostLikelyValue | HierarchySum | HierarchyProduct):
        found.append(type(layer))
        layer = layer.classifier
    return [*found, type(layer)]


@pytest.mark.parametrize(
    ("recipe", "layers"),
    [
        (hca, [MostLikelyValue, HierarchicalClassifier]),
        (hca_add, [MostLikelyValue, HierarchySum, HierarchicalClassifier]),
        (hca_mul, [MostLikelyValue, HierarchyProduct, HierarchicalClassifier]),
        (hca_d, [MostLikelyValue, SoftplusClassifier]),
    ],
)
def test_the_adjustment_lies_below_the_decoding(recipe, layers: list[type], tiny_values: Data) -> None:
    assert predicted_by(recipe(tiny_values, training=TRAINING)) == layers


def test_answers_are_means_of_training_targets(tiny_values: Data, tmp_path: Path) -> None:
    run(classification_for_regression(tiny_values, training=TRAINING), tmp_path, hardware=CPU)
    _, predictor = recreate(tmp_path)
    found = predictor(torch.rand(20, *tiny_values.facts.shape))
    assert set(found.tolist()) <= {20.0, 21.0, 22.0, 23.0}


@pytest.mark.parametrize("distillation", [range_preserving_distillation, summation_distillation])
def test_in_the_second_stage_the_student_alone_moves(distillation, tiny_values: Data, tmp_path: Path) -> None:
    training = Training(epochs=5, batch_size=8, lr=0.05, backbone="resnet32")
    experiment = distillation(hca(tiny_values, training=training))
    assert [stage.epochs for stage in experiment.stages] == [5, 1]
    run(experiment, tmp_path, hardware=CPU)
    before, _ = load_tensors(tmp_path / "checkpoints" / "0-main.safetensors")
    after, _ = load_tensors(tmp_path / "checkpoints" / "1-distillation.safetensors")
    backbone = [name for name in before if name.startswith("net/backbone.")]
    assert all(torch.equal(before[name], after[name]) for name in backbone)
    teacher = [name for name in before if name.startswith("net/classifier.")]
    moved = "net/classifier.teacher."
    assert all(torch.equal(before[n], after[n.replace("net/classifier.", moved)]) for n in teacher)


@pytest.mark.parametrize(("role", "step"), [("main", 6), ("main", 14), ("finetune", 6)])
def test_halted_in_either_stage_it_ends_with_the_same_bits(
    halting: Callable[..., Experiment],
    role,
    step: int,
    make_data: Callable[..., Data],
    tiny_values: Data,
    tmp_path: Path,
) -> None:
    training = Training(epochs=5, batch_size=4, lr=0.05)
    smoothed = fds(ranksim(lds(hca(tiny_values, training=training)), weight=0.1), kernel_size=3)
    experiment = range_preserving_distillation(smoothed, length=0.6)
    run(experiment, tmp_path / "whole", hardware=CPU)
    stopped = halting(experiment, step, role)
    with pytest.raises(KeyError, match="halted"):
        run(stopped, tmp_path / "halted", hardware=CPU, checkpoint_seconds=0)
    run(experiment, tmp_path / "halted", hardware=CPU)
    for name in ("metrics.csv", "evaluation.json", "checkpoints/predictor.safetensors"):
        assert (tmp_path / "halted" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_what_has_no_levels_is_refused(tiny_values: Data) -> None:
    with pytest.raises(InputError, match="regression has no bins of several levels; train with hca"):
        hierarchy_sum(regression(tiny_values, training=TRAINING))
    with pytest.raises(InputError, match="distillation needs a classifier with several levels"):
        range_preserving_distillation(classification_for_regression(tiny_values, training=TRAINING))
    with pytest.raises(InputError, match="levels must be 2 or more, but 1 came"):
        hca(tiny_values, training=TRAINING, levels=1)

"""A run from its folder's point of view: whose it is, what it holds, and how to repeat it."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest
import torch

from counterpoise.data.data import Data
from counterpoise.data.sources import Source, load
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.recipes import cross_entropy, deconfound_tde, detection_deconfound_tde
from counterpoise.recipes.compose import compose
from counterpoise.steps import Seen, Step
from counterpoise.training import Call, Experiment, Hardware, Training, run
from counterpoise.training.checkpoint import load_tensors, save_tensors
from counterpoise.training.conclusion import PREDICTOR, answered_prior, calibration_set
from counterpoise.training.sample_pictures import PICTURES

CPU = Hardware("cpu", "32")
RESULTS = (
    "metrics.csv",
    "evaluation.json",
    "predictions.parquet",
    "choices.json",
    "checkpoints/predictor.safetensors",
)
SOURCE = Source("digits", imbalance="exponential", ratio=10)


class Done(NamedTuple):
    """A finished run of digits."""

    folder: Path
    evaluation: dict[str, Any]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """One epoch of De-confound-TDE on long-tailed digits."""
    folder = tmp_path_factory.mktemp("done")
    experiment = deconfound_tde(load(SOURCE), training=Training(epochs=1, batch_size=64), groups=4)
    return Done(folder, run(experiment, folder, seed=11, hardware=CPU, source=vars(SOURCE)))


def same(first: Path, second: Path) -> list[str]:
    """Results of two folders that differ."""
    return [name for name in RESULTS if (first / name).read_bytes() != (second / name).read_bytes()]


def test_run_json_is_enough_to_repeat_the_run(done: Done, tmp_path: Path) -> None:
    asked = json.loads((done.folder / "run.json").read_text())
    data = load(Source(**asked["source"]))
    calls = [Call(call["word"], call["arguments"]) for call in asked["calls"]]
    experiment = compose(data, Training(**asked["training"]), calls)
    run(experiment, tmp_path, seed=asked["seed"], hardware=CPU, source=asked["source"])
    assert same(done.folder, tmp_path) == []
    assert json.loads((tmp_path / "run.json").read_text()) == asked


def test_run_json_has_the_notes_of_the_experiment(tmp_path: Path) -> None:
    experiment = cross_entropy(load(SOURCE), training=Training(epochs=1, batch_size=256))
    experiment = replace(experiment, notes=("loaded 3 of 4",))
    run(experiment, tmp_path, hardware=CPU)
    assert json.loads((tmp_path / "run.json").read_text())["notes"] == ["loaded 3 of 4"]
    assert run(experiment, tmp_path, hardware=CPU)["split"] == "test"
    with pytest.raises(InputError, match=r"holds another run \(its notes differ\)"):
        run(replace(experiment, notes=()), tmp_path, hardware=CPU)


def test_run_json_says_what_else_may_change_the_bits(done: Done) -> None:
    environment = json.loads((done.folder / "run.json").read_text())["environment"]
    assert (
        environment["torch"] == torch.__version__.partition("+")[0]
        or environment["torch"] == torch.__version__
    )
    assert environment["device"] == "cpu"
    assert environment["threads"] == torch.get_num_threads()


def test_the_drawn_images_are_written_down(done: Done) -> None:
    data = load(SOURCE)
    drawn = json.loads((done.folder / "drawn.json").read_text())["indices_into_the_source_train_split"]
    assert drawn == data.drawn.tolist()
    whole = load(replace(SOURCE, imbalance="none"))
    assert whole.splits["train"].targets[drawn].tolist() == data.splits["train"].targets.tolist()


def test_another_seed_gives_other_numbers(done: Done, tmp_path: Path) -> None:
    experiment = deconfound_tde(load(SOURCE), training=Training(epochs=1, batch_size=64), groups=4)
    run(experiment, tmp_path, seed=12, hardware=CPU, source=vars(SOURCE))
    assert "metrics.csv" in same(done.folder, tmp_path)


class Refuses(Step):
    """Cannot be trained."""

    def forward(self, net: Net, seen: Seen) -> Seen:
        """Fails."""
        raise AssertionError("a finished stage was trained again")


def test_a_finished_folder_is_not_trained_again(done: Done) -> None:
    experiment = deconfound_tde(load(SOURCE), training=Training(epochs=1, batch_size=64), groups=4)
    idle = experiment.change(objective=lambda objective, now, stage: objective.after("loss", idle=Refuses()))
    before = {path: path.read_bytes() for path in done.folder.rglob("*") if path.is_file()}
    found = run(idle, done.folder, seed=11, hardware=CPU, source=vars(SOURCE))
    assert found == done.evaluation
    assert {path: path.read_bytes() for path in done.folder.rglob("*") if path.is_file()} == before


def test_choices_are_made_once(done: Done, tmp_path: Path) -> None:
    """A finished run goes on with the alpha that it has, whatever the validation images say now."""
    shutil.copytree(done.folder, tmp_path / "run")
    path = tmp_path / "run" / PREDICTOR
    tensors, facts = load_tensors(path)
    save_tensors(path, tensors | {"predictor/classifier.classifier.alpha": torch.tensor(4.75)}, facts)
    experiment = deconfound_tde(load(SOURCE), training=Training(epochs=1, batch_size=64), groups=4)
    (tmp_path / "run" / "evaluation.json").unlink()
    found = run(experiment, tmp_path / "run", seed=11, hardware=CPU, source=vars(SOURCE))
    assert found["alpha"]["value"] == 4.75


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"groups": 2}, "calls"),
        ({"alpha": 1.0}, "calls"),
        ({"training": Training(epochs=2, batch_size=64)}, "training"),
        ({"seed": 12}, "seed"),
        ({"source": {"data": "elsewhere"}}, "source"),
        ({"hardware": Hardware("cpu", "bf16")}, "precision"),
    ],
)
def test_the_folder_of_another_run_is_refused_and_left_alone(
    change: dict[str, Any], named: str, done: Done
) -> None:
    asked = {"training": Training(epochs=1, batch_size=64), "groups": 4, "seed": 11, "hardware": CPU}
    asked |= {"source": vars(SOURCE), **change}
    how = {key: asked.pop(key) for key in ("seed", "hardware", "source")}
    before = (done.folder / "run.json").read_bytes()
    with pytest.raises(InputError, match=rf"holds another run \(its {named} differ\); choose another --out"):
        run(deconfound_tde(load(SOURCE), **asked), done.folder, **how)
    assert (done.folder / "run.json").read_bytes() == before


def test_other_data_in_the_same_folder_are_refused(done: Done) -> None:
    data = load(replace(SOURCE, ratio=20))
    experiment = deconfound_tde(data, training=Training(epochs=1, batch_size=64), groups=4)
    with pytest.raises(InputError, match=r"its facts differ"):
        run(experiment, done.folder, seed=11, hardware=CPU, source=vars(SOURCE))


def test_a_negative_seed_is_refused_before_anything_is_written(tiny: Data, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected seeds of 0 or more"):
        run(cross_entropy(tiny), tmp_path / "run", seed=-1, hardware=CPU)
    assert not (tmp_path / "run").exists()


def test_the_net_starts_from_the_seed(tiny: Data, tmp_path: Path) -> None:
    """With a rate so small that nothing moves, the trained weights are the first ones."""
    training = Training(epochs=1, batch_size=16, lr=1e-30, weight_decay=0.0)
    run(cross_entropy(tiny, training=training), tmp_path, seed=7, hardware=CPU)
    torch.manual_seed(7)
    fresh = cross_entropy(tiny, training=training).net()
    tensors, _ = load_tensors(tmp_path / "checkpoints" / "0-main.safetensors")
    assert all(torch.equal(tensors[f"net/{name}"], value) for name, value in fresh.state_dict().items())


def adamw(experiment: Experiment) -> Experiment:
    """The same with another optimizer, whose state has several tensors and counts."""
    (stage,) = experiment.stages
    stage = replace(stage, optimizer=lambda groups: torch.optim.AdamW(groups, lr=1e-3, betas=(0.8, 0.95)))
    return replace(experiment, stages=(stage,))


@pytest.mark.parametrize("precision", ["32", "bf16"])
def test_any_optimizer_net_and_precision_goes_on_to_the_same_bits(
    halting: Callable[..., Experiment], precision: Any, make_data: Callable[..., Data], tmp_path: Path
) -> None:
    training = Training(epochs=3, batch_size=6, backbone="resnet32", lr=0.01)
    experiment = adamw(deconfound_tde(make_data((8, 5, 3), size=12), training=training))
    hardware = Hardware("cpu", precision)
    run(experiment, tmp_path / "whole", hardware=hardware)
    stopped = halting(experiment, 4)
    with pytest.raises(KeyError, match="halted"):
        run(stopped, tmp_path / "halted", hardware=hardware, checkpoint_seconds=0)
    assert load_tensors(tmp_path / "halted" / "checkpoints" / "last.safetensors")[1]["epochs_done"] == 1
    run(experiment, tmp_path / "halted", hardware=hardware)
    assert same(tmp_path / "whole", tmp_path / "halted") == []


def test_a_run_of_an_earlier_version_has_no_known_prior(tmp_path: Path) -> None:
    (tmp_path / "choices.json").write_text('{"choices": []}')
    with pytest.raises(InputError, match="a run of an earlier version, whose class prior is not known"):
        answered_prior(tmp_path)


def detected(data: Data) -> Experiment:
    """De-confound-TDE over the three stages of a small cascade, one epoch, with validation pictures."""
    training = Training(epochs=1, batch_size=8, lr=0.01, detector="cascade_rcnn", workers=0)
    sizes = {**data.facts.split_sizes, "val": len(data.splits["test"])}
    splits = {**data.splits, "val": data.splits["test"]}
    data = Data(replace(data.facts, split_sizes=sizes), splits)
    return detection_deconfound_tde(data, training=training)


def test_a_detector_is_trained_and_measured_and_its_choices_need_no_features(
    tiny_scenes: Data, tmp_path: Path
) -> None:
    evaluation = run(detected(tiny_scenes), tmp_path, hardware=CPU)
    assert evaluation["task"] == "detection"
    assert evaluation["choices"] == ["alpha 1.5, as given"], "once, of three stages"
    assert json.loads((tmp_path / "evaluation.json").read_text()) == evaluation
    table = pd.read_parquet(tmp_path / "predictions.parquet")
    assert table.columns.tolist() == ["path", "label", "score", "x1", "y1", "x2", "y2"]
    assert set(table.path) <= set(tiny_scenes.splits["test"].names)
    assert (tmp_path / PICTURES).exists()
    again = run(detected(tiny_scenes), tmp_path, hardware=CPU)
    assert again == evaluation


def test_strengths_are_not_chosen_on_pictures_with_objects(tiny_scenes: Data) -> None:
    net = detected(tiny_scenes).net()
    features, targets = calibration_set(net, tiny_scenes, CPU, unlabeled=False)
    assert (len(features), targets) == (0, None)
    with pytest.raises(InputError, match="cannot be chosen on pictures with objects; give each as a number"):
        calibration_set(net, tiny_scenes, CPU, unlabeled=True)

"""The second stage moves the classifier alone, goes on after a halt, and inference rules read real features."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from counterpoise.data.data import Data
from counterpoise.net import Net
from counterpoise.recipes import bbn, cross_entropy, crt, deconfound, lws, ncm, oltr, tau_normalization, tde
from counterpoise.recipes.compose import recreate
from counterpoise.training import Experiment, Hardware, Training, run
from counterpoise.training.checkpoint import load_tensors
from counterpoise.training.encode import encode

CPU = Hardware("cpu", "32")
TRAINING = Training(epochs=4, batch_size=8, backbone="resnet32", lr=0.05)


@pytest.fixture(scope="module")
def data(make_data: Callable[..., Data]) -> Data:
    return make_data((9, 4, 2, 1))


def moved(experiment: Experiment, folder: Path) -> set[str]:
    """What the second stage changed, by name."""
    run(experiment, folder, hardware=CPU)
    (main, second) = sorted((folder / "checkpoints").glob("[01]-*.safetensors"))
    before, _ = load_tensors(main)
    after, _ = load_tensors(second)
    return {
        name for name, value in after.items() if name not in before or not torch.equal(value, before[name])
    }


def test_crt_trains_a_fresh_classifier_over_a_frozen_backbone(data: Data, tmp_path: Path) -> None:
    experiment = crt(cross_entropy(data, training=TRAINING), length=0.5)
    assert [stage.epochs for stage in experiment.stages] == [4, 2]
    assert moved(experiment, tmp_path) == {"net/classifier.linear.weight", "net/classifier.linear.bias"}


def test_running_statistics_are_all_that_moves_besides(data: Data, tmp_path: Path) -> None:
    experiment = crt(cross_entropy(data, training=TRAINING), batch_norm="running")
    changed = {name for name in moved(experiment, tmp_path) if name.startswith("net/backbone.")}
    assert changed
    assert all(name.endswith(("running_mean", "running_var", "num_batches_tracked")) for name in changed)


def test_lws_trains_one_number_for_each_class(data: Data, tmp_path: Path) -> None:
    experiment = lws(cross_entropy(data, training=TRAINING))
    changed = moved(experiment, tmp_path)
    wrapped = {"net/classifier.classifier.linear.weight", "net/classifier.classifier.linear.bias"}
    assert changed == {"net/classifier.scale"} | wrapped  # the wrapped ones have a new name alone
    main, _ = load_tensors(tmp_path / "checkpoints" / "0-main.safetensors")
    second, _ = load_tensors(tmp_path / "checkpoints" / "1-lws.safetensors")
    for name in ("weight", "bias"):
        assert torch.equal(
            main[f"net/classifier.linear.{name}"], second[f"net/classifier.classifier.linear.{name}"]
        )
    assert not torch.equal(second["net/classifier.scale"], torch.ones(4))


def files(folder: Path) -> dict[str, bytes]:
    kept = ("*.json", "metrics.csv", "*.parquet", "checkpoints/*")
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for pattern in kept
        for path in folder.glob(pattern)
        if path.name != "cost.json"
    }


@pytest.mark.parametrize(
    "build",
    [
        lambda data: crt(cross_entropy(data, training=TRAINING), length=0.75),
        lambda data: crt(cross_entropy(data, training=TRAINING), length=0.75, batch_norm="running"),
        lambda data: lws(cross_entropy(data, training=TRAINING), length=0.75),
        lambda data: tde(crt(deconfound(data, training=TRAINING), length=0.75)),
        lambda data: oltr(data, training=TRAINING),
        lambda data: bbn(data, training=TRAINING),
    ],
    ids=["crt", "crt-running", "lws", "deconfound-crt-tde", "oltr", "bbn"],
)
@pytest.mark.parametrize("at", [3, 2])
def test_halted_anywhere_it_ends_with_the_same_bits(
    halting: Callable[..., Experiment],
    build: Callable[[Data], Experiment],
    at: int,
    data: Data,
    tmp_path: Path,
) -> None:
    experiment = build(data)
    run(experiment, tmp_path / "whole", hardware=CPU)
    role = "finetune" if len(experiment.stages) > 1 and at == 3 else "main"
    stopped = halting(experiment, at, role)
    with pytest.raises(KeyError, match="halted"):
        run(stopped, tmp_path / "halted", hardware=CPU, checkpoint_seconds=0)
    run(experiment, tmp_path / "halted", hardware=CPU)
    assert files(tmp_path / "halted") == files(tmp_path / "whole")


def test_ncm_takes_the_means_of_plain_training_features(data: Data, tmp_path: Path) -> None:
    experiment = ncm(cross_entropy(data, training=TRAINING), features="raw")
    run(experiment, tmp_path, hardware=CPU)
    _, predictor = recreate(tmp_path)
    split = data.splits["train"]
    features = encode(predictor, split, data.facts)
    for number in range(4):
        expected = features[split.targets == number].double().mean(dim=0).float()
        torch.testing.assert_close(means(predictor)[number], expected)


def means(predictor: Net) -> Tensor:
    (found,) = (buffer for name, buffer in predictor.named_buffers() if name.endswith("class_means"))
    return found


def test_tau_is_chosen_on_the_validation_split(tiny: Data, tmp_path: Path) -> None:
    experiment = tau_normalization(cross_entropy(tiny, training=TRAINING))
    evaluation = run(experiment, tmp_path, hardware=CPU)
    assert any(choice.startswith("tau ") for choice in evaluation["choices"])

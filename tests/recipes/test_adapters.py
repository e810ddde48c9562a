"""Light fine-tuning: adapters and classifier move, all else keeps its bits, and every command goes on working."""

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.testing import assert_close

from counterpoise.backbones import image_backbone
from counterpoise.backbones.adapted import merged
from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.losses import LogitAdjustedLoss
from counterpoise.recipes import (
    class_name_init,
    cosine,
    cross_entropy,
    decouple_crt,
    deferred_reweighting,
    init,
    light_fine_tuning,
    low_rank_adapters,
    regression,
    rotation,
    self_training,
    tde,
)
from counterpoise.recipes.adapters import starts_learned
from counterpoise.recipes.compose import recreate
from counterpoise.steps import Supervise
from counterpoise.training import Experiment, Now, Training, run
from counterpoise.training.checkpoint import load_tensors
from counterpoise.training.journal import LAST
from counterpoise.training.modes import parameter_groups, set_modes

from .finished import CPU, assert_recreated, below, differing, same, tensors

peft = pytest.importorskip("peft", reason="low-rank adapters need peft, which is not installed")
TRAINING = Training(epochs=2, batch_size=8, lr=0.05)
RESNET = Training(epochs=1, batch_size=8, lr=0.05, backbone="resnet32")


def trained(experiment: Experiment, folder: Path) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The tensors of the net before and after a run."""
    torch.manual_seed(3)
    start = dict(experiment.net().state_dict())
    run(experiment, folder, seed=3, hardware=CPU)
    return start, below(tensors(folder, "0-main"), "net/")


@pytest.mark.parametrize("training", [TRAINING, RESNET], ids=["small_cnn", "resnet32"])
def test_only_adapters_and_classifier_move(training: Training, tiny: Data, tmp_path: Path) -> None:
    """Weights and running statistics of the frozen part keep their bits."""
    start, end = trained(low_rank_adapters(cross_entropy(tiny, training=training)), tmp_path)
    kept = {name.replace(".base_layer", ""): value for name, value in end.items() if ".lora_" not in name}
    classifier = {name for name in start if name.startswith("classifier.")}
    assert kept.keys() == start.keys()
    assert {name for name, value in kept.items() if not torch.equal(value, start[name])} == classifier
    ups = [value for name, value in end.items() if ".lora_B." in name]
    assert len(ups) == (3 if training is TRAINING else 31)
    assert all(value.abs().max() > 0 for value in ups)


def test_the_optimizer_holds_adapters_and_classifier_alone(tiny: Data) -> None:
    experiment = low_rank_adapters(cross_entropy(tiny, training=TRAINING), rank=2)
    (stage,) = experiment.stages
    net = stage.prepare(Now(tiny, experiment.net()))
    groups = parameter_groups(net, torch.nn.Module(), stage.trains)
    found = sum(one.numel() for group in groups for one in group["params"])
    sizes = {"conv1": (16, 9), "conv2": (32, 16 * 9), "hidden": (64, 512)}
    assert found == 2 * sum(sum(pair) for pair in sizes.values()) + 4 * 64 + 4


def test_dropout_is_heard_in_training_and_the_frozen_part_stays_in_evaluation(tiny: Data) -> None:
    experiment = low_rank_adapters(cross_entropy(tiny, training=RESNET), dropout=0.5)
    (stage,) = experiment.stages
    net = stage.prepare(Now(tiny, experiment.net()))
    set_modes(net, stage.trains)
    drops = [one for one in net.modules() if isinstance(one, torch.nn.Dropout)]
    norms = [one for one in net.modules() if isinstance(one, torch.nn.BatchNorm2d)]
    assert len(drops) == 31 and all(one.training and one.p == 0.5 for one in drops)
    assert norms and not any(one.training for one in norms)


def test_options_of_the_backbone_go_to_its_adapters(tiny: Data) -> None:
    experiment = cross_entropy(tiny, training=TRAINING)
    (stage,) = experiment.stages
    options = {"backbone": {"lr": 0.1}, "backbone.hidden": {"lr": 0.2}, "classifier": {"lr": 0.3}}
    slow = Experiment(tiny, TRAINING, experiment.net, (type(stage)(**{**vars(stage), "trains": options}),))
    (found,) = low_rank_adapters(slow).stages
    assert found.trains["backbone.conv1.lora_A"] == {"lr": 0.1}
    assert found.trains["backbone.hidden.lora_B"] == {"lr": 0.2}
    assert found.trains["classifier"] == {"lr": 0.3}
    assert "backbone" not in found.trains


def test_a_merged_predictor_gives_the_same_logits(tiny: Data, tmp_path: Path) -> None:
    run(light_fine_tuning(tiny, training=TRAINING), tmp_path, hardware=CPU)
    _, predictor = recreate(tmp_path)
    images = torch.rand(4, *tiny.facts.shape)
    plain = merged(predictor)
    assert_close(plain(images), predictor(images), atol=1e-5, rtol=1e-5)
    assert not any("lora" in name for name in plain.state_dict())


def test_the_recipe_is_a_cosine_classifier_under_a_logit_adjusted_loss(tiny: Data) -> None:
    experiment = light_fine_tuning(tiny, training=TRAINING)
    now = Now(tiny, experiment.net())
    supervise = experiment.stages[0].objective(now)["loss"]
    assert isinstance(supervise, Supervise) and isinstance(supervise.loss, LogitAdjustedLoss)
    assert now.net(torch.rand(3, *tiny.facts.shape)).abs().max() <= 25
    assert experiment.prior(now).tolist() == [0.25] * 4


@pytest.mark.parametrize("word", [light_fine_tuning, lambda *a, **o: low_rank_adapters(cosine(*a, **o))])
def test_a_run_is_finite_and_recreated(word: Callable[..., Experiment], tiny: Data, tmp_path: Path) -> None:
    evaluation = run(word(tiny, training=TRAINING), tmp_path, seed=3, hardware=CPU)
    assert evaluation["split"] == "test" and math.isfinite(evaluation["overall"])
    assert_recreated(tmp_path, tiny)


def test_a_stopped_run_goes_on_to_the_same_bits(
    tiny: Data, halting: Callable[..., Experiment], tmp_path: Path
) -> None:
    experiment = light_fine_tuning(tiny, training=TRAINING)
    run(experiment, tmp_path / "whole", seed=3, hardware=CPU)
    for step in (1, 3):
        folder = tmp_path / str(step)
        with pytest.raises(KeyError, match="halted"):
            run(halting(experiment, step), folder, seed=3, hardware=CPU, checkpoint_seconds=0)
        assert (folder / LAST).exists() == (step == 3)
        torch.rand(5)
        run(experiment, folder, seed=3, hardware=CPU, checkpoint_seconds=0)
        assert differing(tmp_path / "whole", folder, "checkpoints/0-main.safetensors") == []


def test_a_transformer_of_timm_can_have_them(make_data: Callable[..., Data], tmp_path: Path) -> None:
    data = make_data((4, 2), size=160, channels=3)
    training = Training(epochs=1, batch_size=4, lr=0.05, backbone="test_vit", augmentation="none")
    start, end = trained(light_fine_tuning(data, training=training), tmp_path)
    moved = {name for name, value in end.items() if name in start and not torch.equal(value, start[name])}
    assert moved == {"classifier.weight"}
    assert_recreated(tmp_path, data)


def test_a_stage_after_it_keeps_the_adapters(tiny: Data, tmp_path: Path) -> None:
    run(low_rank_adapters(decouple_crt(tiny, training=TRAINING)), tmp_path, hardware=CPU)
    main, crt = (below(tensors(tmp_path, name), "net/backbone.") for name in ("0-main", "1-crt"))
    assert same(main, crt)
    assert_recreated(tmp_path, tiny)


@pytest.mark.parametrize("first", [True, False])
def test_a_file_of_weights_comes_below_the_adapters(first: bool, tiny: Data, tmp_path: Path) -> None:
    """In either order: the file has the names of the plain backbone."""
    base = cross_entropy(tiny, training=TRAINING)
    weights, file = dict(base.net().backbone.state_dict()), str(tmp_path / "weights.safetensors")
    save_file(weights, file)
    both = low_rank_adapters(init(base, file=file)) if first else init(low_rank_adapters(base), file=file)
    run(both, tmp_path / "run", seed=3, hardware=CPU)
    end = below(tensors(tmp_path / "run", "0-main"), "net/backbone.")
    kept = {name.replace(".base_layer", ""): value for name, value in end.items() if ".lora_" not in name}
    assert same(kept, weights)


@pytest.mark.parametrize("first", [True, False])
def test_a_pretext_trains_the_whole_backbone(first: bool, tiny: Data, tmp_path: Path) -> None:
    base = cross_entropy(tiny, training=TRAINING)
    both = (
        low_rank_adapters(rotation(base, epochs=1)) if first else rotation(low_rank_adapters(base), epochs=1)
    )
    run(both, tmp_path, seed=3, hardware=CPU)
    pretext, main = (below(tensors(tmp_path, name), "net/backbone.") for name in ("0-rotation", "1-main"))
    assert not any("lora" in name for name in pretext)
    kept = {name.replace(".base_layer", ""): value for name, value in main.items() if ".lora_" not in name}
    assert same(kept, pretext)


def test_other_modifiers_and_tasks_go_with_it(tiny: Data, tiny_values: Data, tiny_unlabeled: Data) -> None:
    words = [
        tde(low_rank_adapters(cosine(tiny, training=TRAINING))),
        deferred_reweighting(low_rank_adapters(cross_entropy(tiny, training=TRAINING))),
        low_rank_adapters(regression(tiny_values, training=TRAINING)),
        self_training(low_rank_adapters(cross_entropy(tiny_unlabeled, training=TRAINING))),
    ]
    for experiment in words:
        mains = [stage for stage in experiment.stages if stage.role == "main"]
        assert mains and all("backbone.conv1.lora_A" in stage.trains for stage in mains)


def test_what_makes_no_sense_is_refused(tiny: Data, tiny_unlabeled: Data) -> None:
    with pytest.raises(InputError, match="rank must be at least 1, but 0 came"):
        light_fine_tuning(tiny, training=TRAINING, rank=0)
    with pytest.raises(InputError, match="the stage main does not train it"):
        low_rank_adapters(light_fine_tuning(tiny, training=TRAINING))
    several = self_training(cross_entropy(tiny_unlabeled, training=TRAINING))
    with pytest.raises(InputError, match=r"low_rank_adapters comes before .*; name it before self_training"):
        low_rank_adapters(several)


def test_a_note_tells_where_a_random_backbone_is_frozen(tiny: Data) -> None:
    """The house's own nets have no pretrained weights."""
    hopeful = Training(epochs=2, batch_size=8, pretrained=True)
    plain = cross_entropy(tiny, training=hopeful)
    (note,) = low_rank_adapters(plain).notes
    assert "the backbone, which starts at random" in note
    assert low_rank_adapters(rotation(plain, epochs=1)).notes == ()
    vit = image_backbone("test_vit", (3, 160, 160))
    assert starts_learned(plain, vit)
    assert not starts_learned(cross_entropy(tiny, training=TRAINING), vit)


def test_building_does_not_move_the_global_randomness(tiny: Data) -> None:
    before = torch.get_rng_state()
    light_fine_tuning(tiny, training=TRAINING)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_run_cannot_be_recreated_without_peft(
    tiny: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(light_fine_tuning(tiny, training=TRAINING), tmp_path, hardware=CPU)
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(InputError, match="low-rank adapters need the package peft, which is not here"):
        recreate(tmp_path)


def test_class_embeddings_start_the_classifier(tiny: Data, tmp_path: Path) -> None:
    file, rows = tmp_path / "rows.npy", torch.randn(4, 64)
    np.save(file, rows.numpy())
    still = Training(epochs=1, batch_size=16, lr=1e-30, weight_decay=0.0)
    experiment = light_fine_tuning(tiny, training=still, class_embeddings=str(file))
    stacked = class_name_init(light_fine_tuning(tiny, training=still), file=str(file))
    run(experiment, tmp_path / "run", seed=3, hardware=CPU)
    wanted = torch.nn.functional.normalize(rows)
    assert_close(tensors(tmp_path / "run", "0-main")["net/classifier.weight"], wanted)
    assert_close(stacked.stages[0].prepare(Now(tiny, stacked.net())).classifier.weight.data, wanted)
    file.unlink()
    assert_recreated(tmp_path / "run", tiny)
    notes = json.loads((tmp_path / "run" / "run.json").read_text())["notes"]
    assert notes == list(experiment.notes) and "4 class embeddings of digest" in notes[0]


COMMAND = (
    *("train", "light_fine_tuning", "--data", "digits", "--imbalance", "exponential", "--ratio", "20"),
    *("--epochs", "2", "--batch_size", "64", "--device", "cpu", "--precision", "32", "--out", "run"),
)


def test_two_processes_train_what_one_does(warm: Any, tmp_path: Path) -> None:
    alone, together = tmp_path / "alone", tmp_path / "together"
    alone.mkdir()
    together.mkdir()
    assert warm(*COMMAND, cwd=alone).code == 0
    finished = warm.ask((*COMMAND, "--devices", "2"), together, processes=2)
    assert [one.code for one in finished] == [0, 0], finished
    end = "run/checkpoints/0-main.safetensors"
    (found, _), (wanted, _) = load_tensors(together / end), load_tensors(alone / end)
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        assert_close(found[name], value, atol=1e-5, rtol=1e-5, msg=name)

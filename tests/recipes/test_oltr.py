"""A plain first stage, then a memory over it: what is prepared, what is trained at which rate, and what moves."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from counterpoise.backbones import AttendedBackbone
from counterpoise.classifiers import LinearClassifier, MetaEmbeddingClassifier
from counterpoise.data.data import Data
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.recipes import decouple_oltr, oltr, tde
from counterpoise.recipes.compose import recreate
from counterpoise.samplers import ClassAwareSampler, Shuffled
from counterpoise.training import Experiment, Hardware, Now, Training, run
from counterpoise.training.checkpoint import load_tensors
from counterpoise.training.encode import encode
from counterpoise.training.modes import parameter_groups

CPU = Hardware("cpu", "32")
TRAINING = Training(epochs=3, batch_size=8, backbone="resnet32", lr=0.02)
BOTH = pytest.mark.parametrize("recipe", [oltr, decouple_oltr])
Recipe = Callable[..., Experiment]


@pytest.fixture(scope="module")
def data(make_data: Callable[..., Data]) -> Data:
    return make_data((9, 4, 2, 1))


def reading(net: Net, split: object, facts: object) -> Tensor:
    return encode(net, split, facts)  # pyright: ignore[reportArgumentType]


@pytest.fixture
def second(data: Data) -> tuple[Net, Now]:
    """The net that the second stage starts with, and the first stage's."""
    experiment = oltr(data, training=TRAINING, reachability=5.0, scale=3.0)
    now = Now(data, experiment.net(), reading)
    return experiment.stages[1].prepare(now), now


@BOTH
@pytest.mark.parametrize(
    ("epochs", "wanted"), [(90, [30, 60]), (200, [67, 133]), (4, [1, 3]), (2, [1, 1]), (1, [1, 1])]
)
def test_a_third_of_the_epochs_is_plain_training(
    recipe: Recipe, epochs: int, wanted: list[int], tiny: Data
) -> None:
    experiment = recipe(tiny, training=Training(epochs=epochs))
    assert [stage.epochs for stage in experiment.stages] == wanted
    assert [stage.name for stage in experiment.stages] == ["main", "memory"]


def test_the_first_stage_is_plain(data: Data) -> None:
    experiment = oltr(data, training=TRAINING)
    now, main = Now(data, experiment.net()), experiment.stages[0]
    objective = main.objective(now)
    assert isinstance(now.net.classifier, LinearClassifier)
    assert list(objective.steps) == ["join", "encode", "score", "loss"]
    assert isinstance(main.streams(now, objective)["train"].sampler, Shuffled)


def test_the_second_net_attends_and_remembers(second: tuple[Net, Now]) -> None:
    net, now = second
    assert isinstance(net.backbone, AttendedBackbone)
    assert net.backbone.backbone is now.net.backbone
    assert isinstance(net.classifier, MetaEmbeddingClassifier)
    assert (net.classifier.reachability, net.classifier.classifier.tau) == (5.0, 3.0)
    assert isinstance(now.net.classifier, LinearClassifier)
    assert torch.equal(net.classifier.hallucinator.weight, now.net.classifier.weight)
    assert net.classifier.hallucinator.weight is not now.net.classifier.weight


def test_centroids_start_as_class_means_of_plain_training_features(
    second: tuple[Net, Now], data: Data
) -> None:
    net, _ = second
    assert isinstance(net.classifier, MetaEmbeddingClassifier)
    split = data.splits["train"]
    features = encode(net, split, data.facts)
    wanted = torch.stack([features[split.targets == number].mean(dim=0) for number in range(4)])
    assert_close(net.classifier.centroids.detach(), wanted)


def test_the_second_stage_draws_four_of_each_class_and_pulls_to_centroids(
    second: tuple[Net, Now], data: Data
) -> None:
    net, now = second
    stage = oltr(data, training=TRAINING, centroid_weight=0.3, margin=7.0, repel_weight=0.2).stages[1]
    objective = stage.objective(replace(now, net=net))
    stream = stage.streams(now, objective)["train"]
    assert isinstance(stream.sampler, ClassAwareSampler)
    assert stream.sampler.per_class == 4
    assert list(objective.steps) == ["join", "encode", "centroids", "score", "loss"]
    seen = objective(net, {"train": next(stream.batches(seed=(0,)))})
    assert seen.terms.keys() == {"loss", "centroids"}
    penalize = objective["centroids"]
    assert penalize.weight == 0.3
    assert (penalize.regularizer.margin, penalize.regularizer.repel_weight) == (7.0, 0.2)  # pyright: ignore


@pytest.mark.parametrize(
    ("recipe", "slow"),
    [(oltr, {"backbone"}), (decouple_oltr, {"backbone.attention", "backbone.hidden"})],
)
def test_all_but_the_classifier_learns_at_a_tenth(
    recipe: Recipe, slow: set[str], second: tuple[Net, Now], data: Data
) -> None:
    net, now = second
    stage = recipe(data, training=TRAINING).stages[1]
    assert stage.trains == {
        "classifier": {"lr": 0.02},
        **{part: {"lr": pytest.approx(0.002)} for part in (*slow, "classifier.centroids")},
    }
    groups = parameter_groups(net, stage.objective(replace(now, net=net)), stage.trains)
    (centroids,) = groups[-1]["params"]
    assert centroids is net.classifier.centroids


@BOTH
def test_it_answers_for_even_classes(recipe: Recipe, tiny: Data) -> None:
    experiment = recipe(tiny, training=TRAINING)
    assert experiment.prior(Now(tiny, experiment.net())).tolist() == [0.25] * 4


class Ran(NamedTuple):
    folder: Path
    main: dict[str, Tensor]
    memory: dict[str, Tensor]


@pytest.fixture(scope="module", params=[oltr, decouple_oltr], ids=["oltr", "decouple_oltr"])
def ran(request: pytest.FixtureRequest, data: Data, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Both stages over a backbone with batch statistics."""
    folder = tmp_path_factory.mktemp(request.param.__name__)
    run(request.param(data, training=TRAINING), folder, hardware=CPU)
    main, _ = load_tensors(folder / "checkpoints" / "0-main.safetensors")
    memory, _ = load_tensors(folder / "checkpoints" / "1-memory.safetensors")
    return Ran(folder, main, memory)


def test_the_backbone_moves_unless_it_is_decoupled(ran: Ran) -> None:
    before = {name: value for name, value in ran.main.items() if name.startswith("net/backbone.")}
    after = {name: ran.memory[name.replace("backbone.", "backbone.backbone.", 1)] for name in before}
    still = {name for name, value in before.items() if torch.equal(value, after[name])}
    assert still == (set(before) if "decouple" in ran.folder.name else set())


def test_what_was_added_moves(ran: Ran) -> None:
    assert ran.memory["net/backbone.attention.conv_mask.weight"].count_nonzero() > 0
    assert (
        ran.memory["net/classifier.hallucinator.weight"].shape
        == ran.main["net/classifier.linear.weight"].shape
    )
    hallucinator = ran.memory["net/classifier.hallucinator.weight"]
    assert not torch.equal(hallucinator, ran.main["net/classifier.linear.weight"])


def test_metrics_tell_both_stages(ran: Ran) -> None:
    metrics = pd.read_csv(ran.folder / "metrics.csv")
    assert metrics.stage.tolist() == ["main", "memory", "memory"]
    assert metrics.loss.gt(0).all()


def test_the_folder_alone_gives_back_what_the_second_stage_learned(ran: Ran, data: Data) -> None:
    _, predictor = recreate(ran.folder)
    (classifier,) = (part for part in predictor.modules() if isinstance(part, MetaEmbeddingClassifier))
    for part, prefix in ((predictor.backbone, "net/backbone."), (classifier, "net/classifier.")):
        learned = {name: value for name, value in ran.memory.items() if name.startswith(prefix)}
        state = {prefix + name: value for name, value in part.state_dict().items()}
        assert state.keys() == learned.keys()
        assert all(torch.equal(state[name], value) for name, value in learned.items())
    features = encode(predictor, data.splits["test"], data.facts)
    right = predictor.classifier(features).argmax(dim=1) == data.splits["test"].targets
    written = json.loads((ran.folder / "evaluation.json").read_text())
    assert right.double().mean().item() == pytest.approx(written["overall"])


def test_the_second_stage_repeats_without_the_first(ran: Ran, data: Data, tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    first_end = "checkpoints/0-main.safetensors"
    (tmp_path / first_end).write_bytes((ran.folder / first_end).read_bytes())
    recipe = decouple_oltr if "decouple" in ran.folder.name else oltr
    run(recipe(data, training=TRAINING), tmp_path, hardware=CPU)
    again, _ = load_tensors(tmp_path / "checkpoints" / "1-memory.safetensors")
    assert all(torch.equal(again[name], value) for name, value in ran.memory.items())


def test_digits_are_learned(digits: Data, tmp_path: Path) -> None:
    training = Training(epochs=30, batch_size=64, lr=0.1)
    evaluation = run(oltr(digits, training=training), tmp_path, hardware=CPU)
    assert evaluation["overall"] > 0.7


def test_a_backbone_of_timm_can_be_used(make_data: Callable[..., Data], tmp_path: Path) -> None:
    data = make_data((6, 3), size=32)
    training = Training(epochs=2, batch_size=4, backbone="test_resnet")
    assert run(oltr(data, training=training), tmp_path, hardware=CPU)["samples"] == 4


def test_a_backbone_without_a_feature_map_is_refused_before_training(make_data: Callable[..., Data]) -> None:
    with pytest.raises(InputError, match=r"VisionTransformer has a map of shape .* choose resnet32"):
        oltr(make_data((6, 3), size=32), training=Training(epochs=2, backbone="test_vit"))


@BOTH
def test_there_is_no_direct_effect_to_remove(recipe: Recipe, tiny: Data) -> None:
    with pytest.raises(InputError, match="needs a classifier that normalises its features"):
        tde(recipe(tiny, training=TRAINING))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"centroid_weight": -1.0}, "the weight of centroids must be 0 or more"),
        ({"margin": -1.0}, "margin and repel_weight must be 0 or more"),
        ({"repel_weight": -1.0}, "margin and repel_weight must be 0 or more"),
        ({"reachability": 0.0}, "reachability and scale must be positive"),
        ({"scale": 0.0}, "reachability and scale must be positive"),
    ],
)
@BOTH
def test_options_that_cannot_work_are_refused_when_built(
    recipe: Recipe, options: dict, reason: str, tiny: Data
) -> None:
    with pytest.raises(InputError, match=reason):
        recipe(tiny, training=TRAINING, **options)

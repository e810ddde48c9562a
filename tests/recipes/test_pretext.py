"""Pre-training without labels: the recipe starts from its backbone, with a fresh classifier, and nothing is frozen."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from counterpoise.data.data import Data, Facts
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.recipes import (
    cross_entropy,
    decouple_crt,
    init,
    moco,
    regression,
    rotation,
    self_training,
    simsiam,
)
from counterpoise.recipes.compose import recreate
from counterpoise.recipes.dry_run import made_up_batch
from counterpoise.steps import Objective, Step
from counterpoise.training import Experiment, Now, Training, run
from counterpoise.training.journal import LAST

from .finished import CPU, assert_recreated, below, differing, same, tensors

TRAINING = Training(epochs=2, batch_size=8, lr=0.05)
Word = Callable[..., Experiment]
OPTIONS: dict[Word, dict[str, Any]] = {
    rotation: {"epochs": 2},
    moco: {"epochs": 2, "queue": 32, "dim": 16},
    simsiam: {"epochs": 2, "projected": 32, "hidden": 8},
}
TERMS = {rotation: "loss", moco: "contrast", simsiam: "similarity"}
every_word = pytest.mark.parametrize("word", OPTIONS, ids=lambda word: word.word.name)


def applied(word: Word, data: Data, **options: Any) -> Experiment:
    return word(cross_entropy(data, training=TRAINING), **OPTIONS[word], **options)


class Trained(NamedTuple):
    """A finished run: two epochs of two steps before two epochs of two steps."""

    word: Word
    experiment: Experiment
    folder: Path


@pytest.fixture(scope="module", params=OPTIONS, ids=lambda word: word.word.name)
def trained(
    request: pytest.FixtureRequest, tiny: Data, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Trained]:
    """Each word over cross-entropy."""
    folder, experiment = tmp_path_factory.mktemp("run"), applied(request.param, tiny)
    run(experiment, folder, seed=3, hardware=CPU)
    yield Trained(request.param, experiment, folder)


def ends(trained: Trained) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The tensors at the ends of both stages."""
    return tensors(trained.folder, f"0-{trained.word.__name__}"), tensors(trained.folder, "1-main")


def test_the_folder_alone_gives_the_same_predictor_to_the_bit(trained: Trained) -> None:
    assert_recreated(trained.folder, trained.experiment.data)


def test_both_stages_train_and_move_the_whole_net(trained: Trained) -> None:
    metrics = pd.read_csv(trained.folder / "metrics.csv")
    assert metrics.stage.tolist() == [trained.word.__name__] * 2 + ["main"] * 2
    pretext, main = (below(end, "net/backbone.") for end in ends(trained))
    torch.manual_seed(3)
    fresh = dict(trained.experiment.net().backbone.named_parameters())
    for name, start in fresh.items():
        assert not torch.equal(pretext[name], start), name
        assert not torch.equal(main[name], pretext[name]), name


@pytest.mark.parametrize("role", ["pretext", "main"])
@pytest.mark.parametrize("step", [1, 3])
def test_a_stopped_run_goes_on_to_the_same_bits(
    role: str, step: int, trained: Trained, halting: Callable[..., Experiment], tmp_path: Path
) -> None:
    """Stopped in the first and in the second epoch of both stages."""
    stopped = with_halt(trained.experiment, halting, step, role)
    with pytest.raises(KeyError, match="halted"):
        run(stopped, tmp_path, seed=3, hardware=CPU, checkpoint_seconds=0)
    assert (tmp_path / LAST).exists() == (step == 3 or role == "main")
    torch.rand(5)
    run(trained.experiment, tmp_path, seed=3, hardware=CPU, checkpoint_seconds=0)
    assert differing(trained.folder, tmp_path, "checkpoints/1-main.safetensors") == []


def with_halt(experiment: Experiment, halting: Callable[..., Experiment], step: int, role: Any) -> Experiment:
    """Halted after the step that is last: those of moco and simsiam have no "loss"."""

    def with_place(objective: Objective, now: Now, stage: Any) -> Objective:
        steps = objective.named
        return objective if "loss" in steps else Objective(**steps, loss=Step())

    return halting(experiment.change(role, objective=with_place), step, role)


def begun(experiment: Experiment) -> tuple[Net, Net]:
    """A net after the pretext, and the one with which the main stage begins."""
    pretext, main = experiment.stages
    now = Now(experiment.data, experiment.net())
    now = Now(experiment.data, pretext.prepare(now))
    return now.net, main.prepare(now)


@every_word
def test_the_recipe_takes_the_backbone_and_a_fresh_classifier(word: Word, tiny: Data) -> None:
    experiment = applied(word, tiny)
    torch.manual_seed(1)
    pretext, main = begun(experiment)
    assert main.backbone is pretext.backbone
    assert main.classifier is not pretext.classifier
    plain = experiment.net().classifier.state_dict()
    found = main.classifier.state_dict()
    assert {name: value.shape for name, value in found.items()} == {n: v.shape for n, v in plain.items()}


@every_word
def test_nothing_else_of_the_recipe_changes(word: Word, tiny: Data) -> None:
    plain = cross_entropy(tiny, training=TRAINING)
    pretext, main = word(plain, **OPTIONS[word]).stages
    (wanted,) = plain.stages
    assert (pretext.name, pretext.role, pretext.epochs) == (word.__name__, "pretext", 2)
    assert main.trains == wanted.trains == {"backbone": {}, "classifier": {}}
    assert (main.objective, main.streams, main.optimizer, main.schedule, main.epochs) == (
        wanted.objective,
        wanted.streams,
        wanted.optimizer,
        wanted.schedule,
        wanted.epochs,
    )


@every_word
def test_the_labels_are_not_read(word: Word, tiny: Data) -> None:
    """Other labels, the same loss."""
    experiment = applied(word, tiny)
    stage, terms = experiment.stages[0], []
    for labels in (torch.zeros(4, dtype=torch.int64), torch.tensor([3, 1, 2, 3])):
        torch.manual_seed(5)
        now = Now(tiny, experiment.net())
        now = Now(tiny, stage.prepare(now))
        objective = stage.objective(now)
        streams = stage.streams(now, objective)
        batches = {name: made_up_batch(now, labeled=one.labeled) for name, one in streams.items()}
        for batch in batches.values():
            if batch.targets is not None:
                batch.targets.copy_(labels)
        objective.set_epoch(0, 2)
        torch.manual_seed(6)
        terms.append(objective(now.net, batches).terms)
    assert terms[0].keys() == {TERMS[word]}
    assert terms[0][TERMS[word]].isfinite()
    assert terms[0][TERMS[word]] == terms[1][TERMS[word]]


@pytest.mark.parametrize("word", [moco, simsiam])
def test_two_views_of_the_same_images_are_compared(word: Word, tiny: Data) -> None:
    experiment = applied(word, tiny)
    stage, now = experiment.stages[0], Now(tiny, experiment.net())
    streams = stage.streams(now, Objective())
    assert list(streams) == ["unlabeled", "strong"]
    one, other = (
        streams["unlabeled"].batches(seed=(0, 0)),
        streams["strong"].batches(seed=(0, 1), order=(0, 0)),
    )
    for first, second in zip(one, other, strict=True):
        assert first.targets is None and second.targets is None
        assert torch.equal(first.index, second.index)
        assert not torch.equal(first.inputs, second.inputs)


def test_all_four_rotations_of_an_image_can_be_told(tiny: Data, tmp_path: Path) -> None:
    experiment = applied(rotation, tiny, copies="four")
    run(experiment, tmp_path, hardware=CPU)
    assert_recreated(tmp_path, tiny)
    assert tensors(tmp_path, "0-rotation")["net/classifier.linear.weight"].shape[0] == 4


def test_a_pretext_comes_before_a_recipe_of_several_stages(tiny: Data, tmp_path: Path) -> None:
    experiment = rotation(decouple_crt(tiny, training=TRAINING), epochs=1)
    assert [stage.name for stage in experiment.stages] == ["rotation", "main", "crt"]
    run(experiment, tmp_path, hardware=CPU)
    assert_recreated(tmp_path, tiny)


def test_a_pretext_comes_before_regression(tiny_values: Data, tmp_path: Path) -> None:
    run(rotation(regression(tiny_values, training=TRAINING), epochs=1), tmp_path, hardware=CPU)
    assert_recreated(tmp_path, tiny_values)


@every_word
def test_rows_of_a_table_and_maps_have_no_pretext(word: Word, tiny_rows: Data, tiny_depths: Data) -> None:
    for data in (tiny_rows, tiny_depths):
        with pytest.raises(InputError, match=f"{word.__name__} is for whole images, but made-up has"):
            word(regression(data, training=TRAINING), **OPTIONS[word])


def test_a_second_pretext_comes_before_the_first(tiny: Data) -> None:
    experiment = simsiam(applied(rotation, tiny), **OPTIONS[simsiam])
    assert [stage.name for stage in experiment.stages] == ["simsiam", "rotation", "main"]


@every_word
def test_after_self_training_it_is_refused(word: Word, tiny_unlabeled: Data) -> None:
    several = self_training(cross_entropy(tiny_unlabeled, training=TRAINING))
    with pytest.raises(InputError, match=f"{word.__name__} comes before .*; name it before self_training"):
        word(several, **OPTIONS[word])


@pytest.fixture
def weights(tiny: Data, tmp_path: Path) -> Path:
    """The backbone of another net, under plain names, and a classifier."""
    torch.manual_seed(8)
    net, path = cross_entropy(tiny, training=TRAINING).net(), tmp_path / "weights.safetensors"
    save_file({**net.backbone.state_dict(), "fc.weight": torch.ones(4, 4)}, path)
    return path


def test_what_is_loaded_is_told(weights: Path, tiny: Data) -> None:
    (note,) = init(cross_entropy(tiny, training=TRAINING), file=str(weights)).notes
    assert note.startswith(f"{weights}: loaded ")
    assert note.endswith("; fc.weight of the file stay unused; the classifier is fresh")


def test_training_starts_from_the_file(weights: Path, tiny: Data, tmp_path: Path) -> None:
    """With a rate so small that nothing moves, the trained backbone is that of the file."""
    still = Training(epochs=1, batch_size=16, lr=1e-30, weight_decay=0.0)
    torch.manual_seed(8)
    wanted = cross_entropy(tiny, training=still).net()
    run(init(cross_entropy(tiny, training=still), file=str(weights)), tmp_path / "run", seed=3, hardware=CPU)
    end = tensors(tmp_path / "run", "0-main")
    assert same(below(end, "net/backbone."), dict(wanted.backbone.state_dict()))
    torch.manual_seed(3)
    plain = cross_entropy(tiny, training=still).net()
    assert same(below(end, "net/classifier."), dict(plain.classifier.state_dict()))


def test_the_run_is_recreated_without_the_file(weights: Path, tiny: Data, tmp_path: Path) -> None:
    experiment = init(cross_entropy(tiny, training=TRAINING), file=str(weights))
    run(experiment, tmp_path / "run", hardware=CPU)
    weights.unlink()
    assert_recreated(tmp_path / "run", tiny)
    recreated, _ = recreate(tmp_path / "run")
    assert recreated.calls[-1].arguments == {"file": str(weights)}
    notes = json.loads((tmp_path / "run" / "run.json").read_text())["notes"]
    assert notes == list(experiment.notes)


def test_a_stopped_run_does_not_load_the_file_over_what_it_has_learned(
    weights: Path, tiny: Data, halting: Callable[..., Experiment], tmp_path: Path
) -> None:
    experiment = init(cross_entropy(tiny, training=TRAINING), file=str(weights))
    run(experiment, tmp_path / "whole", hardware=CPU)
    with pytest.raises(KeyError, match="halted"):
        run(halting(experiment, 3), tmp_path / "halted", hardware=CPU, checkpoint_seconds=0)
    run(experiment, tmp_path / "halted", hardware=CPU, checkpoint_seconds=0)
    assert differing(tmp_path / "whole", tmp_path / "halted") == []


def test_a_file_of_which_nothing_fits_is_refused(tiny: Data, tmp_path: Path) -> None:
    save_file({"head.weight": torch.ones(3)}, tmp_path / "other.safetensors")
    with pytest.raises(InputError, match="no tensor of the weights belongs to this backbone"):
        init(cross_entropy(tiny, training=TRAINING), file=str(tmp_path / "other.safetensors"))


def test_a_pickle_is_refused(tiny: Data) -> None:
    with pytest.raises(InputError, match=r"weights come from a \.safetensors file, but net\.pth is none"):
        init(cross_entropy(tiny, training=TRAINING), file="net.pth")


def test_the_file_comes_before_a_pretext_that_is_named_first(weights: Path, tiny: Data) -> None:
    experiment = init(applied(rotation, tiny), file=str(weights))
    assert [stage.name for stage in experiment.stages] == ["rotation", "main"]
    with pytest.raises(InputError, match="init would load its file over what rotation has learned"):
        rotation(init(cross_entropy(tiny, training=TRAINING), file=str(weights)))


def test_init_after_self_training_is_refused(weights: Path, tiny_unlabeled: Data) -> None:
    with pytest.raises(InputError, match=r"init comes before .*; name it before self_training"):
        init(self_training(cross_entropy(tiny_unlabeled, training=TRAINING)), file=str(weights))


@every_word
def test_it_is_rebuilt_without_samples(word: Word, tiny: Data) -> None:
    facts = Facts.from_json(tiny.facts.as_json())
    rebuilt = word(cross_entropy(Data(facts), training=TRAINING), **OPTIONS[word])
    assert [call.word for call in rebuilt.calls] == ["cross_entropy", word.__name__]

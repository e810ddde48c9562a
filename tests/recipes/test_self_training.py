"""Self-training: what the student learns from, what it knows, where it starts, and that it goes on after a stop."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from counterpoise.counts import class_prior, count_classes, effective_number_weights
from counterpoise.data.data import Data, Facts, Split
from counterpoise.errors import InputError
from counterpoise.losses import CrossEntropy, LDAMLoss
from counterpoise.net import Net
from counterpoise.recipes import (
    bbn,
    class_balanced_sampling,
    cross_entropy,
    decouple_crt,
    deferred_reweighting,
    fixmatch,
    ldam,
    mixup,
    moco,
    post_hoc_logit_adjustment,
    rotation,
    self_training,
)
from counterpoise.recipes.self_training import PSEUDO, Choice, Keep, pseudo_labeled
from counterpoise.samplers import Repeated
from counterpoise.seeds import generator_of
from counterpoise.steps import Objective, SuperviseStreams
from counterpoise.training import Experiment, Now, Stage, Training, run
from counterpoise.training.encode import encode, scores
from counterpoise.training.journal import LAST

from .finished import CPU, assert_recreated, below, differing, same, tensors

TRAINING = Training(epochs=2, batch_size=8, lr=0.05)
STILL = Training(epochs=1, batch_size=8, lr=1e-30, weight_decay=0.0)
LABELED = torch.tensor([8, 5, 2, 1])
LOGITS = torch.randn(6, 4, generator=torch.Generator().manual_seed(1))
TARGETS = torch.tensor([0, 1, 2, 3, 0, 2])


def plain(data: Data) -> Experiment:
    return cross_entropy(data, training=TRAINING)


class Begun(NamedTuple):
    """A stage when it began."""

    name: str
    now: Now
    objective: Objective


def watched(experiment: Experiment, begun: list[Begun]) -> Experiment:
    """The same; when a main stage begins it is written down."""

    def noted(objective: Objective, now: Now, stage: Stage) -> Objective:
        begun.append(Begun(stage.name, now, objective))
        return objective

    return experiment.change(objective=noted)


def begun_in(experiment: Experiment, folder: Path, **options: Any) -> list[Begun]:
    """The main stages of a run."""
    begun: list[Begun] = []
    run(watched(experiment, begun), folder, hardware=CPU, **options)
    return begun


def pseudo_labels(experiment: Experiment, folder: Path, stage: str) -> Tensor:
    """What the net at the end of a stage says about all unlabeled images, (24,)."""
    net = experiment.net()
    net.load_state_dict(below(tensors(folder, stage), "net/"))
    features = encode(net, experiment.data.splits["unlabeled"], experiment.data.facts)
    return scores(net.classifier, features).argmax(dim=1)


class Sure(NamedTuple):
    """A teacher that says what it is told to."""

    data: Data
    labels: Tensor
    confidences: Tensor

    def taught(
        self, threshold: float, keep: Keep = "threshold", *, union: bool = True, soft: bool = False
    ) -> Data:
        """The data with its labels."""
        classes = torch.zeros(24, 4).scatter_(1, self.labels[:, None], 1.0)
        rest = (1 - self.confidences)[:, None] / 3
        logits = torch.where(classes.bool(), self.confidences[:, None], rest).log()
        now = Now(self.data, Net(torch.nn.Identity(), Saying()), lambda net, split, facts: logits)
        return pseudo_labeled(self.data, now, Choice(keep, threshold), union=union, soft=soft)


class Saying(torch.nn.Identity):
    """Scores that are the features."""

    dim, num_classes = 4, 4


@pytest.fixture
def sure(tiny_unlabeled: Data) -> Sure:
    """Confidences rise from 0.4 to 0.86, classes take turns."""
    return Sure(tiny_unlabeled, torch.arange(24) % 4, 0.4 + 0.02 * torch.arange(24))


def test_all_images_are_taken_over_into_the_training_split(sure: Sure) -> None:
    taught, before = sure.taught(0.0), sure.data.splits
    train = taught.splits["train"]
    assert torch.equal(train.targets, torch.cat([before["train"].targets, sure.labels]))
    assert train.names == (*before["train"].names, *before["unlabeled"].names)
    pixels = [split.samples.read(torch.arange(len(split))) for split in (train, *split_pair(before))]
    assert torch.equal(pixels[0], torch.cat(pixels[1:]))
    assert taught.class_counts.tolist() == [14, 11, 8, 7]
    assert taught.facts.split_sizes == {"train": 40, "val": 8, "test": 8, "unlabeled": 24}


def split_pair(splits: Any) -> tuple[Split, Split]:
    """Labeled and unlabeled."""
    return splits["train"], splits["unlabeled"]


def test_the_threshold_keeps_what_the_teacher_is_sure_of(sure: Sure) -> None:
    taught = sure.taught(0.705)
    train = taught.splits["train"]
    assert train.names[16:] == sure.data.splits["unlabeled"].names[16:]
    assert train.targets[16:].tolist() == [0, 1, 2, 3] * 2
    assert taught.class_counts.tolist() == [10, 7, 4, 3]


@pytest.mark.parametrize(
    ("keep", "threshold", "taken"),
    [
        ("threshold", 0.73, [1, 2, 2, 2]),
        ("equal_share", 0.73, [1, 1, 1, 1]),
        ("rare_first", 0.0, [3, 4, 6, 6]),
        ("rare_first", 0.73, [1, 2, 2, 2]),
    ],
)
def test_more_of_some_classes_can_be_taken_over(
    keep: Keep, threshold: float, taken: list[int], sure: Sure
) -> None:
    """Of 6 images of each class, the most confident ones."""
    taught = sure.taught(threshold, keep)
    assert (taught.class_counts - LABELED).tolist() == taken
    names = taught.splits["train"].names[16:]
    of_class = [
        [number for number in range(24) if number % 4 == c][6 - kept :] for c, kept in enumerate(taken)
    ]
    assert sorted(names) == sorted(f"unlabeled/{number}" for numbers in of_class for number in numbers)


def test_apart_they_are_a_split_of_their_own(sure: Sure) -> None:
    taught = sure.taught(0.0, union=False)
    assert torch.equal(taught.splits["train"].targets, sure.data.splits["train"].targets)
    assert torch.equal(taught.splits[PSEUDO].targets, sure.labels)
    assert taught.class_counts.tolist() == [14, 11, 8, 7]


def test_a_teacher_that_is_sure_of_nothing_is_refused(sure: Sure) -> None:
    with pytest.raises(InputError, match=r"its highest confidence is 0\.860, and the threshold is 0\.9"):
        sure.taught(0.9)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"omega": 0.5},
        {"rounds": 2, "batch_size": 16},
        {"keep": "equal_share"},
        {"keep": "rare_first", "omega": 1.0},
    ],
)
def test_the_folder_alone_gives_the_same_predictor_to_the_bit(
    options: dict[str, Any], tiny_unlabeled: Data, tmp_path: Path
) -> None:
    run(self_training(plain(tiny_unlabeled), **options), tmp_path, hardware=CPU)
    assert_recreated(tmp_path, tiny_unlabeled)
    metrics = pd.read_csv(tmp_path / "metrics.csv")
    assert metrics.loss.gt(0).all()
    rounds = options.get("rounds", 1)
    names = [*(f"teacher{number + 1}-main" for number in range(rounds)), "main"]
    assert metrics.stage.tolist() == [name for name in names for _ in range(2)]


@pytest.mark.parametrize("options", [{}, {"omega": 2.0}])
def test_the_student_knows_the_counts_of_labels_and_pseudo_labels(
    options: dict[str, Any], tiny_unlabeled: Data, tmp_path: Path
) -> None:
    experiment = self_training(ldam(tiny_unlabeled, training=TRAINING), **options)
    teacher, student = begun_in(experiment, tmp_path)
    wanted = LABELED + count_classes(pseudo_labels(experiment, tmp_path, "0-teacher1-main"), 4)
    assert teacher.now.class_counts.tolist() == LABELED.tolist()
    assert student.now.class_counts.tolist() == wanted.tolist()
    for begun, counts in ((teacher, LABELED), (student, wanted)):
        loss = begun.objective["loss"].loss  # pyright: ignore
        margins = LDAMLoss(counts, max_margin=0.5 * 30, scale=1.0)
        assert_close(loss(30 * LOGITS, TARGETS), margins(30 * LOGITS, TARGETS))
    answered = json.loads((tmp_path / "choices.json").read_text())["prior"]
    assert answered == class_prior(wanted).tolist()


def test_each_round_labels_anew_and_from_the_labels_alone(tiny_unlabeled: Data, tmp_path: Path) -> None:
    experiment = self_training(plain(tiny_unlabeled), rounds=2)
    stages = begun_in(experiment, tmp_path)
    assert [begun.name for begun in stages] == ["teacher1-main", "teacher2-main", "main"]
    for teacher, student in (("0-teacher1-main", stages[1]), ("1-teacher2-main", stages[2])):
        labels = student.now.data.splits["train"].targets
        assert torch.equal(labels[:16], tiny_unlabeled.splits["train"].targets)
        assert torch.equal(labels[16:], pseudo_labels(experiment, tmp_path, teacher))


def test_the_student_starts_from_scratch(tiny_unlabeled: Data, tmp_path: Path) -> None:
    """With a rate so small that nothing moves, each net is the fresh one of its stage."""
    experiment = self_training(cross_entropy(tiny_unlabeled, training=STILL))
    run(experiment, tmp_path, seed=7, hardware=CPU)
    ends = [below(tensors(tmp_path, name), "net/") for name in ("0-teacher1-main", "1-main")]
    for end, seed in zip(ends, (7, generator_of((7, 1)).initial_seed()), strict=True):
        torch.manual_seed(seed)
        assert same(end, dict(experiment.net().state_dict()))
    assert not same(*ends)


def test_a_weight_for_pseudo_labels_is_a_hand_written_loop(tiny_unlabeled: Data, tmp_path: Path) -> None:
    experiment = self_training(plain(tiny_unlabeled), omega=0.3)
    *_, student = begun_in(experiment, tmp_path, seed=5)
    stage = experiment.stages[1]
    streams = stage.streams(student.now, student.objective)
    assert list(streams) == ["train", PSEUDO]
    torch.manual_seed(generator_of((5, 1)).initial_seed())
    net = experiment.net().to(memory_format=torch.channels_last)  # pyright: ignore
    optimizer, losses = torch.optim.SGD(net.parameters(), 0.05, 0.9, weight_decay=TRAINING.weight_decay), []
    for epoch in range(2):
        batches = zip(
            *(stream.batches(seed=(5, 1, epoch, n)) for n, stream in enumerate(streams.values())), strict=True
        )
        for number, (labeled, pseudo) in enumerate(batches):
            optimizer.param_groups[0]["lr"] = 0.05 * stage.schedule(epoch + number / 2, 2)
            scored = net(torch.cat([labeled.inputs, pseudo.inputs])).split(8)
            loss = F.cross_entropy(scored[0], labeled.targets) + 0.3 * F.cross_entropy(
                scored[1], pseudo.targets
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    found = pd.read_csv(tmp_path / "metrics.csv").loss[2:].tolist()
    assert found == pytest.approx([sum(losses[:2]) / 2, sum(losses[2:]) / 2], rel=1e-5)
    for name, value in below(tensors(tmp_path, "1-main"), "net/").items():
        assert_close(value, net.state_dict()[name], rtol=1e-5, atol=1e-6)


def test_pseudo_labels_apart_have_batches_of_the_same_size(sure: Sure) -> None:
    experiment = self_training(plain(sure.data), omega=1.0)
    now = Now(sure.taught(0.0, union=False), experiment.net())
    train, pseudo = experiment.stages[1].streams(now, Objective()).values()
    assert (len(train), len(pseudo)) == (2, 2)
    assert (train.batch_size, pseudo.batch_size) == (8, 8)
    assert isinstance(pseudo.sampler, Repeated)
    assert pseudo.augmentation == train.augmentation


@pytest.mark.parametrize(("size", "batches"), [(None, 5), (16, 2), (5, 8)])
def test_the_student_has_batches_of_its_own(size: int | None, batches: int, sure: Sure) -> None:
    experiment = self_training(plain(sure.data), batch_size=size)
    teacher, student = experiment.stages
    before, after = Now(sure.data, experiment.net()), Now(sure.taught(0.0), experiment.net())
    assert teacher.streams(before, Objective())["train"].batch_size == 8
    found = student.streams(after, Objective())["train"]
    assert (found.batch_size, len(found)) == (size or 8, batches)


def test_other_streams_keep_their_share_of_a_batch(sure: Sure) -> None:
    experiment = self_training(fixmatch(plain(sure.data), ratio=3), batch_size=16)
    now = Now(sure.taught(0.0), experiment.net())
    streams = experiment.stages[1].streams(now, Objective())
    assert [stream.batch_size for stream in streams.values()] == [16, 48, 48]
    assert [len(stream) for stream in streams.values()] == [2, 2, 2]


def test_a_loss_that_is_changed_afterwards_is_still_that_of_each_stream(
    tiny_unlabeled: Data, tmp_path: Path
) -> None:
    """Deferred re-weighting within the weighed sum, with the weights of the student's counts."""
    experiment = deferred_reweighting(self_training(plain(tiny_unlabeled), omega=0.3), beta=0.9, start=0.5)
    *_, student = begun_in(experiment, tmp_path)
    step = student.objective["loss"]
    assert isinstance(step, SuperviseStreams)
    assert step.weights == {"train": 1.0, PSEUDO: 0.3}
    weights = effective_number_weights(student.now.class_counts, beta=0.9)
    for epoch, weight in ((0, torch.ones(4)), (1, weights)):
        student.objective.set_epoch(epoch, 2)
        wanted = F.cross_entropy(LOGITS, TARGETS, weight=weight.float())
        assert_close(step.loss(LOGITS, TARGETS), wanted)


def test_a_loss_that_was_changed_before_is_that_of_each_stream(tiny_unlabeled: Data, tmp_path: Path) -> None:
    inside = self_training(deferred_reweighting(plain(tiny_unlabeled), start=0.5), omega=0.3)
    outside = deferred_reweighting(self_training(plain(tiny_unlabeled), omega=0.3), start=0.5)
    for name, experiment in (("inside", inside), ("outside", outside)):
        run(experiment, tmp_path / name, hardware=CPU)
    assert differing(tmp_path / "inside", tmp_path / "outside") == []


@pytest.mark.parametrize(
    "modified",
    [
        lambda data: class_balanced_sampling(self_training(plain(data), omega=0.5)),
        lambda data: self_training(class_balanced_sampling(plain(data)), omega=0.5),
        lambda data: mixup(self_training(plain(data), omega=0.5)),
        lambda data: fixmatch(self_training(plain(data), omega=0.5), threshold=0.0),
        lambda data: self_training(decouple_crt(data, training=TRAINING), omega=0.5),
        lambda data: self_training(rotation(plain(data), epochs=1), omega=0.5, batch_size=4),
        lambda data: self_training(moco(plain(data), epochs=1, queue=32), omega=0.5, batch_size=16),
        lambda data: post_hoc_logit_adjustment(self_training(plain(data))),
    ],
)
def test_it_goes_with_other_words(
    modified: Callable[[Data], Experiment], tiny_unlabeled: Data, tmp_path: Path
) -> None:
    run(modified(tiny_unlabeled), tmp_path, hardware=CPU)
    assert_recreated(tmp_path, tiny_unlabeled)


def test_only_main_stages_read_pseudo_labels_apart(sure: Sure) -> None:
    recipe = rotation(decouple_crt(sure.data, training=TRAINING), epochs=1)
    experiment = self_training(recipe, omega=0.5)
    now = Now(sure.taught(0.0, union=False), experiment.net())
    read = {stage.name: list(stage.streams(now, Objective())) for stage in experiment.stages[3:]}
    assert read == {"rotation": ["train"], "main": ["train", PSEUDO], "crt": ["train"]}


def test_every_stage_is_there_for_teacher_and_student(tiny_unlabeled: Data) -> None:
    experiment = self_training(decouple_crt(tiny_unlabeled, training=TRAINING), rounds=2)
    assert [stage.name for stage in experiment.stages] == [
        *("teacher1-main", "teacher1-crt"),
        *("teacher2-main", "teacher2-crt"),
        *("main", "crt"),
    ]
    assert [stage.role for stage in experiment.stages] == ["main", "finetune"] * 3


@pytest.mark.parametrize(("step", "done"), [(3, "0-teacher1-main"), (7, "1-main")])
@pytest.mark.parametrize("omega", [None, 0.5])
def test_a_stopped_run_goes_on_to_the_same_bits(
    step: int,
    done: str,
    omega: float | None,
    halting: Callable[..., Experiment],
    tiny_unlabeled: Data,
    tmp_path: Path,
) -> None:
    """Stopped in the second epoch of the teacher, of 4 steps in all, and of the student, of 10 or 8."""
    recipe = cross_entropy(tiny_unlabeled, training=replace(TRAINING, batch_size=8))
    experiment = self_training(recipe, omega=omega, batch_size=4 if omega else None)
    run(experiment, tmp_path / "whole", hardware=CPU)
    with pytest.raises(KeyError, match="halted"):
        run(halting(experiment, step), tmp_path / "halted", hardware=CPU, checkpoint_seconds=0)
    assert (tmp_path / "halted" / LAST).exists()
    ended = [path.stem for path in (tmp_path / "halted" / "checkpoints").glob("*main.safetensors")]
    assert ended == ([] if step == 3 else ["0-teacher1-main"])
    torch.rand(5)
    run(experiment, tmp_path / "halted", hardware=CPU, checkpoint_seconds=0)
    assert differing(tmp_path / "whole", tmp_path / "halted", f"checkpoints/{done}.safetensors") == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"threshold": -0.1}, r"the threshold must lie in 0 \.\. 1, but -0\.1 came"),
        ({"threshold": 1.5}, r"the threshold must lie in 0 \.\. 1, but 1\.5 came"),
        ({"keep": "all"}, "keep must be one of threshold, equal_share, rare_first, but 'all' came"),
        ({"rounds": 0}, "self-training needs at least 1 round, but 0 came"),
        ({"omega": 0.0}, r"omega must be above 0, but 0\.0 came"),
        ({"omega": float("nan")}, "omega must be above 0, but nan came"),
        ({"batch_size": 0}, "batch size of at least 1, but got 0"),
    ],
)
def test_numbers_that_cannot_work_are_refused(
    options: dict[str, Any], reason: str, tiny_unlabeled: Data
) -> None:
    with pytest.raises(InputError, match=reason):
        self_training(plain(tiny_unlabeled), **options)


def test_a_weight_beside_two_labeled_streams_is_refused(tiny_unlabeled: Data) -> None:
    recipe = bbn(tiny_unlabeled, training=TRAINING)
    with pytest.raises(InputError, match="but here they come as train, rebalancing; leave omega out"):
        self_training(recipe, omega=0.5)
    assert [stage.name for stage in self_training(recipe).stages] == ["teacher1-main", "main"]


def test_data_without_unlabeled_images_are_refused(tiny: Data) -> None:
    with pytest.raises(InputError, match="has no unlabeled images beside its training split"):
        self_training(plain(tiny))


def test_it_is_rebuilt_without_samples(tiny_unlabeled: Data) -> None:
    facts = Facts.from_json(tiny_unlabeled.facts.as_json())
    rebuilt = self_training(cross_entropy(Data(facts), training=TRAINING), omega=0.5)
    assert [call.word for call in rebuilt.calls] == ["cross_entropy", "self_training"]
    assert isinstance(rebuilt.stages[1].objective(Now(Data(facts), rebuilt.net()))["loss"], SuperviseStreams)
    assert isinstance(rebuilt.stages[0].objective(Now(Data(facts), rebuilt.net()))["loss"].loss, CrossEntropy)  # pyright: ignore


def test_soft_labels_are_those_of_the_teacher_and_labels_stay_certain(sure: Sure) -> None:
    data = sure.taught(0.0, soft=True)
    soft, labeled = data.splits["train"].soft, len(sure.data.splits["train"])
    assert soft is not None and not soft[:labeled].any()
    torch.testing.assert_close(soft[labeled:].max(dim=1).values, sure.confidences, rtol=1e-5, atol=1e-6)
    assert torch.equal(soft[labeled:].argmax(dim=1), sure.labels)
    assert sure.taught(0.0).splits["train"].soft is None


def test_a_student_of_soft_labels_trains_and_is_recreated(tiny_unlabeled: Data, tmp_path: Path) -> None:
    experiment = self_training(ldam(tiny_unlabeled, training=TRAINING), labels="soft")
    assert run(experiment, tmp_path, hardware=CPU)["samples"] == 8
    assert_recreated(tmp_path, tiny_unlabeled)


def test_soft_labels_beside_omega_are_refused(tiny_unlabeled: Data) -> None:
    with pytest.raises(InputError, match="soft labels are for one union"):
        self_training(cross_entropy(tiny_unlabeled, training=TRAINING), labels="soft", omega=1.0)

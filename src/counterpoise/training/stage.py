"""Stages and experiments: frozen descriptions in which nothing is alive.

Everything that depends on samples, counts or the net is *late*: a function of `Now`, called when its stage
starts. So modifiers can be stacked before any data are read, and two runs of one experiment share nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

import torch
from torch import Tensor

from counterpoise.counts import class_prior, with_background
from counterpoise.data.data import DETECTION, Data, Facts, Split
from counterpoise.data.streams import Stream
from counterpoise.errors import InputError
from counterpoise.net import Net
from counterpoise.steps.step import Objective, Step
from counterpoise.training.options import Training
from counterpoise.training.reading import CLASSES, Reading
from counterpoise.training.schedules import Schedule

T = TypeVar("T")
Role = Literal["pretext", "main", "finetune"]
Encoder = Callable[[Net, Split, Facts], Tensor]
"""Features of all samples of a split, without augmentation; -> (N, D)."""


@dataclass(frozen=True)
class Now:
    """What is true when a stage starts, or when training has ended.

    Attributes:
        data: the data of this stage.
        net: the net as it is then.
        encode: reads a whole split through a net; None where there are no samples to read, in a dry run or when
            a run is loaded from its folder.
        kept: the steps of finished stages by name; later stages win.
    """

    data: Data
    net: Net
    encode: Encoder | None = None
    kept: Mapping[str, Step] = field(default_factory=dict)

    @property
    def class_counts(self) -> Tensor:
        """Training samples per output of a classifier; (C,), of a detector (C + 1,), see `with_background`."""
        counts = self.data.class_counts
        return with_background(counts) if self.data.facts.task == DETECTION else counts

    def features(self, net: Net, split: str = "train") -> tuple[Tensor, Tensor]:
        """Features of a split in a net, and the labels; (N, D), (N,).

        Where there are no samples to read, made-up ones: one random feature for each class.
        """
        if self.encode is None:
            classes = torch.arange(self.data.num_classes)
            return torch.randn(len(classes), net.classifier.dim), classes
        samples = self.data.splits[split]
        return self.encode(net, samples, self.data.facts), samples.targets

    def after(self, objective: Objective) -> "Now":
        """What is true after a stage that has trained the net with this objective."""
        return replace(self, kept={**self.kept, **objective.named})


Late = Callable[[Now], T]


def unchanged(now: Now) -> Net:
    """The net of the moment."""
    return now.net


def same_data(now: Now) -> Data:
    """The data of the moment."""
    return now.data


def training_prior(now: Now) -> Tensor:
    """The class prior of the training data; (C,)."""
    return class_prior(now.class_counts)


@dataclass(frozen=True)
class SGD:
    """Stochastic gradient descent with momentum, for parameter groups of a net.

    Attributes:
        lr: base learning rate, which the schedule scales.
        momentum: momentum of the velocity.
        weight_decay: L2 penalty on every parameter, batch-norm and bias included, as all released runs do.
        nesterov: whether to look ahead.
    """

    lr: float
    momentum: float = 0.9
    weight_decay: float = 5e-4
    nesterov: bool = False

    def __call__(self, groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
        """The optimizer of these parameter groups."""
        return torch.optim.SGD(
            groups,
            lr=self.lr,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            nesterov=self.nesterov,
        )


@dataclass(frozen=True)
class Stage:
    """One training run over the net.

    Attributes:
        name: name of the stage, unique in the experiment.
        role: "pretext" before the task, "main", or "finetune" after it; modifiers address stages by it.
        epochs: length.
        objective: late; the steps that happen with each batch.
        streams: what is read, by name; of now and the objective.
        optimizer: makes the optimizer from parameter groups.
        schedule: factor on the learning rate, of the time.
        trains: prefixes of the net's parameters -> optimizer overrides. The longest prefix wins. All else gets
            no gradient and is in evaluation mode.
        prepare: late; the net to start from.
        data: late; the data from this stage on, made with the net as it was before `prepare`. They are made again when
            a run goes on, so the same net must give the same data.
    """

    name: str
    role: Role
    epochs: int
    objective: Late[Objective]
    streams: Callable[[Now, Objective], Mapping[str, Stream]]
    optimizer: Callable[[list[dict[str, Any]]], torch.optim.Optimizer]
    schedule: Schedule
    trains: Mapping[str, Mapping[str, Any]] = field(
        default_factory=lambda: {"backbone": {}, "classifier": {}}
    )
    prepare: Late[Net] = unchanged
    data: Late[Data] = same_data


def entered(stage: Stage, now: Now, *, finished: bool) -> Now:
    """What is true when a stage starts; a finished one, whose net is loaded next, need not read samples for it."""
    now = replace(now, data=stage.data(now))
    return replace(now, net=stage.prepare(replace(now, encode=None) if finished else now))


ChangeObjective = Callable[[Objective, Now, Stage], Objective]
ChangeStreams = Callable[[Mapping[str, Stream], Now, Objective, Stage], Mapping[str, Stream]]


@dataclass(frozen=True)
class Call:
    """A recipe or modifier with all its effective arguments, as written to run.json."""

    word: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Claim:
    """A published number.

    Attributes:
        table: paper and table.
        row: the row of the table.
        data: data set and setting.
        metric: what was measured.
        value: the number, in the unit of the table.
    """

    table: str
    row: str
    data: str
    metric: str
    value: float


@dataclass(frozen=True)
class Experiment:
    """A whole experiment, described.

    Attributes:
        data: the data, of which a recipe's body reads only the facts.
        training: the common settings.
        net: makes a fresh net.
        stages: what is trained, in order.
        predictor: late; rewires the trained net for inference.
        reading: how the scores are measured and shown.
        prior: late; the class prior for which the scores answer, so that no correction is applied twice.
        settled: whether that prior was asked for, and must not be changed any more.
        claim: published numbers of this composition.
        calls: how it was built, innermost first.
        notes: sentences for people about what was found when it was built.
    """

    data: Data
    training: Training
    net: Callable[[], Net]
    stages: tuple[Stage, ...]
    predictor: Late[Net] = unchanged
    reading: Reading = CLASSES
    prior: Late[Tensor] = training_prior
    settled: bool = False
    claim: tuple[Claim, ...] = ()
    calls: tuple[Call, ...] = ()
    notes: tuple[str, ...] = ()

    def change(
        self,
        role: Role = "main",
        *,
        objective: ChangeObjective | None = None,
        streams: ChangeStreams | None = None,
    ) -> "Experiment":
        """The same experiment with the objective or the streams of all stages of a role changed."""

        def changed(stage: Stage) -> Stage:
            if stage.role != role:
                return stage
            if objective is not None:
                stage = replace(stage, objective=_changed_objective(stage, objective))
            if streams is not None:
                stage = replace(stage, streams=_changed_streams(stage, streams))
            return stage

        return replace(self, stages=tuple(changed(stage) for stage in self.stages))

    def answering(self, prior: Late[Tensor]) -> "Experiment":
        """The same experiment with scores for another class prior.

        Raises:
            InputError: the prior is settled.
        """
        if self.settled:
            raise InputError(
                "a modifier that changes the class prior must come before target_prior; name it first"
            )
        return replace(self, prior=prior)


def _changed_objective(stage: Stage, change: ChangeObjective) -> Late[Objective]:
    return lambda now: change(stage.objective(now), now, stage)


def _changed_streams(stage: Stage, change: ChangeStreams) -> Callable[[Now, Objective], Mapping[str, Stream]]:
    return lambda now, objective: change(stage.streams(now, objective), now, objective, stage)
